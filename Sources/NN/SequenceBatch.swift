public import Tensors

/// Sequences of unequal length in one tensor, with their lengths: what lies behind a sequence's end is padding that no
/// layer may let through.
public struct SequenceBatch {
  /// (batch, frames, width); frames is the longest length.
  public let values: Tensor
  /// The real frames of each sequence, at least 1 each.
  public let lengths: [Int]
  /// bool (batch, frames), true where a frame is real; nil when there is no padding at all.
  public let mask: Tensor?

  /// Frames at the most.
  public var frames: Int { values.size(1) }
  /// Sequences.
  public var count: Int { lengths.count }
  /// Numbers in a frame.
  public var width: Int { values.size(2) }

  /// Pads sequences of (frames, width) to the longest.
  public init(padding sequences: [Tensor]) throws {
    let lengths = sequences.map { $0.size(0) }
    let longest = lengths.max() ?? 0
    guard longest > 0, sequences.allSatisfy({ $0.rank == 2 }) else {
      throw TensorError(
        operation: "making a batch of sequences", arguments: sequences.map(\.description),
        message: "at least one sequence is expected, each (frames, width) with at least one frame")
    }
    let rows = try zip(sequences, lengths).map { $1 == longest ? $0 : try $0.padded([0, 0, 0, longest - $1]) }
    try self.init(checked: Tensor.stacked(rows), lengths: lengths)
  }

  /// Copies sequences of (frames, width), of any dtype, into one tensor of `dtype`, padded to the longest. Each number is
  /// read and written once, which counts where sequences come from disk; no gradient flows back to them.
  public init(copying sequences: [Tensor], as dtype: DType = .float32) throws {
    let lengths = sequences.map { $0.size(0) }
    let (longest, width) = (lengths.max() ?? 0, sequences.first?.size(1) ?? 0)
    guard longest > 0, sequences.allSatisfy({ $0.rank == 2 && $0.size(1) == width }) else {
      throw TensorError(
        operation: "making a batch of sequences", arguments: sequences.map(\.description),
        message: "at least one sequence is expected, each (frames, width) with at least one frame and one width")
    }
    let values = try withoutGradients {
      let values = try Tensor.empty([sequences.count, longest, width], dtype: dtype)
      for (i, sequence) in sequences.enumerated() {
        let row = try values.narrowed(0, start: i, length: 1)
        try row.narrowed(1, start: 0, length: lengths[i]).copyInPlace(sequence.unsqueezed(0))
        if lengths[i] < longest {
          try row.narrowed(1, start: lengths[i], length: longest - lengths[i]).copyInPlace(
            Tensor.zeros([1], dtype: dtype))
        }
      }
      return values
    }
    try self.init(checked: values, lengths: lengths)
  }

  /// Takes a tensor that is padded already; whatever stands in the padding becomes 0.
  ///
  /// - Parameters:
  ///   - values: (batch, frames, width)
  ///   - lengths: one for each sequence, in 1...frames, the longest equal to frames
  public init(_ values: Tensor, lengths: [Int]) throws {
    let batch = try SequenceBatch(checked: values, lengths: lengths)
    // Hiding keys from attention is not enough: NaN and infinity times a weight of 0 are NaN.
    self.init(try batch.cleared(), like: batch)
  }

  /// Takes values whose padding is finite, or will not be looked at.
  init(checked values: Tensor, lengths: [Int]) throws {
    guard values.rank == 3, values.size(0) == lengths.count, !lengths.isEmpty,
      lengths.allSatisfy({ (1...Swift.max(values.size(1), 1)).contains($0) }), lengths.max() == values.size(1)
    else {
      throw TensorError(
        operation: "making a batch of sequences", arguments: [values.description],
        message:
          "the lengths \(lengths) do not fit: (batch, frames, width) with 1...frames real frames each is expected")
    }
    self.values = values
    self.lengths = lengths
    mask =
      lengths.allSatisfy { $0 == values.size(1) }
      ? nil
      : try Tensor.arange(0, values.size(1), device: values.device).unsqueezed(0)
      .< Tensor(lengths, shape: [lengths.count, 1]).moved(to: values.device)
  }

  private init(_ values: Tensor, like other: SequenceBatch) {
    self.values = values
    lengths = other.lengths
    mask = other.mask
  }

  /// The same sequences with each frame replaced by what `body` makes of it. `body` must not mix frames.
  public func mapFrames(_ body: (Tensor) throws -> Tensor) throws -> SequenceBatch {
    let mapped = try body(values)
    guard mapped.rank == 3, mapped.size(0) == count, mapped.size(1) == frames else {
      throw TensorError(
        operation: "mapping frames", arguments: [values.description, mapped.description],
        message: "the number of sequences or frames changed")
    }
    return SequenceBatch(mapped, like: self)
  }

  /// The values with 0 in the padding, whatever layers have made of it, (batch, frames, width).
  public func cleared() throws -> Tensor {
    guard let mask else { return values }
    return try values.masked(where: mask.logicalNot().unsqueezed(2), with: 0)
  }

  /// The mean over each sequence's real frames, (batch, width).
  public func mean() throws -> Tensor {
    guard mask != nil else { return try values.mean(1) }
    // Not a division by the mask's sum alone: padding may hold anything, even infinities.
    let real = try cleared()
    let counts = try Tensor(lengths.map(Float.init), shape: [count, 1]).moved(to: values.device)
    return try real.sum(1) / counts.converted(to: values.dtype)
  }

  /// The sequences of several batches joined along time, clip by clip: real frames follow real frames, and padding only
  /// fills the end.
  public static func joined(_ batches: [SequenceBatch]) throws -> SequenceBatch {
    guard let first = batches.first, batches.count > 1 else {
      guard let only = batches.first else {
        throw TensorError(operation: "joining sequences", message: "there are none")
      }
      return only
    }
    let side = try Tensor.concatenated(batches.map(\.values), dimension: 1)
    guard batches.contains(where: { $0.mask != nil }) else {
      return try SequenceBatch(checked: side, lengths: [Int](repeating: side.size(1), count: first.count))
    }
    // Rows of the joined tensor, seen flat as (batch * frames, width), that hold each clip's real frames in turn.
    let lengths = (0..<first.count).map { clip in batches.reduce(0) { $0 + $1.lengths[clip] } }
    let longest = lengths.max() ?? 0
    let stride = side.size(1)
    var rows: [Int] = []
    rows.reserveCapacity(first.count * longest)
    for clip in 0..<first.count {
      var start = clip * stride
      for batch in batches {
        rows.append(contentsOf: start..<(start + batch.lengths[clip]))
        start += batch.frames
      }
      rows.append(contentsOf: repeatElement(clip * stride, count: longest - lengths[clip]))
    }
    let flat = try side.reshaped([first.count * stride, first.width])
    let picked = try flat.indexSelected(0, Tensor(rows).moved(to: flat.device))
    return try SequenceBatch(checked: picked.reshaped([first.count, longest, first.width]), lengths: lengths)
  }
}
