/// Tokens that stand beside the model's: they are found in the text before anything else happens to it.
struct AddedTokens: Sendable {
  /// One of them.
  struct Token: Sendable {
    var content: String
    /// Only as a whole word.
    var isSingleWord = false
    /// Takes the spaces before it, or after it, along.
    var stripsLeft = false
    var stripsRight = false
    /// Is looked for in the normalised text.
    var isNormalized = false
    /// May be left out when ids are decoded.
    var isSpecial = true
  }

  private var ids: [[UInt8]: Int32] = [:]
  private var tokens: [Int32: Token] = [:]
  /// What decoding writes for those whose normalised form is another text.
  private var normalizedForms: [Int32: [UInt8]] = [:]
  private var specials: Set<[UInt8]> = []
  private var raw: PrefixTrie?
  private var normalized: PrefixTrie?

  /// Reads the list of a `tokenizer.json`.
  static func read(_ list: JSONNode) throws -> [Token] {
    try list.nodes().map { node in
      Token(
        content: try node.required("content").string(), isSingleWord: try node.bool("single_word", default: false),
        stripsLeft: try node.bool("lstrip", default: false), stripsRight: try node.bool("rstrip", default: false),
        isNormalized: try node.bool("normalized", default: true), isSpecial: try node.bool("special", default: false))
    }
  }

  /// Gives each token the id that the vocabulary has for it, and others the ids after it, in order. As in the reference,
  /// the ids that a file states for them are not asked.
  init(_ list: [Token], vocabulary: Vocabulary, normalizer: Normalizer?) throws {
    var nextID = Int32(vocabulary.count)
    for token in list where !token.content.isEmpty {
      let content = [UInt8](token.content)
      var id = ids[content] ?? vocabulary.id(of: content)
      if id == nil {
        id = nextID
        nextID += 1
      }
      guard let id else { continue }
      ids[content] = id
      tokens[id] = token
      if token.isSpecial { specials.insert(content) }
      guard token.isNormalized, let normalizer else { continue }
      var text = AlignedText(token.content)
      try normalizer.apply(to: &text)
      normalizedForms[id] = text.bytes == content ? nil : text.bytes
    }
    for (id, token) in tokens.sorted(by: { $0.key < $1.key }) {
      let pattern = token.isNormalized ? normalizedForms[id] ?? [UInt8](token.content) : [UInt8](token.content)
      guard !pattern.isEmpty else { continue }
      if token.isNormalized {
        normalized = normalized ?? PrefixTrie(capacity: list.count)
        normalized?.insert(pattern, id)
      } else {
        raw = raw ?? PrefixTrie(capacity: list.count)
        raw?.insert(pattern, id)
      }
    }
  }

  /// One more than the largest id.
  var end: Int { Int(tokens.keys.max() ?? -1) + 1 }

  func id(of token: String) -> Int32? { ids[[UInt8](token)] }

  /// What decoding writes for an id.
  func decoded(_ id: Int32) -> [UInt8]? { normalizedForms[id] ?? tokens[id].map { [UInt8]($0.content) } }

  func content(_ id: Int32) -> String? { tokens[id]?.content }

  func isSpecial(_ token: [UInt8]) -> Bool { specials.contains(token) }

  /// Cuts the text at added tokens, normalising it between looking for those that want it and those that don't.
  func extract(from text: inout AlignedText, _ normalizer: Normalizer?) throws {
    text.cut { source, cutter in cut(source, raw, &cutter) }
    try normalizer?.apply(to: &text)
    text.cut { source, cutter in cut(source, normalized, &cutter) }
  }

  private func cut(_ text: UnsafeBufferPointer<UInt8>, _ trie: PrefixTrie?, _ cutter: inout AlignedText.Cutter) {
    guard let trie else {
      cutter.keep(0, text.count)
      return
    }
    var (start, i) = (0, 0)
    while i < text.count {
      guard let found = trie.longest(text, at: i), let token = tokens[found.value] else {
        i += 1
        continue
      }
      var (lower, upper) = (i, found.end)
      i = found.end
      if token.isSingleWord, isWord(text, before: lower) || isWord(text, at: upper) { continue }
      if token.stripsLeft { while let space = space(text, before: lower), space >= start { lower = space } }
      if token.stripsRight { while let end = space(text, at: upper) { upper = end } }
      cutter.keep(start, lower)
      cutter.keep(lower, upper, token: found.value)
      start = upper
      i = max(i, upper)
    }
    cutter.keep(start, text.count)
  }

  private func isWord(_ text: UnsafeBufferPointer<UInt8>, before index: Int) -> Bool {
    index > 0 && ScalarClass.of(text.scalar(at: text.scalarStart(before: index)).value).contains(.word)
  }

  private func isWord(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    index < text.count && ScalarClass.of(text.scalar(at: index).value).contains(.word)
  }

  /// Where the space begins that ends before an index.
  private func space(_ text: UnsafeBufferPointer<UInt8>, before index: Int) -> Int? {
    guard index > 0 else { return nil }
    let start = text.scalarStart(before: index)
    return ScalarClass.of(text.scalar(at: start).value).contains(.space) ? start : nil
  }

  /// Where the space ends that begins at an index.
  private func space(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
    guard index < text.count else { return nil }
    let (scalar, length) = text.scalar(at: index)
    return ScalarClass.of(scalar).contains(.space) ? index + length : nil
  }
}
