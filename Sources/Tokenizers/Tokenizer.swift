import Synchronization

/// Turns text into the ids that a text model reads, and back: what the files of a published model say, with the ids,
/// spans and texts of the libraries that they were written for.
///
/// A tokenizer may be used from several threads at once.
public struct Tokenizer: Sendable {
  /// What files describe.
  struct Parts: Sendable {
    var normalizer: Normalizer?
    var preTokenizer: PreTokenizer?
    var model: Model
    var postProcessor: PostProcessor?
    var decoder: Decoder?
    var added: AddedTokens
  }

  let parts: Parts
  private let caches = CachePool()
  /// Offsets are 32 bits wide, and normalising may make a text several times as long.
  static let longestText = 1 << 27

  init(_ parts: Parts) { self.parts = parts }

  /// One more than the largest id that it knows.
  public var vocabularySize: Int { max(parts.model.vocabulary.end, parts.added.end) }

  /// The id of a token, as the vocabulary writes it; nil where it is not known.
  public func id(of token: String) -> Int? {
    (parts.added.id(of: token) ?? parts.model.vocabulary.id(of: token)).map(Int.init)
  }

  /// The token of an id, as the vocabulary writes it; nil where it is not known.
  public func token(_ id: Int) -> String? {
    guard let narrow = Int32(exactly: id) else { return nil }
    return parts.added.content(narrow) ?? parts.model.vocabulary.token(id)?.text
  }

  /// Encodes a text, or a pair of texts.
  ///
  /// Truncation and padding that a file asks for are not done.
  ///
  /// - Parameters:
  ///   - text: any text; an empty one has only special tokens
  ///   - pair: the second text of a pair
  ///   - addsSpecialTokens: whether to put the model's special tokens around the text
  /// - Throws: `TokenizerError` where a character is in no token and the model has none for that
  public func encode(_ text: String, pair: String? = nil, addsSpecialTokens: Bool = true) throws -> Encoding {
    var texts = [try tokens(of: text, typeID: 0)]
    if let pair { texts.append(try tokens(of: pair, typeID: 1)) }
    if let processor = parts.postProcessor { texts = try processor.apply(texts, addsSpecialTokens: addsSpecialTokens) }
    var encoding = Encoding()
    let count = texts.reduce(0) { $0 + $1.count }
    encoding.ids.reserveCapacity(count)
    encoding.spans.reserveCapacity(count)
    encoding.typeIDs.reserveCapacity(count)
    encoding.isSpecial.reserveCapacity(count)
    for tokens in texts {
      for token in tokens {
        encoding.ids.append(Int(token.id))
        encoding.spans.append(Int(token.span.start)..<Int(max(token.span.start, token.span.end)))
        encoding.typeIDs.append(Int(token.typeID))
        encoding.isSpecial.append(token.isSpecial)
      }
    }
    return encoding
  }

  private func tokens(of text: String, typeID: Int32) throws -> [EncodedToken] {
    guard text.utf8.count <= Self.longestText else {
      throw TokenizerError.request(
        "a text of \(text.utf8.count) bytes is too long to tokenize in one piece; at most \(Self.longestText) are")
    }
    var aligned = AlignedText(text)
    try parts.added.extract(from: &aligned, parts.normalizer)
    try parts.preTokenizer?.apply(to: &aligned)
    return try caches.with { cache in try tokenize(aligned, typeID, cache) }
  }

  private func tokenize(_ text: AlignedText, _ typeID: Int32, _ cache: WordCache) throws -> [EncodedToken] {
    let trims = parts.postProcessor?.trimsSpans ?? false
    var encoded: [EncodedToken] = []
    encoded.reserveCapacity(text.bytes.count / 3 + 4)
    var found: [PieceToken] = []
    try text.bytes.withUnsafeBufferPointer { bytes in
      for piece in text.pieces {
        let lower = Int(piece.lower)
        let source = UnsafeBufferPointer(rebasing: bytes[lower..<Int(piece.upper)])
        if piece.token >= 0 {
          var token = EncodedToken(id: piece.token, span: text.span(lower, Int(piece.upper)), typeID: typeID)
          if trims { token.countSpaces(source) }
          encoded.append(token)
          continue
        }
        found.removeAll(keepingCapacity: true)
        try parts.model.tokenize(source, into: &found, cache)
        for made in found {
          var token = EncodedToken(
            id: made.id, span: text.span(lower + Int(made.lower), lower + Int(made.upper)), typeID: typeID)
          if trims {
            parts.model.vocabulary.withToken(Int(made.id)) { if let text = $0 { token.countSpaces(text) } }
          }
          encoded.append(token)
        }
      }
    }
    return encoded
  }

  /// The text of ids. Ids that are not known are left out.
  ///
  /// - Parameter skipsSpecialTokens: whether to leave out special tokens, such as `<s>`
  public func decode(_ ids: [Int], skipsSpecialTokens: Bool = true) throws -> String {
    if case .sentencePiece(let model) = parts.model { return decode(ids, model, skipsSpecialTokens) }
    let tokens: [[UInt8]] = ids.compactMap { id in
      guard let narrow = Int32(exactly: id),
        let token = parts.added.decoded(narrow) ?? parts.model.vocabulary.token(id)
      else { return nil }
      return skipsSpecialTokens && parts.added.isSpecial(token) ? nil : token
    }
    guard let decoder = parts.decoder else { return Array(tokens.joined(separator: [0x20])).text }
    return Array(try decoder.apply(tokens).joined()).text
  }

  /// SentencePiece decodes what lies between added tokens, which stand for themselves, a space before and after.
  private func decode(_ ids: [Int], _ model: SentencePieceModel, _ skipsSpecialTokens: Bool) -> String {
    var texts: [[UInt8]] = []
    var run: [Int32] = []
    func flush() {
      if !run.isEmpty { texts.append(model.decode(run)) }
      run = []
    }
    for id in ids {
      guard let narrow = Int32(exactly: id) else { continue }
      if let content = parts.added.content(narrow) {
        flush()
        let token = [UInt8](content)
        if !skipsSpecialTokens || !parts.added.isSpecial(token) { texts.append(token) }
      } else if model.vocabulary.token(id) != nil {
        run.append(narrow)
      }
    }
    flush()
    return Array(texts.joined(separator: [0x20])).text
  }
}

extension EncodedToken {
  /// Counts the spaces at both ends of the token's text, Ġ being one.
  mutating func countSpaces(_ text: UnsafeBufferPointer<UInt8>) {
    func isSpace(_ scalar: UInt32) -> Bool { scalar == 0x120 || ScalarClass.of(scalar).contains(.space) }
    var i = 0
    while i < text.count {
      let (scalar, length) = text.scalar(at: i)
      guard isSpace(scalar) else { break }
      leadingSpaces += 1
      i += length
    }
    i = text.count
    while i > 0 {
      let start = text.scalarStart(before: i)
      guard isSpace(text.scalar(at: start).value) else { break }
      trailingSpaces += 1
      i = start
    }
  }
}

/// The caches that no encoding works with at the moment.
private final class CachePool: Sendable {
  private struct Idle: @unchecked Sendable { var caches: [WordCache] = [] }
  private let idle = Mutex(Idle())

  /// Lends a cache to one encoding.
  func with<T>(_ body: (WordCache) throws -> T) rethrows -> T {
    let box = idle.withLock { Idle(caches: $0.caches.popLast().map { [$0] } ?? []) }
    let cache = box.caches.first ?? WordCache()
    let returned = Idle(caches: [cache])
    defer { idle.withLock { $0.caches += returned.caches } }
    return try body(cache)
  }
}
