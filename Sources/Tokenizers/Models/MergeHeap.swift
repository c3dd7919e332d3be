/// The merges that a word still allows, lowest rank first, then leftmost.
struct MergeHeap {
  /// Rank and position in one number, so that their order is the number's.
  private var keys: [UInt64] = []

  var isEmpty: Bool { keys.isEmpty }

  mutating func push(rank: Int32, position: Int) {
    keys.append(UInt64(rank) << 32 | UInt64(position))
    var child = keys.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard keys[child] < keys[parent] else { return }
      keys.swapAt(child, parent)
      child = parent
    }
  }

  mutating func pop() -> (rank: Int32, position: Int) {
    let top = keys[0]
    let last = keys.removeLast()
    if !keys.isEmpty {
      var parent = 0
      while true {
        var child = parent * 2 + 1
        guard child < keys.count else { break }
        if child + 1 < keys.count, keys[child + 1] < keys[child] { child += 1 }
        guard keys[child] < last else { break }
        keys[parent] = keys[child]
        parent = child
      }
      keys[parent] = last
    }
    return (Int32(truncatingIfNeeded: top >> 32), Int(truncatingIfNeeded: top & 0xFFFF_FFFF))
  }
}
