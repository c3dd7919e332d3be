import NN
import Tensors

/// BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019): token, position and type embeddings, then post-norm layers.
final class BERT: TextNetwork {
  private let configuration: BERTConfiguration
  private let words: EmbeddingTable
  private let positions: EmbeddingTable
  private let types: EmbeddingTable
  private let norm: LayerNorm
  private let layers: [BERTLayer]

  init(_ configuration: BERTConfiguration, dtype: DType) throws {
    let (width, initializer) = (configuration.hiddenSize, Initializer.unset(dtype: dtype))
    self.configuration = configuration
    words = try EmbeddingTable(configuration.vocabSize, width, dtype: dtype)
    positions = try EmbeddingTable(configuration.maxPositionEmbeddings, width, dtype: dtype)
    types = try EmbeddingTable(configuration.typeVocabSize, width, dtype: dtype)
    norm = try LayerNorm(width, epsilon: configuration.layerNormEps, initializer)
    layers = try (0..<configuration.numHiddenLayers).map { _ in try BERTLayer(configuration, initializer) }
  }

  var members: Members {
    [
      "embeddings": .module(
        Parts([
          "word_embeddings": .module(words), "position_embeddings": .module(positions),
          "token_type_embeddings": .module(types), "LayerNorm": .module(norm),
        ])), "encoder": .module(Parts(["layer": .modules(layers)])),
    ]
  }

  var layerCount: Int { layers.count }
  var width: Int { configuration.hiddenSize }
  var vocabularySize: Int { configuration.vocabSize }
  var longest: Int? { configuration.maxPositionEmbeddings - configuration.firstPosition }

  func run(_ tokens: [[Int]], _ take: (Int, Tensor) throws -> Bool) throws {
    let places = tokens.flatMap { $0.indices.map { $0 + configuration.firstPosition } }
    let embedded = try words(Tensor(tokens.flatMap(\.self))) + positions(Tensor(places)) + types.weight[0]
    var x = try PackedSequences(norm(embedded), lengths: tokens.map(\.count))
    guard try take(0, x.rows) else { return }
    for (number, layer) in layers.enumerated() {
      x = try x.with(layer(x))
      guard try take(number + 1, x.rows) else { return }
    }
  }
}

/// One post-norm layer with BERT's names.
final class BERTLayer: Module {
  private let heads: Int
  private let activation: Activation
  private let projections: FrozenLinear
  private let output: FrozenLinear
  private let outputNorm: LayerNorm
  private let inner: FrozenLinear
  private let outer: FrozenLinear
  private let norm: LayerNorm

  init(_ configuration: BERTConfiguration, _ initializer: Initializer) throws {
    let (width, epsilon) = (configuration.hiddenSize, configuration.layerNormEps)
    heads = configuration.numAttentionHeads
    activation = configuration.hiddenAct
    projections = try FrozenLinear(width, each: width, [("query", true), ("key", true), ("value", true)], initializer)
    output = try FrozenLinear(width, width, initializer)
    outputNorm = try LayerNorm(width, epsilon: epsilon, initializer)
    inner = try FrozenLinear(width, configuration.intermediateSize, initializer)
    outer = try FrozenLinear(configuration.intermediateSize, width, initializer)
    norm = try LayerNorm(width, epsilon: epsilon, initializer)
  }

  var members: Members {
    [
      "attention": .module(
        Parts([
          "self": .module(projections),
          "output": .module(Parts(["dense": .module(output), "LayerNorm": .module(outputNorm)])),
        ])), "intermediate": .module(Parts(["dense": .module(inner)])),
      "output": .module(Parts(["dense": .module(outer), "LayerNorm": .module(norm)])),
    ]
  }

  func callAsFunction(_ x: PackedSequences) throws -> Tensor {
    let mixed = try x.selfAttention(projections(x.rows), heads: heads)
    let middle = try outputNorm(output(mixed, adding: x.rows))
    return try norm(outer(inner(middle, activation), adding: middle))
  }
}
