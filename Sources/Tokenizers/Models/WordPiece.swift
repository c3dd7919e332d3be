import Foundation

/// WordPiece: from the left, always the longest token that fits; a word that none fits is unknown as a whole
/// (Wu et al. 2016).
struct WordPiece: Sendable {
  let vocabulary: Vocabulary
  private let trie: PrefixTrie
  /// The node of the continuing prefix (`##`); nil where no token begins with it.
  private let continuing: Int?
  private let unknownName: String
  private let unknown: Int32?
  private let longestWord: Int

  /// Reads the model of a `tokenizer.json`.
  init(_ node: JSONNode) throws {
    self.init(
      try Vocabulary(ids: try node.required("vocab")),
      unknown: try node.string("unk_token", default: "[UNK]"),
      prefix: [UInt8](try node.string("continuing_subword_prefix", default: "##")),
      longestWord: try node.count("max_input_chars_per_word", default: 100))
  }

  init(_ vocabulary: Vocabulary, unknown: String = "[UNK]", prefix: [UInt8] = [0x23, 0x23], longestWord: Int = 100) {
    self.vocabulary = vocabulary
    var trie = PrefixTrie(capacity: vocabulary.count)
    for id in 0..<vocabulary.end { vocabulary.withToken(id) { if let token = $0 { trie.insert(token, Int32(id)) } } }
    self.trie = trie
    continuing = prefix.reduce(PrefixTrie.root) { node, byte in node.flatMap { trie.step($0, byte) } }
    unknownName = unknown
    self.unknown = vocabulary.id(of: unknown)
    self.longestWord = longestWord
  }

  /// Appends the tokens of a piece.
  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into output: inout [PieceToken], _ cache: WordCache) throws {
    try cache.tokens(of: piece, into: &output) { output in
      let start = output.count
      if cut(piece, &output) { return }
      guard let unknown else {
        throw TokenizerError.request("the unknown token '\(unknownName)' is needed, but not in the vocabulary")
      }
      output.removeSubrange(start...)
      output.append(PieceToken(id: unknown, lower: 0, upper: Int32(piece.count)))
    }
  }

  private func cut(_ piece: UnsafeBufferPointer<UInt8>, _ output: inout [PieceToken]) -> Bool {
    guard piece.count <= longestWord || piece.count(where: { $0 & 0xC0 != 0x80 }) <= longestWord else { return false }
    var i = 0
    while i < piece.count {
      guard let node = i == 0 ? PrefixTrie.root : continuing, let found = trie.longest(piece, at: i, from: node) else {
        return false
      }
      output.append(PieceToken(id: found.value, lower: Int32(i), upper: Int32(found.end)))
      i = found.end
    }
    return true
  }
}
