import Foundation
import NN
import Tensors

/// ModernBERT (Warner et al. 2024): pre-norm layers with gated linear units and rotary positions, every third of which sees
/// all tokens and the others a window.
final class ModernBERT: TextNetwork {
  private let configuration: ModernBERTConfiguration
  private let words: EmbeddingTable
  private let norm: LayerNorm
  private let layers: [ModernBERTLayer]
  private let finalNorm: LayerNorm

  init(_ configuration: ModernBERTConfiguration, dtype: DType) throws {
    self.configuration = configuration
    let initializer = Initializer.unset(dtype: dtype)
    words = try EmbeddingTable(configuration.vocabSize, configuration.hiddenSize, dtype: dtype)
    norm = try configuration.norm(initializer)
    layers = try configuration.seesAll.enumerated().map {
      try ModernBERTLayer(configuration, seesAll: $1, isFirst: $0 == 0, initializer)
    }
    finalNorm = try configuration.norm(initializer)
  }

  var members: Members {
    [
      "embeddings": .module(Parts(["tok_embeddings": .module(words), "norm": .module(norm)])),
      "layers": .modules(layers), "final_norm": .module(finalNorm),
    ]
  }

  var layerCount: Int { layers.count }
  var width: Int { configuration.hiddenSize }
  var vocabularySize: Int { configuration.vocabSize }
  var longest: Int? { configuration.maxPositionEmbeddings }

  func run(_ tokens: [[Int]], _ take: (Int, Tensor) throws -> Bool) throws {
    var x = try PackedSequences(norm(words(Tensor(tokens.flatMap(\.self)))), lengths: tokens.map(\.count))
    guard try take(0, x.rows) else { return }
    let longest = x.lengths.max() ?? 0
    let (all, near) = try (rotation(longest, seesAll: true), rotation(longest, seesAll: false))
    for (number, layer) in layers.enumerated() {
      x = try x.with(layer(x, layer.seesAll ? all : near))
      let isLast = number + 1 == layers.count
      guard try take(number + 1, isLast ? finalNorm(x.rows) : x.rows) else { return }
    }
  }

  /// The rotary angles of positions 0..<length.
  private func rotation(_ length: Int, seesAll: Bool) throws -> Rotation {
    let width = configuration.hiddenSize / configuration.numAttentionHeads
    let theta = Float(configuration.theta(seesAll: seesAll))
    let frequencies = stride(from: 0, to: width, by: 2).map { 1 / powf(theta, Float($0) / Float(width)) }
    let angles = (0..<length).flatMap { position in (frequencies + frequencies).map { Float(position) * $0 } }
    let device = finalNorm.weight.device
    return Rotation(
      cosine: try Tensor(angles.map(cosf), shape: [length, width]).moved(to: device),
      sine: try Tensor(angles.map(sinf), shape: [length, width]).moved(to: device))
  }
}

/// The cosines and sines by which queries and keys are turned, (positions, head width) each.
struct Rotation {
  let cosine: Tensor
  let sine: Tensor

  /// Turns (count, heads, length, width), in float32.
  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let exact = try x.converted(to: .float32)
    let halves = try exact.chunked(2, dimension: -1)
    let turned = try Tensor.concatenated([-halves[1], halves[0]], dimension: -1)
    let length = x.size(-2)
    let (cosine, sine) = try (cosine[0..<length], sine[0..<length])
    return try (exact * cosine + turned * sine).converted(to: x.dtype)
  }
}

extension ModernBERTConfiguration {
  fileprivate func norm(_ initializer: Initializer) throws -> LayerNorm {
    try LayerNorm(hiddenSize, epsilon: normEps ?? 1e-5, bias: normBias ?? false, initializer)
  }
}

/// One layer of ModernBERT.
final class ModernBERTLayer: Module {
  /// Whether each token sees all others.
  let seesAll: Bool
  private let configuration: ModernBERTConfiguration
  private let attentionNorm: LayerNorm?
  private let projections: FrozenLinear
  private let output: FrozenLinear
  private let norm: LayerNorm
  private let inner: FrozenLinear
  private let outer: FrozenLinear

  init(_ configuration: ModernBERTConfiguration, seesAll: Bool, isFirst: Bool, _ initializer: Initializer) throws {
    let (width, hidden) = (configuration.hiddenSize, configuration.intermediateSize)
    let (attentionBias, bias) = (configuration.attentionBias ?? false, configuration.mlpBias ?? false)
    self.configuration = configuration
    self.seesAll = seesAll
    attentionNorm = isFirst ? nil : try configuration.norm(initializer)
    projections = try FrozenLinear(width, 3 * width, bias: attentionBias, initializer)
    output = try FrozenLinear(width, width, bias: attentionBias, initializer)
    norm = try configuration.norm(initializer)
    inner = try FrozenLinear(width, 2 * hidden, bias: bias, initializer)
    outer = try FrozenLinear(hidden, width, bias: bias, initializer)
  }

  var members: Members {
    [
      "attn_norm": .module(attentionNorm ?? Parts([:])),
      "attn": .module(Parts(["Wqkv": .module(projections), "Wo": .module(output)])), "mlp_norm": .module(norm),
      "mlp": .module(Parts(["Wi": .module(inner), "Wo": .module(outer)])),
    ]
  }

  func callAsFunction(_ x: PackedSequences, _ rotation: Rotation) throws -> Tensor {
    let parts = try projections(attentionNorm?(x.rows) ?? x.rows).chunked(3, dimension: -1)
    let mixed = try x.runs.map { start, length, count in
      let split = { (rows: Tensor) in
        try rows.narrowed(0, start: start, length: length * count)
          .reshaped([count, length, self.configuration.numAttentionHeads, -1]).transposed(1, 2)
      }
      return try attended(rotation(split(parts[0])), rotation(split(parts[1])), split(parts[2]))
        .transposed(1, 2).reshaped([length * count, configuration.hiddenSize])
    }
    let middle = try output(mixed.count == 1 ? mixed[0] : Tensor.concatenated(mixed), adding: x.rows)
    let gates = try inner(norm(middle)).chunked(2, dimension: -1)
    return try outer((configuration.hiddenActivation ?? .gelu)(gates[0]) * gates[1], adding: middle)
  }

  /// (count, heads, length, width). A local layer takes its queries in blocks, each with the keys that it can see: long texts
  /// then cost in proportion to their length.
  private func attended(_ query: Tensor, _ key: Tensor, _ value: Tensor) throws -> Tensor {
    let (length, reach) = (query.size(2), configuration.reach)
    guard !seesAll, length > reach + 1 else { return try query.attended(key: key, value: value) }
    let block = max(2 * reach, 64)
    return try Tensor.concatenated(
      stride(from: 0, to: length, by: block).map { start in
        let end = min(start + block, length)
        let (first, last) = (max(start - reach, 0), min(end + reach, length))
        let mask = (start..<end).flatMap { query in (first..<last).map { abs($0 - query) <= reach } }
        let keys = { (x: Tensor) in try x.narrowed(2, start: first, length: last - first) }
        return try query.narrowed(2, start: start, length: end - start).attended(
          key: keys(key), value: keys(value),
          mask: Tensor(mask, shape: [end - start, last - first]).moved(to: query.device))
      }, dimension: 2)
  }
}
