import NN
import Tensors

/// One post-norm layer with disentangled attention (He et al. 2021, Eq. 4): content to content, content to position and
/// position to content.
final class DeBERTaLayer: Module {
  private let configuration: DeBERTaConfiguration
  private let query: FrozenLinear
  private let key: FrozenLinear
  private let value: FrozenLinear
  private let positionKey: FrozenLinear?
  private let positionQuery: FrozenLinear?
  private let output: FrozenLinear
  private let outputNorm: LayerNorm
  private let inner: FrozenLinear
  private let outer: FrozenLinear
  private let norm: LayerNorm

  init(_ configuration: DeBERTaConfiguration, _ initializer: Initializer) throws {
    let (width, epsilon) = (configuration.hiddenSize, configuration.layerNormEps)
    let all = configuration.headWidth * configuration.numAttentionHeads
    self.configuration = configuration
    query = try FrozenLinear(width, all, initializer)
    key = try FrozenLinear(width, all, initializer)
    value = try FrozenLinear(width, all, initializer)
    let isApart = !configuration.sharesKey
    positionKey = isApart && configuration.hasContentToPosition ? try FrozenLinear(width, all, initializer) : nil
    positionQuery = isApart && configuration.hasPositionToContent ? try FrozenLinear(width, all, initializer) : nil
    output = try FrozenLinear(all, width, initializer)
    outputNorm = try LayerNorm(width, epsilon: epsilon, initializer)
    inner = try FrozenLinear(width, configuration.intermediateSize, initializer)
    outer = try FrozenLinear(configuration.intermediateSize, width, initializer)
    norm = try LayerNorm(width, epsilon: epsilon, initializer)
  }

  var members: Members {
    let optional = { (module: FrozenLinear?) -> Members.Member in module.map { .module($0) } ?? .module(Parts([:])) }
    return [
      "attention": .module(
        Parts([
          "self": .module(
            Parts([
              "query_proj": .module(query), "key_proj": .module(key), "value_proj": .module(value),
              "pos_key_proj": optional(positionKey), "pos_query_proj": optional(positionQuery),
            ])), "output": .module(Parts(["dense": .module(output), "LayerNorm": .module(outputNorm)])),
        ])), "intermediate": .module(Parts(["dense": .module(inner)])),
      "output": .module(Parts(["dense": .module(outer), "LayerNorm": .module(norm)])),
    ]
  }

  /// - Parameters:
  ///   - table: the vectors of the distances that occur in the longest sequence
  ///   - distances: by length, which of these vectors stands for which pair of tokens
  func callAsFunction(
    _ x: PackedSequences, _ table: Tensor?, _ distances: [Int: RelativePositions]
  ) throws -> Tensor {
    let (q, k) = try (query(x.rows), key(x.rows))
    let terms = 1 + (configuration.hasContentToPosition ? 1 : 0) + (configuration.hasPositionToContent ? 1 : 0)
    let scale = 1 / Double(configuration.headWidth * terms).squareRoot()
    let keys = try table.flatMap { try configuration.hasContentToPosition ? (positionKey ?? key)($0) : nil }
    let queries = try table.flatMap { try configuration.hasPositionToContent ? (positionQuery ?? query)($0) : nil }
    let mixed = try x.selfAttention(
      query: q, key: k, value: value(x.rows), heads: configuration.numAttentionHeads, scale: scale
    ) { start, length, count in
      guard let positions = distances[length] else { return nil }
      let split = { (rows: Tensor) in
        try self.split(rows.narrowed(0, start: start, length: length * count), count)
      }
      let used = { (rows: Tensor?) in
        try rows.map {
          try self.split($0.narrowed(0, start: positions.rows.lowerBound, length: positions.rows.count), 1)
        }
      }
      return try bias(split(q), split(k), used(keys), used(queries), positions).map { try $0 * scale }
    }
    let middle = try outputNorm(output(mixed, adding: x.rows))
    return try norm(outer(inner(middle, configuration.hiddenAct), adding: middle))
  }

  /// (count, heads, length, width) from (count * length, heads * width)
  private func split(_ rows: Tensor, _ count: Int) throws -> Tensor {
    try rows.reshaped([count, rows.size(0) / count, configuration.numAttentionHeads, configuration.headWidth])
      .transposed(1, 2)
  }

  /// The terms with positions, (count, heads, length, length), not yet scaled.
  private func bias(
    _ query: Tensor, _ key: Tensor, _ positionKeys: Tensor?, _ positionQueries: Tensor?, _ positions: RelativePositions
  ) throws -> Tensor? {
    let indices = try positions.indices.expanded([query.size(0), query.size(1), query.size(2), query.size(2)])
    var sum = try positionKeys.map { try query.matmul($0.transposed()).gathered(-1, indices) }
    if let positionQueries {
      // Rows are keys here: a key looks up the query's distance from it, which has the other sign.
      let part = try key.matmul(positionQueries.transposed()).gathered(-1, indices.transposed()).transposed()
      sum = try sum.map { try $0 + part } ?? part
    }
    return sum
  }
}
