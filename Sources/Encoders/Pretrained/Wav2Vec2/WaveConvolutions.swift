import NN
import Tensors

/// The convolutions that turn samples into frames, 20 ms apart in all published models. One clip at a time: padding would
/// change what group normalisation sees, and costs work.
final class WaveConvolutions: Module {
  private let layers: [WaveConvolution]
  private let configuration: Wav2Vec2Configuration

  /// Output frames that are computed together. What is between the layers, up to 64 times as many frames, then stays in
  /// the processor's cache, and memory does not grow with the clip.
  private static let block = 48

  init(_ configuration: Wav2Vec2Configuration, _ initializer: Initializer) throws {
    self.configuration = configuration
    layers = try configuration.convDim.indices.map { try WaveConvolution(configuration, number: $0, initializer) }
  }

  var members: Members { ["conv_layers": .modules(layers)] }

  /// (samples, 1) to (frames, channels)
  func callAsFunction(_ samples: Tensor) throws -> Tensor {
    // What is normalised over time needs all of it.
    guard configuration.featExtractNorm == .layer else { return try layers.reduce(samples) { try $1($0) } }
    let frames = configuration.frames(samples: samples.size(0))
    let (hop, field) = (configuration.hop, configuration.receptiveField)
    let blocks = try stride(from: 0, to: frames, by: Self.block).map { start in
      let count = min(Self.block, frames - start)
      return try layers.reduce(samples.narrowed(0, start: start * hop, length: (count - 1) * hop + field)) {
        try $1($0)
      }
    }
    return blocks.count == 1 ? blocks[0] : try Tensor.concatenated(blocks)
  }
}

/// One convolution with its normalisation and activation, over frames that lie one after the other.
final class WaveConvolution: Module {
  private let convolution: FrozenLinear
  private let norm: LayerNorm?
  private let normalisesTime: Bool
  private let activation: Activation
  private let taps: Int
  private let stride: Int

  init(_ configuration: Wav2Vec2Configuration, number: Int, _ initializer: Initializer) throws {
    taps = configuration.convKernel[number]
    stride = configuration.convStride[number]
    convolution = try FrozenLinear(
      convolution: number == 0 ? 1 : configuration.convDim[number - 1], configuration.convDim[number], taps: taps,
      bias: configuration.convBias ?? false, initializer)
    normalisesTime = configuration.featExtractNorm == .group
    let hasNorm = configuration.featExtractNorm == .layer || number == 0
    norm = hasNorm ? try LayerNorm(configuration.convDim[number], initializer) : nil
    activation = configuration.featExtractActivation
  }

  var members: Members {
    ["conv": .module(convolution), "layer_norm": .module(norm ?? Parts([:]))]
  }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    let windows = try x.frameWindows(taps: taps, stride: stride)
    guard let norm else { return try convolution(windows, activation) }
    let frames = try convolution(windows)
    return try activation(normalisesTime ? overTime(frames, norm) : norm(frames))
  }

  /// Each channel brought to mean 0 and deviation 1 over the clip, as GroupNorm with a group for each channel.
  private func overTime(_ frames: Tensor, _ norm: LayerNorm) throws -> Tensor {
    let exact = try frames.converted(to: .float32)
    let mean = try exact.mean(0, keepDimensions: true)
    let centred = try exact - mean
    let deviation = try ((centred * centred).mean(0, keepDimensions: true) + norm.epsilon).sqrt()
    let scaled = try centred * (norm.weight.converted(to: .float32) / deviation)
    return try (norm.bias.map { try scaled + $0.converted(to: .float32) } ?? scaled).converted(to: frames.dtype)
  }
}
