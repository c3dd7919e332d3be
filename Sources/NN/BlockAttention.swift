import Tensors

extension Tensor {
  /// Queries whose products are made at once, and heads.
  private static let (queries, heads) = (512, 2)

  /// Whether products of blocks are faster than the one operator for attention: for long sequences in bfloat16 on a CPU,
  /// where that operator multiplies in float32.
  var isBestAttendedInBlocks: Bool { dtype == .bfloat16 && device.kind == .cpu && size(2) > Self.queries }

  /// What `attended` computes without a mask, by matrix products over blocks of queries and heads, whose scores stay in the
  /// processor's cache. This tensor, the keys and the values are (batch, heads, length, width).
  func attendedInBlocks(key: Tensor, value: Tensor, scale: Double?) throws -> Tensor {
    let (count, length, width) = (size(0) * size(1), size(2), size(3))
    let flat = { (x: Tensor) in try x.reshaped([count, length, width]) }
    let scaled = try flat(self) * (scale ?? 1 / Double(width).squareRoot())
    let (keys, values) = try (flat(key).transposed(), flat(value))
    let rows = try stride(from: 0, to: count, by: Self.heads).map { head in
      let here = { (x: Tensor) in try x.narrowed(0, start: head, length: Swift.min(Self.heads, count - head)) }
      let (q, k, v) = try (here(scaled), here(keys), here(values))
      return try Tensor.concatenated(
        stride(from: 0, to: length, by: Self.queries).map { start in
          let block = try q.narrowed(1, start: start, length: Swift.min(Self.queries, length - start))
          return try block.matmul(k).softmax(-1).matmul(v)
        }, dimension: 1)
    }
    return try Tensor.concatenated(rows).reshaped(shape)
  }
}
