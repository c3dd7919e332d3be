import Tensors

/// How DeBERTa numbers the distance from one token to another: exactly when they are near, by the logarithm beyond.
struct RelativePositions {
  /// int64 (length, length): the row of the table of positions for each query and key, less the first of `rows`.
  let indices: Tensor
  /// The rows of the table that are used at all, counted from the first that the longest sequence uses.
  let rows: Range<Int>

  /// The rows of the whole table that sequences of a length use.
  static func rows(_ configuration: DeBERTaConfiguration, length: Int) throws -> Range<Int> {
    try RelativePositions(configuration, length: length, first: 0, device: .cpu).rows
  }

  /// - Parameter first: the first row that the longest sequence uses
  init(_ configuration: DeBERTaConfiguration, length: Int, first: Int, device: Device) throws {
    let span = configuration.span
    let distances = try Self.buckets(
      length: length, buckets: configuration.buckets, largest: configuration.largestDistance)
    // distances[d] is the bucket of a distance of d; those of -d have the other sign.
    let row = { (distance: Int) in
      min(max((distance < 0 ? -distances[-distance] : distances[distance]) + span, 0), 2 * span - 1)
    }
    let used = row(1 - length)..<(row(length - 1) + 1)
    rows = (used.lowerBound - first)..<(used.upperBound - first)
    var table = [Int]()
    table.reserveCapacity(length * length)
    for query in 0..<length { for key in 0..<length { table.append(row(query - key) - used.lowerBound) } }
    indices = try Tensor(taking: table, shape: [length, length]).moved(to: device)
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
