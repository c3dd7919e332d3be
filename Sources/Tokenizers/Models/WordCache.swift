/// A token of a piece: its id and the bytes of the piece that it stands for.
struct PieceToken {
  var id: Int32
  var lower: Int32
  var upper: Int32
}

/// What one encoding at a time works with: the tokens of words that were seen before, and scratch memory. Words come
/// again and again, and cutting one up is what encoding spends its time with.
final class WordCache {
  private struct Entry {
    var hash: UInt64
    var wordStart: Int32
    var wordCount: Int32
    var tokenStart: Int32
    var tokenCount: Int32
  }

  private var slots = [Int32](repeating: -1, count: 4096)
  private var entries: [Entry] = []
  private var words: [UInt8] = []
  private var tokens: [PieceToken] = []
  /// A cache that is full is emptied: the words of a text are worth more than those of an old one.
  private static let mostEntries = 1 << 16
  private static let longestWord = 256

  /// For byte-pair merging.
  var symbols: [BytePairs.Symbol] = []
  var heap = MergeHeap()
  /// For Viterbi search.
  var best: [Unigram.Best] = []
  /// For SentencePiece's models.
  var ways: [SentencePieceUnigram.Best] = []
  var parts: [SentencePieceBytePairs.Symbol] = []

  /// Appends the tokens of a word, which `make` appends where they are not known.
  @inline(__always)
  func tokens(
    of word: UnsafeBufferPointer<UInt8>, into output: inout [PieceToken],
    _ make: (inout [PieceToken]) throws -> Void
  ) rethrows {
    guard word.count <= Self.longestWord else {
      try make(&output)
      return
    }
    let hash = hash(word)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, entry.wordCount == word.count, equals(word, Int(entry.wordStart)) {
        for i in Int(entry.tokenStart)..<Int(entry.tokenStart + entry.tokenCount) { output.append(tokens[i]) }
        return
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    let start = output.count
    try make(&output)
    remember(word, hash, output[start...])
  }

  private func equals(_ word: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
    words.withUnsafeBufferPointer { words in
      for i in 0..<word.count where words[start + i] != word[i] { return false }
      return true
    }
  }

  private func remember(_ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ made: ArraySlice<PieceToken>) {
    if entries.count >= Self.mostEntries {
      entries.removeAll(keepingCapacity: true)
      words.removeAll(keepingCapacity: true)
      tokens.removeAll(keepingCapacity: true)
      slots = [Int32](repeating: -1, count: slots.count)
    }
    entries.append(
      Entry(
        hash: hash, wordStart: Int32(words.count), wordCount: Int32(word.count), tokenStart: Int32(tokens.count),
        tokenCount: Int32(made.count)))
    words.append(contentsOf: word)
    tokens.append(contentsOf: made)
    if entries.count * 2 > slots.count {
      slots = [Int32](repeating: -1, count: slots.count * 2); refill()
    } else {
      insert(entries.count - 1)
    }
  }

  private func refill() { for index in entries.indices { insert(index) } }

  private func insert(_ index: Int) {
    var slot = Int(truncatingIfNeeded: entries[index].hash) & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = Int32(index)
  }
}
