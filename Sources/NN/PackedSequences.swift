public import Tensors

/// Sequences of unequal length as rows of one tensor, one sequence after the other: no padding, so that none is computed.
public struct PackedSequences {
  /// (rows, width)
  public let rows: Tensor
  /// The rows of each sequence.
  public let lengths: [Int]
  /// The first row of each sequence.
  public let starts: [Int]

  /// Takes rows that are one sequence after the other.
  public init(_ rows: Tensor, lengths: [Int]) throws {
    guard rows.rank == 2, lengths.allSatisfy({ $0 > 0 }), lengths.reduce(0, +) == rows.size(0) else {
      throw TensorError(
        operation: "packing sequences", arguments: [rows.description],
        message: "rows (rows, width) are expected whose number is the sum of the positive lengths \(lengths)")
    }
    self.rows = rows
    self.lengths = lengths
    var start = 0
    starts = lengths.map { length in
      defer { start += length }
      return start
    }
  }

  /// Joins sequences of (rows, width).
  public init(_ sequences: [Tensor]) throws {
    try self.init(
      sequences.count == 1 ? sequences[0] : Tensor.concatenated(sequences), lengths: sequences.map { $0.size(0) })
  }

  /// The same sequences with other rows.
  public func with(_ rows: Tensor) throws -> PackedSequences { try PackedSequences(rows, lengths: lengths) }

  /// (rows of the sequence, width)
  public subscript(sequence: Int) -> Tensor {
    get throws { try rows.narrowed(0, start: starts[sequence], length: lengths[sequence]) }
  }

  /// Neighbouring sequences of equal length, which one operator can take together.
  public var runs: [(start: Int, length: Int, count: Int)] {
    var runs: [(start: Int, length: Int, count: Int)] = []
    for (start, length) in zip(starts, lengths) {
      if let last = runs.last, last.length == length {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((start, length, 1))
      }
    }
    return runs
  }

  /// Attention of each sequence on itself.
  ///
  /// - Parameters:
  ///   - query: (rows, heads * width), as `key` and `value`; they may be views of one tensor
  ///   - scale: what products are multiplied by; nil is 1 / sqrt(width)
  ///   - bias: for a run of sequences from `start`, of `length` rows each, what is added to the products:
  ///     broadcasting to (sequences, heads, length, length); nil adds nothing
  /// - Returns: (rows, heads * width)
  public func selfAttention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, scale: Double? = nil,
    bias: (_ start: Int, _ length: Int, _ count: Int) throws -> Tensor? = { _, _, _ in nil }
  ) throws -> Tensor {
    let parts = try runs.map { start, length, count in
      let split = { (x: Tensor) in
        try x.narrowed(0, start: start, length: length * count)
          .reshaped([count, length, heads, x.size(1) / heads]).transposed(1, 2)
      }
      let (queries, mask) = try (split(query), bias(start, length, count))
      let mixed =
        try mask == nil && queries.isBestAttendedInBlocks
        ? queries.attendedInBlocks(key: split(key), value: split(value), scale: scale)
        : queries.attended(key: split(key), value: split(value), mask: mask, scale: scale)
      return try mixed.transposed(1, 2).reshaped([length * count, value.size(1)])
    }
    return parts.count == 1 ? parts[0] : try Tensor.concatenated(parts)
  }

  /// The same with queries, keys and values side by side, (rows, 3 * heads * width).
  public func selfAttention(
    _ projections: Tensor, heads: Int,
    bias: (_ start: Int, _ length: Int, _ count: Int) throws -> Tensor? = { _, _, _ in nil }
  ) throws -> Tensor {
    let parts = try projections.chunked(3, dimension: 1)
    return try selfAttention(query: parts[0], key: parts[1], value: parts[2], heads: heads, bias: bias)
  }
}
