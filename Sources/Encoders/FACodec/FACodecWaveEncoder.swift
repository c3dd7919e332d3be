import NN
import Tensors

/// What FACodec makes of samples: frames of 256 numbers by convolutions, and the mel spectrum.
final class FACodecWaveEncoder: Module {
  /// Samples from one frame to the next: the product of all strides.
  static let hop = 200
  private static let fourierSize = 1024
  private static let windowSize = 800
  /// Samples by which the spectrum continues a signal on either side.
  static let border = (fourierSize - hop) / 2

  private let blocks: [any FACodecLayer]
  private let filters: Tensor
  private let window: Tensor

  init(dtype: DType) throws {
    var width = 32
    var blocks: [any FACodecLayer] = [try FACodecConvolution(1, width, kernel: 7, padding: 3, dtype: dtype)]
    for stride in [2, 4, 5, 5] {
      blocks.append(try FACodecDownsampling(from: width, stride: stride, dtype: dtype))
      width *= 2
    }
    blocks.append(try FACodecActivation(width, dtype: dtype))
    blocks.append(try FACodecConvolution(width, FACodecStyles.width, kernel: 3, padding: 1, dtype: dtype))
    self.blocks = blocks
    // Spectra keep their precision, whatever the network computes in.
    filters = try Tensor.empty([80, Self.fourierSize / 2 + 1])
    window = try Tensor.empty([Self.windowSize])
  }

  var members: Members {
    [
      "block": .modules(blocks),
      "mel_transform": .module(Parts(["mel_basis": .buffer(filters), "hann_window": .buffer(window)])),
    ]
  }

  /// (1, samples), a multiple of the hop, to (frames, 256).
  func callAsFunction(_ samples: Tensor) throws -> Tensor {
    let start = try samples.unsqueezed(0).converted(to: blocks[0].dtype)
    let frames = try blocks.reduce(start) { try $1($0) }
    return try frames[0].transposed(0, 1)
  }

  /// The logarithm of the lowest 20 mel bands, (1, samples) to (frames, 20).
  func lowMel(_ samples: Tensor) throws -> Tensor {
    let side = (Self.fourierSize - Self.windowSize) / 2
    let spectrum = try samples.padded(before: Self.border, after: Self.border, with: .reflect)
      .shortTimeFourier(
        size: Self.fourierSize, hop: Self.hop, window: window.padded([side, side]), isCentered: false
      ).realView()[0]
    let magnitude = try ((spectrum * spectrum).sum(-1) + 1e-9).sqrt()
    return try filters.narrowed(0, start: 0, length: 20).matmul(magnitude).clamped(min: 1e-5).log().transposed(0, 1)
  }
}

/// A part of the encoder's chain, (1, channels, frames) to (1, channels', frames').
protocol FACodecLayer: Module {
  var dtype: DType { get }
  func callAsFunction(_ x: Tensor) throws -> Tensor
}

/// A convolution of which published weights are normalised; loading multiplies them out.
final class FACodecConvolution: FACodecLayer {
  private let weight: Tensor
  private let bias: Tensor
  private let stride: Int
  private let padding: Int
  private let dilation: Int

  init(
    _ channels: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, dtype: DType
  ) throws {
    weight = try Tensor.empty([outputs, channels, kernel], dtype: dtype)
    bias = try Tensor.empty([outputs], dtype: dtype)
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
  }

  var members: Members { ["weight": .parameter(weight), "bias": .parameter(bias)] }
  var dtype: DType { weight.dtype }

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.convolved(weight, bias: bias, stride: stride, padding: padding, dilation: dilation)
  }
}

/// Three residual units, then a convolution that doubles the channels and keeps one frame of `stride`.
final class FACodecDownsampling: FACodecLayer {
  private let layers: [any FACodecLayer]

  init(from width: Int, stride: Int, dtype: DType) throws {
    var layers: [any FACodecLayer] = []
    for dilation in [1, 3, 9] { layers.append(try FACodecResidualUnit(width, dilation: dilation, dtype: dtype)) }
    layers.append(try FACodecActivation(width, dtype: dtype))
    layers.append(
      try FACodecConvolution(
        width, 2 * width, kernel: 2 * stride, stride: stride, padding: stride / 2 + stride % 2, dtype: dtype))
    self.layers = layers
  }

  var members: Members { ["block": .modules(layers)] }
  var dtype: DType { layers[0].dtype }
  func callAsFunction(_ x: Tensor) throws -> Tensor { try layers.reduce(x) { try $1($0) } }
}

/// Two convolutions, each behind an activation, added to what goes in.
final class FACodecResidualUnit: FACodecLayer {
  private let layers: [any FACodecLayer]

  init(_ width: Int, dilation: Int, dtype: DType) throws {
    layers = [
      try FACodecActivation(width, dtype: dtype),
      try FACodecConvolution(width, width, kernel: 7, padding: 3 * dilation, dilation: dilation, dtype: dtype),
      try FACodecActivation(width, dtype: dtype), try FACodecConvolution(width, width, kernel: 1, dtype: dtype),
    ]
  }

  var members: Members { ["block": .modules(layers)] }
  var dtype: DType { layers[0].dtype }
  func callAsFunction(_ x: Tensor) throws -> Tensor { try x + layers.reduce(x) { try $1($0) } }
}
