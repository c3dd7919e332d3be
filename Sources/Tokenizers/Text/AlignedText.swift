/// Where something lies in the original text, in Unicode scalars.
struct Span: Equatable {
  var start: Int32
  var end: Int32
}

/// A part of a text.
struct Piece {
  /// Its bytes in the text.
  var lower: Int32
  var upper: Int32
  /// Where the original text begins that it was cut from, in scalars. What is put before the first character of a piece
  /// is taken to lie here.
  var origin: Int32
  /// The id of the added token that it is, or -1.
  var token: Int32 = -1
}

/// A text on its way to tokens: its UTF-8 bytes as they are now, for each byte the original characters that it came
/// from, and the pieces that the text is cut into. This is the reference's `NormalizedString`, with all pieces in one
/// buffer.
struct AlignedText {
  private(set) var bytes: [UInt8]
  private(set) var spans: [Span]
  private(set) var pieces: [Piece]

  /// The original text as one piece.
  init(_ text: String) {
    bytes = Array(text.utf8)
    spans = []
    spans.reserveCapacity(bytes.count)
    var scalar: Int32 = -1
    for byte in bytes {
      if byte & 0xC0 != 0x80 { scalar += 1 }
      spans.append(Span(start: scalar, end: scalar + 1))
    }
    pieces = [Piece(lower: 0, upper: Int32(bytes.count), origin: 0)]
  }

  /// The original characters of a range of bytes of a piece.
  func span(_ lower: Int, _ upper: Int) -> Span {
    guard lower < spans.count else { return Span(start: spans.last?.end ?? 0, end: spans.last?.end ?? 0) }
    // A piece of no bytes, such as all but the last byte of a character that fell back to bytes.
    if upper <= lower { return Span(start: spans[lower].start, end: spans[lower].start) }
    return Span(start: spans[lower].start, end: spans[upper - 1].end)
  }

  /// Takes up the ranges of a piece that a split keeps.
  struct Cutter {
    fileprivate let spans: UnsafeBufferPointer<Span>
    fileprivate var base = 0
    fileprivate var made: [Piece]

    /// Keeps a range of the piece's bytes, as an added token where `token` is not -1. An empty one is dropped.
    @inline(__always)
    mutating func keep(_ lower: Int, _ upper: Int, token: Int32 = -1) {
      guard lower < upper else { return }
      let start = base + lower
      made.append(
        Piece(lower: Int32(start), upper: Int32(base + upper), origin: spans[start].start, token: token))
    }
  }

  /// Cuts each piece that is no added token.
  mutating func cut(_ body: (UnsafeBufferPointer<UInt8>, inout Cutter) throws -> Void) rethrows {
    pieces = try bytes.withUnsafeBufferPointer { bytes in
      try spans.withUnsafeBufferPointer { spans in
        var cutter = Cutter(spans: spans, made: [])
        cutter.made.reserveCapacity(pieces.count * 2 + 8)
        for piece in pieces {
          if piece.token >= 0 {
            cutter.made.append(piece)
            continue
          }
          cutter.base = Int(piece.lower)
          try body(UnsafeBufferPointer(rebasing: bytes[Int(piece.lower)..<Int(piece.upper)]), &cutter)
        }
        return cutter.made
      }
    }
  }

  /// Writes each piece that is no added token anew.
  mutating func rewrite(_ body: (UnsafeBufferPointer<UInt8>, inout Rewriter) throws -> Void) rethrows {
    try bytes.withUnsafeBufferPointer { oldBytes in
      try spans.withUnsafeBufferPointer { oldSpans in
        var writer = Rewriter(capacity: oldBytes.count + 8)
        for i in pieces.indices {
          let range = Int(pieces[i].lower)..<Int(pieces[i].upper)
          writer.begin(
            UnsafeBufferPointer(rebasing: oldBytes[range]), UnsafeBufferPointer(rebasing: oldSpans[range]),
            origin: pieces[i].origin)
          if pieces[i].token >= 0 {
            writer.copy(0..<range.count)
          } else {
            try body(writer.source, &writer)
          }
          pieces[i].lower = Int32(writer.pieceStart)
          pieces[i].upper = Int32(writer.bytes.count)
        }
        return writer
      }
    }.hand(&bytes, &spans)
  }
}

/// Writes the new text of a piece and says for each new character which old ones it came from.
struct Rewriter {
  private(set) var source = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  private var sourceSpans = UnsafeBufferPointer<Span>(start: nil, count: 0)
  private var origin: Int32 = 0
  /// The byte of the source that the next replacement replaces.
  private var position = 0
  private(set) var bytes: [UInt8] = []
  private var spans: [Span] = []
  fileprivate private(set) var pieceStart = 0

  fileprivate init(capacity: Int) {
    bytes.reserveCapacity(capacity)
    spans.reserveCapacity(capacity)
  }

  fileprivate mutating func begin(
    _ source: UnsafeBufferPointer<UInt8>, _ spans: UnsafeBufferPointer<Span>, origin: Int32
  ) {
    self.source = source
    sourceSpans = spans
    self.origin = origin
    position = 0
    pieceStart = bytes.count
  }

  fileprivate consuming func hand(_ bytes: inout [UInt8], _ spans: inout [Span]) {
    bytes = self.bytes
    spans = self.spans
  }

  /// Leaves out characters of the source.
  mutating func skip(characters count: Int) {
    for _ in 0..<count where position < source.count { position += source.scalarLength(at: position) }
  }

  /// Replaces the next character of the source.
  @inline(__always)
  mutating func replace(with scalar: UInt32) {
    let span = position < source.count ? sourceSpans[position] : before
    append(scalar, span)
    skip(characters: 1)
  }

  /// Puts a character that is new; it shares the place of what stands before it.
  @inline(__always)
  mutating func insert(_ scalar: UInt32) { append(scalar, before) }

  /// The reference's transformations: 1 inserts, 0 replaces, -n replaces and leaves out the n that follow.
  @inline(__always)
  mutating func put(_ scalar: UInt32, change: Int) {
    if change > 0 {
      insert(scalar)
    } else {
      replace(with: scalar)
      skip(characters: -change)
    }
  }

  /// Copies bytes of the source as they are.
  mutating func copy(_ range: Range<Int>) {
    bytes.append(contentsOf: source[range])
    spans.append(contentsOf: sourceSpans[range])
    position = range.upperBound
  }

  /// Puts text in the place of what ended at a byte of the source.
  mutating func put(_ text: [UInt8], after end: Int) {
    let span = end < 1 ? Span(start: origin, end: origin) : sourceSpans[end - 1]
    bytes.append(contentsOf: text)
    spans.append(contentsOf: repeatElement(span, count: text.count))
  }

  /// Puts text before the first character, in whose place it lies then, and goes on with the whole source.
  mutating func prepend(_ text: [UInt8]) {
    guard !source.isEmpty else { return }
    bytes.append(contentsOf: text)
    spans.append(contentsOf: repeatElement(sourceSpans[0], count: text.count))
  }

  /// Puts a byte as the character of the byte-level alphabet.
  @inline(__always)
  mutating func putByteCharacter(ofByteAt index: Int) {
    let (first, second) = ByteAlphabet.encoded[Int(source[index])]
    let span = sourceSpans[index]
    bytes.append(first)
    spans.append(span)
    if second != 0 {
      bytes.append(second)
      spans.append(span)
    }
  }

  private var before: Span {
    position < 1 ? Span(start: origin, end: origin) : sourceSpans[Swift.min(position, sourceSpans.count) - 1]
  }

  @inline(__always)
  private mutating func append(_ scalar: UInt32, _ span: Span) {
    if scalar < 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: scalar))
      spans.append(span)
    } else {
      let count = bytes.count
      bytes.append(scalar: scalar)
      for _ in count..<bytes.count { spans.append(span) }
    }
  }
}
