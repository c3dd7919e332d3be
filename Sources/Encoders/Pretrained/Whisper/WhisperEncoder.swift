import NN
import Tensors

/// The encoder of Whisper (Radford et al. 2022): two convolutions over log-mel frames, positions, pre-norm layers.
final class WhisperEncoder: Module {
  private let configuration: WhisperConfiguration
  private let first: WhisperConvolution
  private let second: WhisperConvolution
  private let positions: EmbeddingTable
  private let layers: [WhisperLayer]
  private let norm: LayerNorm

  init(_ configuration: WhisperConfiguration, dtype: DType) throws {
    let (width, initializer) = (configuration.dModel, Initializer.unset(dtype: dtype))
    self.configuration = configuration
    first = try WhisperConvolution(configuration.numMelBins, width, stride: 1, initializer)
    second = try WhisperConvolution(width, width, stride: 2, initializer)
    positions = try EmbeddingTable(configuration.maxSourcePositions, width, dtype: dtype)
    layers = try (0..<configuration.encoderLayers).map { _ in try WhisperLayer(configuration, initializer) }
    norm = try LayerNorm(width, initializer)
  }

  var members: Members {
    [
      "conv1": .module(first), "conv2": .module(second), "embed_positions": .module(positions),
      "layers": .modules(layers), "layer_norm": .module(norm),
    ]
  }

  var layerCount: Int { layers.count }
  var width: Int { configuration.dModel }
  var bins: Int { configuration.numMelBins }
  /// Frames of a whole window, 1500 in all published models.
  var longest: Int { configuration.maxSourcePositions }

  /// Computes hidden states of log-mel windows, (frames, bins) each, at most twice `longest` frames.
  func run(_ windows: [Tensor], _ take: (Int, Tensor) throws -> Bool) throws {
    let (dtype, device) = (norm.weight.dtype, norm.weight.device)
    var x = try PackedSequences(
      windows.map { window in
        let frames = try second(first(window.moved(to: device).converted(to: dtype)))
        return try frames + positions.weight.narrowed(0, start: 0, length: frames.size(0))
      })
    guard try take(0, x.rows) else { return }
    for (number, layer) in layers.enumerated() {
      x = try x.with(layer(x))
      guard try take(number + 1, number + 1 == layers.count ? norm(x.rows) : x.rows) else { return }
    }
  }
}

/// A convolution of three taps with one frame of padding at both ends.
final class WhisperConvolution: Module {
  private let product: FrozenLinear
  private let stride: Int

  init(_ input: Int, _ output: Int, stride: Int, _ initializer: Initializer) throws {
    product = try FrozenLinear(convolution: input, output, taps: 3, bias: true, initializer)
    self.stride = stride
  }

  var members: Members { ["": .module(product)] }

  /// (frames, input channels) to (frames / stride, output channels), activated.
  func callAsFunction(_ x: Tensor) throws -> Tensor {
    try product(x.padded([0, 0, 1, 1]).frameWindows(taps: 3, stride: stride), .gelu)
  }
}

/// One pre-norm layer of Whisper's encoder; keys have no bias.
final class WhisperLayer: Module {
  private let heads: Int
  private let activation: Activation
  private let projections: FrozenLinear
  private let output: FrozenLinear
  private let attentionNorm: LayerNorm
  private let inner: FrozenLinear
  private let outer: FrozenLinear
  private let norm: LayerNorm

  init(_ configuration: WhisperConfiguration, _ initializer: Initializer) throws {
    let width = configuration.dModel
    heads = configuration.encoderAttentionHeads
    activation = configuration.activationFunction ?? .gelu
    projections = try FrozenLinear(
      width, each: width, [("q_proj", true), ("k_proj", false), ("v_proj", true)], initializer)
    output = try FrozenLinear(width, width, initializer)
    attentionNorm = try LayerNorm(width, initializer)
    inner = try FrozenLinear(width, configuration.encoderFfnDim, initializer)
    outer = try FrozenLinear(configuration.encoderFfnDim, width, initializer)
    norm = try LayerNorm(width, initializer)
  }

  var members: Members {
    [
      "self_attn": .module(
        Parts(["": .module(projections), "out_proj": .module(output)])), "self_attn_layer_norm": .module(attentionNorm),
      "fc1": .module(inner), "fc2": .module(outer),
      "final_layer_norm": .module(norm),
    ]
  }

  func callAsFunction(_ x: PackedSequences) throws -> Tensor {
    let mixed = try x.selfAttention(projections(attentionNorm(x.rows)), heads: heads)
    let middle = try output(mixed, adding: x.rows)
    return try outer(inner(norm(middle), activation), adding: middle)
  }
}
