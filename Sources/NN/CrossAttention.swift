public import Tensors

/// Attention of one sequence on another with one head, with the parameters of `torch.nn.MultiheadAttention`.
///
/// With one head the products can be taken in another order than they are written: q W_q (k W_k)ᵀ = (q W_q W_kᵀ) kᵀ, and
/// likewise for values and output. All projections then run over the shorter sequence alone: with 290 frames and 22 tokens
/// that is a thirteenth of the work, for the same numbers but for rounding.
public final class CrossAttention: Module {
  /// (3 * width, width): query, key and value, one above the other
  public let inputWeight: Tensor
  /// (3 * width)
  public let inputBias: Tensor
  /// (width, width)
  public let output: Linear
  private let dropout: Dropout

  /// A layer of `width`, initialised as `torch.nn.MultiheadAttention`.
  public init(_ width: Int, dropout: Double = 0, _ initializer: Initializer) throws {
    inputWeight = try initializer.xavier([3 * width, width], inputs: width, outputs: 3 * width)
    inputBias = try initializer.constant([3 * width], 0)
    let output = try Linear(width, width, initializer)
    try withoutGradients { _ = try output.bias?.fillInPlace(0) }
    self.output = output
    self.dropout = Dropout(dropout, initializer)
  }

  /// The names of `torch.nn.MultiheadAttention`.
  public var members: Members {
    [
      "in_proj_weight": .parameter(inputWeight), "in_proj_bias": .parameter(inputBias), "out_proj": .module(output),
      "dropout": .module(dropout),
    ]
  }

  /// Each frame of `query` becomes a mixture of the real frames of `source`: (batch, frames, width) of `query`'s lengths.
  public func callAsFunction(_ query: SequenceBatch, on source: SequenceBatch) throws -> SequenceBatch {
    let weights = try inputWeight.chunked(3, dimension: 0)
    let biases = try inputBias.chunked(3, dimension: 0)
    let scale = 1 / Double(query.width).squareRoot()
    if source.frames <= query.frames {
      let keys = try source.values.linear(weights[1], bias: biases[1])
      let scores = try query.values.matmul(keys.matmul(weights[0]).transposed()) + keys.matmul(biases[0]).unsqueezed(1)
      let values = try source.values.linear(weights[2], bias: biases[2]).linear(output.weight)
      let mixed = try mixture(scores * scale, source).matmul(values)
      return try query.mapFrames { _ in try output.bias.map { try mixed + $0 } ?? mixed }
    }
    let queries = try query.values.linear(weights[0], bias: biases[0])
    let scores =
      try queries.matmul(weights[1]).matmul(source.values.transposed()) + queries.matmul(biases[1]).unsqueezed(2)
    let shares = try mixture(scores * scale, source)
    // The shares of a frame sum to 1 unless some were dropped.
    let valueBias = try dropout.isActive ? shares.sum(-1, keepDimensions: true) * biases[2] : biases[2]
    let values = try shares.matmul(source.values).linear(weights[2]) + valueBias
    return try query.mapFrames { _ in try output(values) }
  }

  private func mixture(_ scores: Tensor, _ source: SequenceBatch) throws -> Tensor {
    let seen = try source.mask.map { try scores.masked(where: $0.logicalNot().unsqueezed(1), with: -.infinity) }
    return try dropout((seen ?? scores).softmax(-1))
  }
}
