/// SentencePiece's search for the most probable way to cut a text (Kudo 2018), in its precision: sums are rounded to
/// 32 bits at each step, and the first of two equal ways counts.
struct SentencePieceUnigram: Sendable {
  /// The best way to a byte of a text.
  struct Best {
    var score: Float
    /// Where its last piece begins; -1 where no way leads here.
    var start: Int32
    var id: Int32
  }

  private let trie: PrefixTrie
  private let scores: [Float]
  private let kinds: [SentencePieceFile.Kind]
  private let unknown: Int32
  private let unknownScore: Float

  init(_ file: SentencePieceFile, _ pieces: SentencePieces) {
    var trie = PrefixTrie(capacity: file.pieces.count)
    var lowest = Float.greatestFiniteMagnitude
    for (id, piece) in file.pieces.enumerated() {
      switch piece.kind {
      case .normal:
        lowest = min(lowest, piece.score)
        trie.insert(piece.text.utf8, Int32(id))
      // An unused piece is never chosen, which is what its absence comes to.
      case .userDefined: trie.insert(piece.text.utf8, Int32(id))
      case .unused, .unknown, .control, .byte: break
      }
    }
    self.trie = trie
    scores = file.pieces.map(\.score)
    kinds = pieces.kinds
    unknown = pieces.unknown
    unknownScore = lowest - 10
  }

  /// Appends the pieces of a text that is not empty.
  func segment(_ text: UnsafeBufferPointer<UInt8>, _ output: inout [PieceToken], _ cache: WordCache) {
    cache.ways.removeAll(keepingCapacity: true)
    cache.ways.append(contentsOf: repeatElement(Best(score: 0, start: -1, id: 0), count: text.count + 1))
    let first = output.count
    cache.ways.withUnsafeMutableBufferPointer { best in
      search(text, best)
      var end = text.count
      while end > 0 {
        let start = Int(best[end].start)
        output.append(PieceToken(id: best[end].id, lower: Int32(start), upper: Int32(end)))
        end = start
      }
    }
    output[first...].reverse()
  }

  private func search(_ text: UnsafeBufferPointer<UInt8>, _ best: UnsafeMutableBufferPointer<Best>) {
    @inline(__always) func offer(_ id: Int32, _ score: Float, _ start: Int, _ end: Int) {
      if best[end].start < 0 || score > best[end].score {
        best[end] = Best(score: score, start: Int32(truncatingIfNeeded: start), id: id)
      }
    }
    var start = 0
    while start < text.count {
      let length = min(text.scalarLength(at: start), text.count - start)
      let sum = best[start].score
      var hasSingle = false
      var (node, i) = (PrefixTrie.root, start)
      while i < text.count, let next = trie.step(node, text[i]) {
        node = next
        i += 1
        let id = trie.value(node)
        guard id >= 0 else { continue }
        // A user-defined piece, above 0, is better than all probable ways to cut its text.
        let score = kinds[Int(id)] == .userDefined ? Float(i - start) * 0.1 - 0.1 : scores[Int(id)]
        offer(id, score + sum, start, i)
        hasSingle = hasSingle || i - start == length
      }
      if !hasSingle { offer(unknown, unknownScore + sum, start, start + length) }
      start += length
    }
  }
}
