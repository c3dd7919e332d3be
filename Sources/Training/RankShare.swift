/// How a batch is shared out among the ranks that train together.
package enum RankShare {
  /// The clips of a batch that one rank works on: a stretch of it, of a size that differs by one clip at the most between
  /// ranks. The stretches of all ranks, in order, are the batch; later ranks get none where there are fewer clips than
  /// ranks.
  package static func share(of batch: [Int], rank: Int, ranks: Int) -> [Int] {
    let (size, rest) = batch.count.quotientAndRemainder(dividingBy: ranks)
    let start = rank * size + min(rank, rest)
    return Array(batch[start..<start + size + (rank < rest ? 1 : 0)])
  }
}
