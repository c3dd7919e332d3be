import NN
import Tensors

/// DeBERTa-v2 and v3 (He et al. 2021): attention over contents and relative positions apart, a convolution beside the
/// first layer.
final class DeBERTa: TextNetwork {
  private let configuration: DeBERTaConfiguration
  private let words: EmbeddingTable
  private let positions: EmbeddingTable?
  private let types: EmbeddingTable?
  private let projection: FrozenLinear?
  private let norm: LayerNorm
  private let layers: [DeBERTaLayer]
  private let relative: EmbeddingTable?
  private let relativeNorm: LayerNorm?
  private let convolution: DeBERTaConvolution?

  init(_ configuration: DeBERTaConfiguration, dtype: DType) throws {
    let initializer = Initializer.unset(dtype: dtype)
    let (width, epsilon) = (configuration.hiddenSize, configuration.layerNormEps)
    let embedding = configuration.embeddingSize ?? width
    self.configuration = configuration
    words = try EmbeddingTable(configuration.vocabSize, embedding, dtype: dtype)
    positions =
      configuration.positionBiasedInput ?? true
      ? try EmbeddingTable(configuration.maxPositionEmbeddings, embedding, dtype: dtype) : nil
    types =
      configuration.typeVocabSize > 0 ? try EmbeddingTable(configuration.typeVocabSize, embedding, dtype: dtype) : nil
    projection = embedding == width ? nil : try FrozenLinear(embedding, width, bias: false, initializer)
    norm = try LayerNorm(width, epsilon: epsilon, initializer)
    layers = try (0..<configuration.numHiddenLayers).map { _ in try DeBERTaLayer(configuration, initializer) }
    relative = configuration.isRelative ? try EmbeddingTable(2 * configuration.span, width, dtype: dtype) : nil
    relativeNorm = configuration.normalisesPositions ? try LayerNorm(width, epsilon: epsilon, initializer) : nil
    convolution = configuration.convolutionTaps > 0 ? try DeBERTaConvolution(configuration, initializer) : nil
  }

  var members: Members {
    let optional = { (module: (any Module)?) -> Members.Member in module.map { .module($0) } ?? .module(Parts([:])) }
    return [
      "embeddings": .module(
        Parts([
          "word_embeddings": .module(words), "position_embeddings": optional(positions),
          "token_type_embeddings": optional(types), "embed_proj": optional(projection), "LayerNorm": .module(norm),
        ])),
      "encoder": .module(
        Parts([
          "layer": .modules(layers), "rel_embeddings": optional(relative), "LayerNorm": optional(relativeNorm),
          "conv": optional(convolution),
        ])),
    ]
  }

  var layerCount: Int { layers.count }
  var width: Int { configuration.hiddenSize }
  var vocabularySize: Int { configuration.vocabSize }
  /// Relative positions have no end.
  var longest: Int? { positions == nil ? nil : configuration.maxPositionEmbeddings }

  func run(_ tokens: [[Int]], _ take: (Int, Tensor) throws -> Bool) throws {
    var embedded = try words(Tensor(tokens.flatMap(\.self)))
    if let positions { embedded = try embedded + positions(Tensor(tokens.flatMap { Array($0.indices) })) }
    if let types { embedded = try embedded + types.weight[0] }
    if let projection { embedded = try projection(embedded) }
    let input = try PackedSequences(norm(embedded), lengths: tokens.map(\.count))
    guard try take(0, input.rows) else { return }
    // Only the rows of distances that occur: short texts need few of the table's hundreds.
    var table: Tensor?
    var distances: [Int: RelativePositions] = [:]
    if let relative {
      let used = try RelativePositions.rows(configuration, length: input.lengths.max() ?? 1)
      let rows = try relative.weight.narrowed(0, start: used.lowerBound, length: used.count)
      table = try relativeNorm?(rows) ?? rows
      for length in Set(input.lengths) {
        distances[length] = try RelativePositions(
          configuration, length: length, first: used.lowerBound, device: norm.weight.device)
      }
    }
    var x = input
    for (number, layer) in layers.enumerated() {
      x = try x.with(layer(x, table, distances))
      if number == 0, let convolution { x = try x.with(convolution(input, beside: x.rows)) }
      guard try take(number + 1, x.rows) else { return }
    }
  }
}

/// What DeBERTa adds to the output of its first layer: a convolution over the embedded tokens.
final class DeBERTaConvolution: Module {
  private let product: FrozenLinear
  private let norm: LayerNorm
  private let activation: Activation
  private let taps: Int

  init(_ configuration: DeBERTaConfiguration, _ initializer: Initializer) throws {
    let width = configuration.hiddenSize
    taps = configuration.convolutionTaps
    product = try FrozenLinear(convolution: width, width, taps: taps, bias: true, initializer)
    norm = try LayerNorm(width, epsilon: configuration.layerNormEps, initializer)
    activation = configuration.convAct ?? .tanh
  }

  var members: Members { ["conv": .module(product), "LayerNorm": .module(norm)] }

  func callAsFunction(_ x: PackedSequences, beside rows: Tensor) throws -> Tensor {
    let windows = try x.lengths.indices.map { sequence in
      try x[sequence].padded([0, 0, taps / 2, taps / 2]).frameWindows(taps: taps, stride: 1)
    }
    return try norm(rows + product(Tensor.concatenated(windows), activation))
  }
}
