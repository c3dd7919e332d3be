/// The pieces of a SentencePiece model. Control, unknown and byte pieces share no table with those that text is made of:
/// a text that spells their names is not cut into them by merging.
struct SentencePieces: Sendable {
  /// All pieces by id.
  let all: Vocabulary
  /// Normal, user-defined and unused pieces.
  let ordinary: Vocabulary
  private let reserved: Vocabulary
  let kinds: [SentencePieceFile.Kind]
  let unknown: Int32
  /// The pieces <0x00> to <0xFF> of a model that falls back to bytes; none of one that does not.
  let byteTokens: [Int32]
  /// Pieces that are cut out of a text before all else.
  let userDefined: PrefixTrie?

  init(_ file: SentencePieceFile) throws {
    var all = Vocabulary(capacity: file.pieces.count)
    var ordinary = Vocabulary(capacity: file.pieces.count)
    var reserved = Vocabulary(capacity: 300)
    var userDefined: PrefixTrie?
    var unknown: Int32?
    for (id, piece) in file.pieces.enumerated() {
      func fault(_ problem: String) -> TokenizerError {
        .place(file.url, at: "piece \(id)", problem: "'\(piece.text)' \(problem)")
      }
      all.insert(piece.text, id: id)
      switch piece.kind {
      case .normal, .userDefined, .unused:
        guard ordinary.id(of: piece.text) == nil else { throw fault("is there twice") }
        ordinary.insert(piece.text, id: id)
      case .unknown, .control, .byte:
        guard reserved.id(of: piece.text) == nil else { throw fault("is there twice") }
        reserved.insert(piece.text, id: id)
      }
      if piece.kind == .userDefined {
        userDefined = userDefined ?? PrefixTrie(capacity: 16)
        userDefined?.insert(piece.text.utf8, Int32(id))
      }
      if piece.kind == .byte, !file.fallsBackToBytes {
        throw fault("stands for a byte, but the model does not fall back to bytes")
      }
      if piece.kind == .unknown {
        guard unknown == nil else { throw fault("is the second piece for what is unknown; there is one") }
        unknown = Int32(id)
      }
    }
    guard let unknown else {
      throw TokenizerError.file(file.url, problem: "has no piece for what is unknown, such as [UNK]")
    }
    if file.fallsBackToBytes {
      byteTokens = try (0..<256).map { byte in
        guard let id = reserved.id(of: byteTokenName(byte)), file.pieces[Int(id)].kind == .byte else {
          throw TokenizerError.file(
            file.url, problem: "falls back to bytes, but has no piece \(byteTokenName(byte)) of that type")
        }
        return id
      }
    } else {
      byteTokens = []
    }
    (self.all, self.ordinary, self.reserved) = (all, ordinary, reserved)
    (self.unknown, self.userDefined) = (unknown, userDefined)
    kinds = file.pieces.map(\.kind)
  }

  /// The id of a text that was cut out.
  func id(of text: UnsafeBufferPointer<UInt8>) -> Int32 { reserved.id(of: text) ?? ordinary.id(of: text) ?? unknown }

  /// Where the user-defined piece or the character ends that begins at a byte.
  @inline(__always)
  func atom(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> (end: Int, isUserDefined: Bool) {
    if let found = userDefined?.longest(text, at: start) { return (found.end, true) }
    return (min(start + text.scalarLength(at: start), text.count), false)
  }

  /// The whole of each word, which begins with ▁, as a token.
  func cutIntoWords(_ text: UnsafeBufferPointer<UInt8>, _ output: inout [PieceToken]) {
    var (start, i) = (0, 0)
    while i < text.count {
      if i > start, text.starts(with: [0xE2, 0x96, 0x81], at: i) {
        output.append(token(text, start, i))
        start = i
      }
      i += text.scalarLength(at: i)
    }
    output.append(token(text, start, text.count))
  }

  /// Each character as a token.
  func cutIntoCharacters(_ text: UnsafeBufferPointer<UInt8>, _ output: inout [PieceToken]) {
    var i = 0
    while i < text.count {
      let end = atom(text, at: i).end
      output.append(token(text, i, end))
      i = end
    }
  }

  func token(_ text: UnsafeBufferPointer<UInt8>, _ lower: Int, _ upper: Int) -> PieceToken {
    PieceToken(
      id: id(of: UnsafeBufferPointer(rebasing: text[lower..<upper])), lower: Int32(lower), upper: Int32(upper))
  }
}
