import NN
import Tensors

/// One post-norm layer with disentangled attention (He et al. 2021, Eq. 4): content to content, content to position and
/// position to content.
final class DeBERTaLayer: Module {
  private let configuration: DeBERTaConfiguration
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let positionKey: Linear?
  private let positionQuery: Linear?
  private let output: Linear
  private let outputNorm: LayerNorm
  private let inner: Linear
  private let outer: Linear
  private let norm: LayerNorm

  init(_ configuration: DeBERTaConfiguration, _ initializer: Initializer) throws {
    let (width, epsilon) = (configuration.hiddenSize, configuration.layerNormEps)
    let all = configuration.headWidth * configuration.numAttentionHeads
    self.configuration = configuration
    query = try Linear(width, all, initializer)
    key = try Linear(width, all, initializer)
    value = try Linear(width, all, initializer)
    let isApart = !configuration.sharesKey
    positionKey = isApart && configuration.hasContentToPosition ? try Linear(width, all, initializer) : nil
    positionQuery = isApart && configuration.hasPositionToContent ? try Linear(width, all, initializer) : nil
    output = try Linear(all, width, initializer)
    outputNorm = try LayerNorm(width, epsilon: epsilon, initializer)
    inner = try Linear(width, configuration.intermediateSize, initializer)
    outer = try Linear(configuration.intermediateSize, width, initializer)
    norm = try LayerNorm(width, epsilon: epsilon, initializer)
  }

  var members: Members {
    let optional = { (module: Linear?) -> Members.Member in module.map { .module($0) } ?? .module(Parts([:])) }
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

  func callAsFunction(
    _ x: PackedSequences, _ table: Tensor?, _ distances: [Int: RelativePositions]
  ) throws -> Tensor {
    let (q, k) = try (query(x.rows), key(x.rows))
    let terms = 1 + (configuration.hasContentToPosition ? 1 : 0) + (configuration.hasPositionToContent ? 1 : 0)
    let scale = 1 / Double(configuration.headWidth * terms).squareRoot()
    let mixed = try x.selfAttention(
      query: q, key: k, value: value(x.rows), heads: configuration.numAttentionHeads, scale: scale
    ) { start, length, count in
      guard let table, let positions = distances[length] else { return nil }
      let split = { (rows: Tensor) in
        try self.split(rows.narrowed(0, start: start, length: length * count), count)
      }
      return try bias(split(q), split(k), table, positions).map { try $0 * scale }
    }
    let middle = try outputNorm(x.rows + output(mixed))
    return try norm(middle + outer(configuration.hiddenAct(inner(middle))))
  }

  /// (count, heads, length, width) from (count * length, heads * width)
  private func split(_ rows: Tensor, _ count: Int) throws -> Tensor {
    try rows.reshaped([count, rows.size(0) / count, configuration.numAttentionHeads, configuration.headWidth])
      .transposed(1, 2)
  }

  /// The terms with positions, (count, heads, length, length), not yet scaled.
  private func bias(
    _ query: Tensor, _ key: Tensor, _ table: Tensor, _ positions: RelativePositions
  ) throws -> Tensor? {
    // Only the rows of distances that occur: a short text needs few of the table's hundreds.
    let used = try table.narrowed(0, start: positions.rows.lowerBound, length: positions.rows.count)
    let shape = [query.size(0), query.size(1), query.size(2), query.size(2)]
    let indices = try positions.indices.expanded(shape)
    var sum: Tensor?
    if configuration.hasContentToPosition {
      let keys = try split((positionKey ?? self.key)(used), 1)
      sum = try query.matmul(keys.transposed()).gathered(-1, indices)
    }
    if configuration.hasPositionToContent {
      let queries = try split((positionQuery ?? self.query)(used), 1)
      // Rows are keys here: a key looks up the query's distance from it, which has the other sign.
      let part = try key.matmul(queries.transposed()).gathered(-1, indices.transposed()).transposed()
      sum = try sum.map { try $0 + part } ?? part
    }
    return sum
  }
}
