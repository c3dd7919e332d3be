public import Tensors

/// One vector for each sequence: the mean and the deviation of its real frames, weighted by a softmax over trained scores
/// (Okabe, Koshinaka and Shinoda 2018), as the baseline of the Interspeech 2025 challenge has it.
public final class AttentiveStatisticsPooling: Module {
  private let projection: Linear
  /// v, (width, 1)
  private let attention: Tensor

  /// A pooling of frames of `width`; scores are vᵀ tanh(W x + b).
  public init(_ width: Int, _ initializer: Initializer) throws {
    projection = try Linear(width, width, initializer)
    attention = try initializer.normal([width, 1])
  }

  /// The names of the challenge's module.
  public var members: Members { ["sap_linear": .module(projection), "attention": .parameter(attention)] }

  /// The least variance, so that the root has a slope.
  private static let leastVariance = 1e-5

  /// (batch, frames), each row summing to 1, with 0 in the padding: how much each frame counts.
  public func shares(_ x: SequenceBatch) throws -> Tensor { try shares(of: x.cleared(), x) }

  private func shares(of frames: Tensor, _ x: SequenceBatch) throws -> Tensor {
    let scores = try projection(frames).tanh().matmul(attention).squeezed(-1)
    return try (x.mask.map { try scores.masked(where: $0.logicalNot(), with: -.infinity) } ?? scores).softmax(-1)
  }

  /// (batch, 2 * width): means, then deviations.
  public func callAsFunction(_ x: SequenceBatch) throws -> Tensor {
    // A share of 0 does not hide an infinity.
    let frames = try x.cleared()
    let shares = try shares(of: frames, x).unsqueezed(1)
    let mean = try shares.matmul(frames).squeezed(1)
    let centred = try frames - mean.unsqueezed(1)
    let variance = try shares.matmul(centred * centred).squeezed(1)
    return try Tensor.concatenated([mean, variance.clamped(min: Self.leastVariance).sqrt()], dimension: -1)
  }
}
