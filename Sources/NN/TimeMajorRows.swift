import Tensors

/// The real frames of a batch as rows ordered by time and, within a time, by falling length of their sequences: the
/// order in which a recurrent layer walks them, without any padding.
struct TimeMajorRows {
  /// For each time, how many sequences are that long.
  let active: [Int]
  /// int64 (rows): where each row stands in the batch seen as (batch * frames).
  private let sources: Tensor
  /// int64 (batch * frames): the row of each frame; 0 for padding.
  private let targets: Tensor
  private let batch: SequenceBatch

  init(of batch: SequenceBatch) throws {
    self.batch = batch
    let order = batch.lengths.indices.sorted { (batch.lengths[$0], $1) > (batch.lengths[$1], $0) }
    var (active, sources): ([Int], [Int]) = ([], [])
    var targets = [Int](repeating: 0, count: batch.count * batch.frames)
    sources.reserveCapacity(batch.lengths.reduce(0, +))
    for time in 0..<batch.frames {
      let running = order.prefix { batch.lengths[$0] > time }
      active.append(running.count)
      for sequence in running {
        targets[sequence * batch.frames + time] = sources.count
        sources.append(sequence * batch.frames + time)
      }
    }
    self.active = active
    self.sources = try Tensor(sources).moved(to: batch.values.device)
    self.targets = try Tensor(targets).moved(to: batch.values.device)
  }

  /// (rows, width): the real frames.
  func rows() throws -> Tensor {
    try withCustomGradient(of: [batch.values]) {
      ([try picked(batch.values)], [])
    } backward: { gradients, _ in
      [try gradients[0].map { try spread($0) }]
    }[0]
  }

  /// Puts rows that were computed from these frames back into sequences, with 0 in the padding.
  func sequences(_ rows: Tensor) throws -> SequenceBatch {
    let values = try withCustomGradient(of: [rows]) {
      ([try spread(rows)], [])
    } backward: { gradients, _ in
      [try gradients[0].map { try picked($0) }]
    }[0]
    return try batch.mapFrames { _ in values }
  }

  private func picked(_ values: Tensor) throws -> Tensor {
    try values.reshaped([batch.count * batch.frames, values.size(2)]).indexSelected(0, sources)
  }

  private func spread(_ rows: Tensor) throws -> Tensor {
    let values = try rows.indexSelected(0, targets).reshaped([batch.count, batch.frames, rows.size(1)])
    guard let mask = batch.mask else { return values }
    return try values.masked(where: mask.logicalNot().unsqueezed(2), with: 0)
  }
}
