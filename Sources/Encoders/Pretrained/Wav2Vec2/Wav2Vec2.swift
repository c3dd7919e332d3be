import NN
import Tensors

/// wav2vec 2.0 (Baevski et al. 2020), HuBERT (Hsu et al. 2021) and WavLM (Chen et al. 2022): convolutions over samples, a
/// convolution for positions, transformer layers, normalised after or before ("stable").
final class Wav2Vec2: SpeechNetwork {
  private let configuration: Wav2Vec2Configuration
  private let convolutions: WaveConvolutions
  private let featureNorm: LayerNorm?
  private let projection: FrozenLinear
  private let positions: PositionalConvolution
  private let norm: LayerNorm
  private let layers: [Wav2Vec2Layer]

  init(_ configuration: Wav2Vec2Configuration, dtype: DType) throws {
    let initializer = Initializer.unset(dtype: dtype)
    let (width, epsilon) = (configuration.hiddenSize, configuration.layerNormEps)
    let channels = configuration.convDim[configuration.convDim.count - 1]
    self.configuration = configuration
    convolutions = try WaveConvolutions(configuration, initializer)
    featureNorm = configuration.featProjLayerNorm ?? true ? try LayerNorm(channels, epsilon: epsilon, initializer) : nil
    projection = try FrozenLinear(channels, width, initializer)
    positions = try PositionalConvolution(configuration, initializer)
    norm = try LayerNorm(width, epsilon: epsilon, initializer)
    layers = try (0..<configuration.numHiddenLayers).map {
      try Wav2Vec2Layer(configuration, hasTable: $0 == 0, initializer)
    }
  }

  var members: Members {
    [
      "feature_extractor": .module(convolutions),
      "feature_projection": .module(
        Parts(["layer_norm": .module(featureNorm ?? Parts([:])), "projection": .module(projection)])),
      "encoder": .module(
        Parts(["pos_conv_embed": .module(positions), "layer_norm": .module(norm), "layers": .modules(layers)])),
    ]
  }

  var layerCount: Int { layers.count }
  var width: Int { configuration.hiddenSize }
  var hop: Int { configuration.hop }
  var receptiveField: Int { configuration.receptiveField }
  func frames(samples: Int) -> Int { configuration.frames(samples: samples) }
  var centre: Int { configuration.receptiveField / 2 }
  var longest: Int? { nil }
  func rows(samples: Int) -> Int { frames(samples: samples) }

  func run(_ clips: [[Float]], _ take: (Int, Tensor) throws -> Bool) throws {
    let (dtype, device) = (norm.weight.dtype, norm.weight.device)
    let isStable = configuration.doStableLayerNorm ?? false
    let frames = try PackedSequences(
      clips.map { clip in
        let samples = try Tensor(clip, shape: [clip.count, 1]).moved(to: device).converted(to: dtype)
        let frames = try convolutions(samples)
        return try featureNorm?(frames) ?? frames
      })
    let projected = try frames.with(projection(frames.rows))
    let placed = try positions(projected)
    var x = try projected.with(isStable ? placed : norm(placed))
    guard try take(0, x.rows) else { return }
    let bias = try layers.first?.positionBias(longest: x.lengths.max() ?? 0)
    for (number, layer) in layers.enumerated() {
      x = try x.with(layer(x, bias))
      guard try take(number + 1, x.rows) else { return }
    }
  }

  func output(of rows: Tensor) throws -> Tensor { configuration.doStableLayerNorm ?? false ? try norm(rows) : rows }
}

/// What tells frames where they are: a wide grouped convolution over the frames themselves. Published weights are
/// normalised over all but the taps; loading multiplies them out.
final class PositionalConvolution: Module {
  /// (width, width / groups, taps)
  private let weight: Tensor
  private let bias: Tensor
  private let groups: Int
  private let activation: Activation

  init(_ configuration: Wav2Vec2Configuration, _ initializer: Initializer) throws {
    groups = configuration.numConvPosEmbeddingGroups
    let width = configuration.hiddenSize
    weight = try Tensor.empty([width, width / groups, configuration.numConvPosEmbeddings], dtype: initializer.dtype)
    bias = try Tensor.empty([width], dtype: initializer.dtype)
    activation = configuration.featExtractActivation
  }

  var members: Members {
    ["conv": .module(Parts(["weight": .parameter(weight), "bias": .parameter(bias)]))]
  }

  /// (rows, width): the same sequences with their positions added.
  func callAsFunction(_ x: PackedSequences) throws -> Tensor {
    let parts = try x.lengths.indices.map { sequence in
      let frames = try x[sequence].transposed(0, 1).unsqueezed(0)
      let mixed = try frames.convolved(weight, bias: bias, padding: weight.size(2) / 2, groups: groups)
      // An even number of taps gives one frame too many.
      return try mixed[0].narrowed(1, start: 0, length: x.lengths[sequence]).transposed(0, 1)
    }
    return try x.rows + activation(parts.count == 1 ? parts[0] : Tensor.concatenated(parts))
  }
}
