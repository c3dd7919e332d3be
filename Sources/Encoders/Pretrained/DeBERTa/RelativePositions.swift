import Tensors

/// How DeBERTa numbers the distance from one token to another: exactly when they are near, by the logarithm beyond.
struct RelativePositions {
  /// int64 (length, length): the row of the table of positions for each query and key, less `first`.
  let indices: Tensor
  /// The rows of the table that are used at all.
  let rows: Range<Int>

  init(_ configuration: DeBERTaConfiguration, length: Int) throws {
    let span = configuration.span
    let distances = try Self.buckets(
      length: length, buckets: configuration.buckets, largest: configuration.largestDistance)
    // distances[d] is the bucket of a distance of d; those of -d have the other sign.
    let row = { (distance: Int) in
      min(max((distance < 0 ? -distances[-distance] : distances[distance]) + span, 0), 2 * span - 1)
    }
    rows = row(1 - length)..<(row(length - 1) + 1)
    var table = [Int]()
    table.reserveCapacity(length * length)
    for query in 0..<length { for key in 0..<length { table.append(row(query - key) - rows.lowerBound) } }
    indices = try Tensor(table, shape: [length, length])
  }

  /// The buckets of the distances 0..<length. The logarithm is LibTorch's, in float32: another's last bit would put some
  /// distances into another bucket.
  private static func buckets(length: Int, buckets: Int, largest: Int) throws -> [Int] {
    guard buckets > 0, largest > 0 else { return Array(0..<length) }
    let middle = buckets / 2
    let shares = (0..<length).map { Float(max($0, middle - 1)) / Float(middle) }
    let logarithms = try Tensor(shares).log().array(of: Float.self)
    let whole = try Tensor([Float(largest - 1) / Float(middle)]).log().item(of: Float.self)
    return zip(0..<length, logarithms).map { distance, logarithm in
      distance <= middle ? distance : Int((logarithm / whole * Float(middle - 1)).rounded(.up)) + middle
    }
  }
}
