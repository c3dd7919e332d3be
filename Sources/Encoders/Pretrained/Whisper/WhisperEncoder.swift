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
    first = try WhisperConvolution(configuration.numMelBins, width, stride: 1, dtype)
    second = try WhisperConvolution(width, width, stride: 2, dtype)
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

  /// Puts the loaded weights in the order in which they are multiplied fastest; they can't be loaded again.
  func pack() throws { for layer in layers { try layer.pack() } }

  /// Computes hidden states of log-mel windows, (frames, bins) each with an even number of frames, at most twice `longest`.
  func run(_ windows: [Tensor], _ take: (Int, Tensor) throws -> Bool) throws {
    let dtype = norm.weight.dtype
    var x = try PackedSequences(
      windows.map { window in
        let frames = try second(first(window.converted(to: dtype)).gelu()).gelu()
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
  /// (output channels, input channels, 3)
  private let weight: Tensor
  private let bias: Tensor
  private let stride: Int
  /// (output channels, 3 * input channels), made when first used.
  private var flat: Tensor?

  init(_ input: Int, _ output: Int, stride: Int, _ dtype: DType) throws {
    weight = try Tensor.empty([output, input, 3], dtype: dtype)
    bias = try Tensor.empty([output], dtype: dtype)
    self.stride = stride
  }

  var members: Members { ["weight": .parameter(weight), "bias": .parameter(bias)] }

  /// (frames, input channels) to (frames / stride, output channels)
  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let flat = try self.flat ?? weight.permuted([0, 2, 1]).reshaped([weight.size(0), 3 * weight.size(1)])
    self.flat = flat
    return try x.padded([0, 0, 1, 1]).frameConvolution(flat, bias: bias, taps: 3, stride: stride)
  }
}

/// One pre-norm layer of Whisper's encoder; keys have no bias.
final class WhisperLayer: Module {
  private let heads: Int
  private let activation: Activation
  /// Query, key and value.
  private let input: JoinedLinear
  private let output: JoinedLinear
  private let attentionNorm: LayerNorm
  private let inner: JoinedLinear
  private let outer: JoinedLinear
  private let norm: LayerNorm

  init(_ configuration: WhisperConfiguration, _ initializer: Initializer) throws {
    let (width, dtype) = (configuration.dModel, initializer.dtype)
    heads = configuration.encoderAttentionHeads
    activation = configuration.activationFunction ?? .gelu
    input = try JoinedLinear(
      width, [("q_proj", width, true), ("k_proj", width, false), ("v_proj", width, true)], dtype)
    output = try JoinedLinear(width, [("out_proj", width, true)], dtype)
    attentionNorm = try LayerNorm(width, initializer)
    inner = try JoinedLinear(width, [("fc1", configuration.encoderFfnDim, true)], dtype)
    outer = try JoinedLinear(configuration.encoderFfnDim, [("fc2", width, true)], dtype)
    norm = try LayerNorm(width, initializer)
  }

  var members: Members {
    [
      "self_attn": .module(
        Parts([
          "q_proj": input["q_proj"], "k_proj": input["k_proj"], "v_proj": input["v_proj"],
          "out_proj": output["out_proj"],
        ])), "self_attn_layer_norm": .module(attentionNorm), "fc1": inner["fc1"], "fc2": outer["fc2"],
      "final_layer_norm": .module(norm),
    ]
  }

  func pack() throws { for layer in [input, output, inner, outer] { try layer.pack(rows: 1500) } }

  func callAsFunction(_ x: PackedSequences) throws -> Tensor {
    let parts = try input(attentionNorm(x.rows)).chunked(3, dimension: 1)
    let mixed = try x.selfAttention(query: parts[0], key: parts[1], value: parts[2], heads: heads)
    let middle = try x.rows + output(mixed)
    return try middle + outer(activation(inner(norm(middle))))
  }
}
