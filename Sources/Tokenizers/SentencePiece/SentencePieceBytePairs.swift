/// SentencePiece's byte-pair encoding: neighbours whose text together is a piece are merged, the piece with the highest
/// score first, the leftmost of equal ones. Unused pieces are merged too and taken apart again in the end.
struct SentencePieceBytePairs: Sendable {
  /// A part of the text on its way; those that were merged into the one before have no length.
  struct Symbol {
    var start: Int32
    var length: Int32
    var previous: Int32
    var next: Int32
    /// The piece that this and the next symbol make; -1 for none.
    var pair: Int32
    /// Whether it is a user-defined piece, which is not merged.
    var isFrozen: Bool
  }

  private let pieces: SentencePieces
  /// The order of merging for each piece: 0 for the highest score; equal scores share it.
  private let ranks: [Int32]

  init(_ file: SentencePieceFile, _ pieces: SentencePieces) {
    self.pieces = pieces
    let scores = Set(file.pieces.map(\.score)).sorted(by: >)
    let ranks = Dictionary(uniqueKeysWithValues: scores.enumerated().map { ($1, Int32($0)) })
    self.ranks = file.pieces.map { ranks[$0.score] ?? 0 }
  }

  /// Appends the pieces of a text that is not empty.
  func segment(_ text: UnsafeBufferPointer<UInt8>, _ output: inout [PieceToken], _ cache: WordCache) {
    cache.parts.removeAll(keepingCapacity: true)
    var position = 0
    while position < text.count {
      let (end, isUserDefined) = pieces.atom(text, at: position)
      let index = Int32(cache.parts.count)
      cache.parts.append(
        Symbol(
          start: Int32(position), length: Int32(end - position), previous: index - 1,
          next: end == text.count ? -1 : index + 1, pair: -1, isFrozen: isUserDefined))
      position = end
    }
    var taken: [Int32: Int32] = [:]
    cache.parts.withUnsafeMutableBufferPointer { symbols in
      merge(text, symbols, &cache.heap, &taken)
      for symbol in symbols where symbol.length > 0 {
        append(text, Int(symbol.start), Int(symbol.length), taken, &output)
      }
    }
  }

  /// - Parameter taken: gets the length of the left half of each unused piece that is met
  private func merge(
    _ text: UnsafeBufferPointer<UInt8>, _ symbols: UnsafeMutableBufferPointer<Symbol>, _ heap: inout MergeHeap,
    _ taken: inout [Int32: Int32]
  ) {
    func consider(_ left: Int32) {
      guard left >= 0 else { return }
      let symbol = symbols[Int(left)]
      symbols[Int(left)].pair = -1
      guard symbol.next >= 0, !symbol.isFrozen, !symbols[Int(symbol.next)].isFrozen else { return }
      let start = Int(symbol.start)
      let end = start + Int(symbol.length + symbols[Int(symbol.next)].length)
      guard let id = pieces.ordinary.id(of: UnsafeBufferPointer(rebasing: text[start..<end])) else { return }
      symbols[Int(left)].pair = id
      heap.push(rank: ranks[Int(id)], position: Int(left))
      if pieces.kinds[Int(id)] == .unused { taken[id] = symbol.length }
    }
    for i in symbols.indices { consider(Int32(i)) }
    while !heap.isEmpty {
      let (rank, position) = heap.pop()
      let left = symbols[position]
      // What stood here when this was pushed may have been merged since.
      guard left.length > 0, left.pair >= 0, ranks[Int(left.pair)] == rank else { continue }
      let right = symbols[Int(left.next)]
      symbols[position].length += right.length
      symbols[position].next = right.next
      symbols[Int(left.next)].length = 0
      if right.next >= 0 { symbols[Int(right.next)].previous = Int32(position) }
      consider(left.previous)
      consider(Int32(position))
    }
  }

  private func append(
    _ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ length: Int, _ taken: [Int32: Int32],
    _ output: inout [PieceToken]
  ) {
    let token = pieces.token(text, start, start + length)
    guard pieces.kinds[Int(token.id)] == .unused, let left = taken[token.id] else {
      output.append(token)
      return
    }
    append(text, start, Int(left), taken, &output)
    append(text, start + Int(left), length - Int(left), taken, &output)
  }
}
