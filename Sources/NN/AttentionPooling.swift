public import Tensors

/// One vector for each sequence: the mean of its real frames weighted by a softmax over trained scores.
public final class AttentionPooling: Module {
  /// How a frame is scored.
  public enum Score: String, Codable, CaseIterable, Sendable {
    /// r · m / sqrt(width), as the paper of UNICAMP's system has it (Interspeech 2025, Eq. 1).
    case scaled
    /// r · m + b, as its released code has it.
    case linear
  }

  /// m, (1, width)
  public let weight: Tensor
  /// b, (1), of the linear score
  public let bias: Tensor?
  private let scale: Double

  /// A pooling of frames of `width`, initialised as `torch.nn.Linear(width, 1)`.
  public init(_ width: Int, score: Score = .scaled, _ initializer: Initializer) throws {
    weight = try initializer.kaiming([1, width], inputs: width)
    bias = score == .linear ? try initializer.kaiming([1], inputs: width) : nil
    scale = score == .scaled ? 1 / Double(width).squareRoot() : 1
  }

  /// The names of `torch.nn.Linear`.
  public var members: Members { ["weight": .parameter(weight), "bias": .parameter(bias)] }

  /// (batch, frames), each row summing to 1, with 0 in the padding: how much each frame counts (Eq. 1).
  public func shares(_ x: SequenceBatch) throws -> Tensor {
    let scores = try x.values.linear(weight, bias: bias).squeezed(-1) * scale
    return try (x.mask.map { try scores.masked(where: $0.logicalNot(), with: -.infinity) } ?? scores).softmax(-1)
  }

  /// (batch, width): the weighted mean (Eq. 2).
  public func callAsFunction(_ x: SequenceBatch) throws -> Tensor {
    try shares(x).unsqueezed(1).matmul(x.values).squeezed(1)
  }
}
