package import Basics

extension Sampling {
  /// Cuts an order into batches of clips of like length, so that little of a batch is padding. Neighbourhoods of
  /// `window` batches are sorted by length; the batches then go in random order. The order, the lengths and the generator
  /// decide everything, so that every rank and every run that is gone on with comes to the same batches.
  ///
  /// - Parameters:
  ///   - size: clips in a batch at the most
  ///   - frameBudget: frames of a batch at the most, padding included; a clip that is longer is a batch of its own. nil
  ///     sets no limit.
  ///   - sides: as many kinds of clips take turns in `order`; each batch has as many of each
  package static func batches(
    _ order: [Int], size: Int, frameBudget: Int? = nil, sides: Int = 1, window: Int = 16, frames: (Int) -> Int,
    using random: inout SeededGenerator
  ) -> [[Int]] {
    var batches: [[Int]] = []
    let perBatch = max(size / sides, 1)
    for start in stride(from: 0, to: order.count, by: perBatch * sides * window) {
      let end = min(start + perBatch * sides * window, order.count)
      let lists = (0..<sides).map { side in
        stride(from: start + side, to: end, by: sides).map { (clip: order[$0], frames: frames(order[$0])) }
          .sorted { ($0.frames, $0.clip) < ($1.frames, $1.clip) }
      }
      // One clip of each side together.
      let groups = (0..<(lists.map(\.count).min() ?? 0)).map { i in lists.map { $0[i] } }
      var batch: [Int] = []
      var (count, longest) = (0, 0)
      for group in groups {
        let reach = max(longest, group.map(\.frames).max() ?? 0)
        let isOver = frameBudget.map { (batch.count + sides) * reach > $0 } ?? false
        if count > 0, count == perBatch || isOver {
          batches.append(batch)
          (batch, count, longest) = ([], 0, 0)
        }
        batch += group.map(\.clip)
        count += 1
        longest = max(longest, group.map(\.frames).max() ?? 0)
      }
      if !batch.isEmpty { batches.append(batch) }
    }
    return random.shuffled(batches)
  }
}
