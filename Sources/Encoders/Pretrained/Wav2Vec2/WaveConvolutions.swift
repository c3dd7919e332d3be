import NN
import Tensors

/// The convolutions that turn samples into frames, 20 ms apart in all published models. One clip at a time: padding would
/// change what group normalisation sees, and costs work.
final class WaveConvolutions: Module {
  private let layers: [WaveConvolution]

  init(_ configuration: Wav2Vec2Configuration, _ initializer: Initializer) throws {
    layers = try configuration.convDim.indices.map { try WaveConvolution(configuration, number: $0, initializer) }
  }

  var members: Members { ["conv_layers": .modules(layers)] }

  /// (samples, 1) to (frames, channels)
  func callAsFunction(_ samples: Tensor) throws -> Tensor { try layers.reduce(samples) { try $1($0) } }
}

/// One convolution with its normalisation and activation, over frames that lie one after the other.
final class WaveConvolution: Module {
  /// (output channels, input channels, taps)
  private let weight: Tensor
  private let bias: Tensor?
  private let norm: LayerNorm?
  private let normalisesTime: Bool
  private let activation: Activation
  private let stride: Int
  /// (output channels, taps * input channels): the weight as the products want it, made when first used.
  private var flat: Tensor?

  init(_ configuration: Wav2Vec2Configuration, number: Int, _ initializer: Initializer) throws {
    let (input, output) = (number == 0 ? 1 : configuration.convDim[number - 1], configuration.convDim[number])
    weight = try Tensor.empty([output, input, configuration.convKernel[number]], dtype: initializer.dtype)
    bias = configuration.convBias ?? false ? try Tensor.empty([output], dtype: initializer.dtype) : nil
    normalisesTime = configuration.featExtractNorm == .group
    let hasNorm = configuration.featExtractNorm == .layer || number == 0
    norm = hasNorm ? try LayerNorm(output, initializer) : nil
    activation = configuration.featExtractActivation
    stride = configuration.convStride[number]
  }

  var members: Members {
    [
      "conv": .module(Parts(["weight": .parameter(weight), "bias": .parameter(bias)])),
      "layer_norm": .module(norm ?? Parts([:])),
    ]
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let taps = weight.size(2)
    let flat = try self.flat ?? weight.permuted([0, 2, 1]).reshaped([weight.size(0), taps * weight.size(1)])
    self.flat = flat
    let frames = try x.frameConvolution(flat, bias: bias, taps: taps, stride: stride)
    guard let norm else { return try activation(frames) }
    return try activation(normalisesTime ? overTime(frames, norm) : norm(frames))
  }

  /// Each channel brought to mean 0 and deviation 1 over the clip, as GroupNorm with a group for each channel.
  private func overTime(_ frames: Tensor, _ norm: LayerNorm) throws -> Tensor {
    let exact = try frames.converted(to: .float32)
    let centred = try exact - exact.mean(0, keepDimensions: true)
    let deviation = try ((centred * centred).mean(0, keepDimensions: true) + norm.epsilon).sqrt()
    let scaled = try centred / deviation * norm.weight.converted(to: .float32)
    return try (norm.bias.map { try scaled + $0.converted(to: .float32) } ?? scaled).converted(to: frames.dtype)
  }
}
