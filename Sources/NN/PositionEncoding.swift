import Tensors

/// What tells an attention where a frame stands.
public enum PositionEncoding: String, Codable, CaseIterable, Sendable {
  /// Nothing: frames are a set.
  case absent = "none"
  /// Sines and cosines of wavelengths from 2π to 20,000π frames, added to the frames (Vaswani et al. 2017, 3.5).
  case sinusoidal

  /// Frames with their places, (batch, frames, width) to the same.
  public func callAsFunction(_ x: SequenceBatch) throws -> SequenceBatch {
    guard self == .sinusoidal else { return x }
    let table = try withoutGradients {
      try Self.sinusoids(frames: x.frames, width: x.width).moved(to: x.values.device).converted(to: x.values.dtype)
    }
    return try x.mapFrames { try $0 + table }
  }

  /// (frames, width): sin(t / 10000^(2i / width)) at 2i, the cosine at 2i + 1.
  private static func sinusoids(frames: Int, width: Int) throws -> Tensor {
    let pairs = (width + 1) / 2
    let exponents = try Tensor.arange(0, pairs).converted(to: .float64) * (-2 / Double(width))
    let rates = try Tensor.full([pairs], 10_000, dtype: .float64).pow(exponents)
    let angles = try Tensor.arange(0, frames).converted(to: .float64).unsqueezed(1) * rates.unsqueezed(0)
    let both = try Tensor.stacked([angles.sin(), angles.cos()], dimension: 2).reshaped([frames, 2 * pairs])
    return try both.narrowed(1, start: 0, length: width).converted(to: .float32)
  }
}
