/// Which sequences of unequal length are computed together: those of like length, as many as a budget of rows allows.
/// Nothing is padded, so that a budget is all that a batch needs: it bounds memory, and keeps what passes from one layer to
/// the next in the processor's cache.
struct BatchPlan {
  /// The sequences of each batch, as indices; the longest come first, so that what does not fit in memory is known early.
  let batches: [[Int]]

  /// A plan for sequences of so many rows each. One that is beyond the budget stands alone.
  init(rows: [Int], budget: Int) {
    var batches: [[Int]] = []
    var sum = 0
    for index in rows.indices.sorted(by: { (-rows[$0], $0) < (-rows[$1], $1) }) {
      if batches.isEmpty || sum + rows[index] > budget {
        batches.append([])
        sum = 0
      }
      batches[batches.count - 1].append(index)
      sum += rows[index]
    }
    self.batches = batches
  }
}
