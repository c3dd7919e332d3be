import Foundation

/// The unigram language model: of all ways to cut a piece into tokens, the one whose scores sum to the most, found by
/// Viterbi search (Kudo 2018).
struct Unigram: Sendable {
  /// The best way to a byte of a piece.
  struct Best {
    var score: Double
    /// Where its last token begins; -1 where no way leads here.
    var start: Int32
    var id: Int32
  }

  let vocabulary: Vocabulary
  private let scores: [Double]
  private let trie: PrefixTrie
  private let unknown: Int32?
  private let unknownScore: Double
  private let byteTokens: [Int32?]

  /// Reads the model of a `tokenizer.json`.
  init(_ node: JSONNode) throws {
    let list = try node.required("vocab")
    let items = try list.items()
    var vocabulary = Vocabulary(capacity: items.count)
    var trie = PrefixTrie(capacity: items.count)
    var scores: [Double] = []
    scores.reserveCapacity(items.count)
    for (id, item) in items.enumerated() {
      guard case .array(let pair) = item, pair.count == 2, case .string(let token) = pair[0],
        case .number(let score) = pair[1]
      else { throw list.item(id, item).fault("a token and its score are expected") }
      vocabulary.insert(token, id: id)
      trie.insert(token.utf8, Int32(id))
      scores.append(score)
    }
    let unknown = try node.member("unk_id")
    if let unknown, try unknown.count() >= items.count {
      throw unknown.fault("there are only \(items.count) tokens")
    }
    self.vocabulary = vocabulary
    self.trie = trie
    self.scores = scores
    self.unknown = try unknown.map { Int32(try $0.count()) }
    // The reference's penalty.
    unknownScore = (scores.min() ?? .infinity) - 10
    let fallsBack = try node.bool("byte_fallback", default: false)
    byteTokens = fallsBack ? (0..<256).map { vocabulary.id(of: byteTokenName($0)) } : []
  }

  /// Appends the tokens of a piece.
  func tokenize(_ piece: UnsafeBufferPointer<UInt8>, into output: inout [PieceToken], _ cache: WordCache) throws {
    try cache.tokens(of: piece, into: &output) { output in
      try search(piece, &cache.best)
      collect(piece, cache.best, &output)
    }
  }

  private func search(_ piece: UnsafeBufferPointer<UInt8>, _ best: inout [Best]) throws {
    best.removeAll(keepingCapacity: true)
    best.append(contentsOf: repeatElement(Best(score: 0, start: -1, id: 0), count: piece.count + 1))
    try best.withUnsafeMutableBufferPointer { best in
      func offer(_ id: Int32, _ score: Double, _ start: Int, _ end: Int) {
        if best[end].start < 0 || score > best[end].score {
          best[end] = Best(score: score, start: Int32(start), id: id)
        }
      }
      var start = 0
      while start < piece.count {
        let length = piece.scalarLength(at: start)
        let score = best[start].score
        var hasSingle = false
        var (node, i) = (PrefixTrie.root, start)
        while i < piece.count, let next = trie.step(node, piece[i]) {
          node = next
          i += 1
          let id = trie.value(node)
          guard id >= 0 else { continue }
          offer(id, score + scores[Int(id)], start, i)
          hasSingle = hasSingle || i - start == length
        }
        if !hasSingle {
          guard let unknown else {
            throw TokenizerError.request("a character is in no token, and the tokenizer's model has no unk_id")
          }
          offer(unknown, score + unknownScore, start, start + length)
        }
        start += length
      }
    }
  }

  /// The tokens of the best way, neighbouring unknown ones as one.
  private func collect(_ piece: UnsafeBufferPointer<UInt8>, _ best: [Best], _ output: inout [PieceToken]) {
    let first = output.count
    var end = piece.count
    while end > 0 {
      let node = best[end]
      let start = Int(node.start)
      if node.id == unknown, output.count > first, output[output.count - 1].id == unknown,
        Int(output[output.count - 1].lower) == end
      {
        output[output.count - 1].lower = node.start
      } else {
        output.append(PieceToken(id: node.id, lower: node.start, upper: Int32(end)))
      }
      end = start
    }
    output[first...].reverse()
    guard let unknown, output[first...].contains(where: { $0.id == unknown }) else { return }
    let tokens = Array(output[first...])
    output.removeSubrange(first...)
    for token in tokens {
      let range = Int(token.lower)..<Int(token.upper)
      // The characters of unknown tokens together may be a token after all.
      let known = token.id == unknown ? vocabulary.id(of: UnsafeBufferPointer(rebasing: piece[range])) : token.id
      if let known {
        output.append(PieceToken(id: known, lower: token.lower, upper: token.upper))
      } else if !byteTokens.isEmpty, piece[range].allSatisfy({ byteTokens[Int($0)] != nil }) {
        for byte in piece[range] {
          output.append(PieceToken(id: byteTokens[Int(byte)]!, lower: token.lower, upper: token.upper))
        }
      } else {
        output.append(token)
      }
    }
  }
}
