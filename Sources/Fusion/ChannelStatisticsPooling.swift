import NN
import Tensors

/// One vector for each sequence: mean and deviation of its real frames, each channel weighted over time by a softmax of its
/// own (Desplanques, Thienpondt and Demuynck 2020, section 3.1, without the context of the whole clip): the scores are
/// V tanh(W x + b).
final class ChannelStatisticsPooling: Module {
  private let projection: Linear
  private let attention: Linear

  init(_ width: Int, hidden: Int, _ initializer: Initializer) throws {
    projection = try Linear(width, hidden, initializer)
    // A bias would be the same for all frames, which the softmax takes out again.
    attention = try Linear(hidden, width, bias: false, initializer)
  }

  var members: Members { ["projection": .module(projection), "attention": .module(attention)] }

  /// The least variance, so that the root has a slope.
  private static let leastVariance = 1e-5

  /// (batch, frames, width) to (batch, 2 * width): means, then deviations.
  func callAsFunction(_ x: SequenceBatch) throws -> Tensor {
    // A share of 0 does not hide an infinity.
    let frames = try x.cleared()
    let scores = try attention(projection(frames).tanh())
    let seen = try x.mask.map { try scores.masked(where: $0.logicalNot().unsqueezed(2), with: -.infinity) } ?? scores
    let shares = try seen.softmax(1)
    let mean = try (shares * frames).sum(1)
    let centred = try frames - mean.unsqueezed(1)
    let variance = try (shares * centred * centred).sum(1)
    return try Tensor.concatenated([mean, variance.clamped(min: Self.leastVariance).sqrt()], dimension: -1)
  }
}
