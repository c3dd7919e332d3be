import Foundation
import NN
import Tensors

/// One transformer layer, with WavLM's gated relative positions where the model has them.
final class Wav2Vec2Layer: Module {
  private let configuration: Wav2Vec2Configuration
  private let projections: FrozenLinear
  private let output: FrozenLinear
  private let attentionNorm: LayerNorm
  private let inner: FrozenLinear
  private let outer: FrozenLinear
  private let norm: LayerNorm
  /// WavLM: (1, heads, 1, 1)
  private let gateConstant: Tensor?
  private let gate: Linear?
  /// WavLM: the bias of each distance for each head; the first layer has it for all.
  private let table: EmbeddingTable?

  init(_ configuration: Wav2Vec2Configuration, hasTable: Bool, _ initializer: Initializer) throws {
    let (width, epsilon, heads) = (
      configuration.hiddenSize, configuration.layerNormEps, configuration.numAttentionHeads
    )
    self.configuration = configuration
    projections = try FrozenLinear(
      width, each: width, [("q_proj", true), ("k_proj", true), ("v_proj", true)], initializer)
    output = try FrozenLinear(width, width, initializer)
    attentionNorm = try LayerNorm(width, epsilon: epsilon, initializer)
    inner = try FrozenLinear(width, configuration.intermediateSize, initializer)
    outer = try FrozenLinear(configuration.intermediateSize, width, initializer)
    norm = try LayerNorm(width, epsilon: epsilon, initializer)
    let isGated = configuration.hasRelativePositions
    gateConstant = isGated ? try Tensor.empty([1, heads, 1, 1], dtype: initializer.dtype) : nil
    gate = isGated ? try Linear(width / heads, 8, initializer) : nil
    table =
      isGated && hasTable
      ? try EmbeddingTable(configuration.numBuckets ?? 320, heads, dtype: initializer.dtype) : nil
  }

  var members: Members {
    [
      "attention": .module(
        Parts([
          "": .module(projections), "out_proj": .module(output), "gru_rel_pos_const": .parameter(gateConstant),
          "gru_rel_pos_linear": .module(gate ?? Parts([:])), "rel_attn_embed": .module(table ?? Parts([:])),
        ])), "layer_norm": .module(attentionNorm),
      "feed_forward": .module(Parts(["intermediate_dense": .module(inner), "output_dense": .module(outer)])),
      "final_layer_norm": .module(norm),
    ]
  }

  func callAsFunction(_ x: PackedSequences, _ bias: Tensor?) throws -> Tensor {
    if configuration.doStableLayerNorm ?? false {
      let middle = try attended(x.with(attentionNorm(x.rows)), bias, adding: x.rows)
      return try feedForward(norm(middle), adding: middle)
    }
    let middle = try attentionNorm(attended(x, bias, adding: x.rows))
    return try norm(feedForward(middle, adding: middle))
  }

  private func feedForward(_ x: Tensor, adding rows: Tensor) throws -> Tensor {
    try outer(inner(x, configuration.hiddenAct), adding: rows)
  }

  private func attended(_ x: PackedSequences, _ bias: Tensor?, adding rows: Tensor) throws -> Tensor {
    let heads = configuration.numAttentionHeads
    let gates = try gates(x.rows)
    let mixed = try x.selfAttention(projections(x.rows), heads: heads) { start, length, count in
      guard let bias, let gates else { return nil }
      let here = try gates.narrowed(0, start: start, length: length * count).reshaped([count, length, heads, 1])
      return try here.transposed(1, 2) * bias[TensorIndexing.all, 0..<length, 0..<length]
    }
    return try output(mixed, adding: rows)
  }

  /// (rows, heads): how much each frame heeds positions (WavLM, Eq. 4-6).
  private func gates(_ x: Tensor) throws -> Tensor? {
    guard let gate, let gateConstant else { return nil }
    let heads = configuration.numAttentionHeads
    let sums = try gate(x.reshaped([x.size(0), heads, x.size(1) / heads]))
      .reshaped([x.size(0), heads, 2, 4]).sum(-1).sigmoid()
    let constant = try gateConstant.reshaped([1, heads])
    return try sums.select(-1, 0) * (sums.select(-1, 1) * constant - 1) + 2
  }

  /// (heads, longest, longest): the bias of each pair of frames, of which shorter clips see a corner.
  func positionBias(longest: Int) throws -> Tensor? {
    guard let table else { return nil }
    let buckets = try Self.buckets(
      longest, count: configuration.numBuckets ?? 320, largest: configuration.maxBucketDistance ?? 800)
    var indices = [Int]()
    indices.reserveCapacity(longest * longest)
    for query in 0..<longest {
      for key in 0..<longest {
        indices.append(key > query ? buckets.after[key - query] : buckets.before[query - key])
      }
    }
    return try table(Tensor(taking: indices)).reshaped([longest, longest, -1]).permuted([2, 0, 1]).contiguous()
  }

  /// The buckets of distances 0..<length to earlier and to later frames: exact when near, logarithmic beyond. The logarithm is
  /// LibTorch's in float32, whose last bit decides between buckets.
  private static func buckets(_ length: Int, count: Int, largest: Int) throws -> (before: [Int], after: [Int]) {
    let half = count / 2
    let exact = half / 2
    let logarithms = try Tensor((0..<length).map { Float(max($0, 1)) / Float(exact) }).log().array(of: Float.self)
    let whole = Float(log(Double(largest) / Double(exact)))
    let near = (0..<length).map { distance in
      distance < exact
        ? distance : min(exact + Int(logarithms[distance] / whole * Float(half - exact)), half - 1)
    }
    return (near, near.map { $0 + half })
  }
}
