public import Tensors

/// Self-attention with several heads (Vaswani et al. 2017), with the parameters of `torch.nn.MultiheadAttention`.
public final class MultiheadAttention: Module {
  /// (3 * width, width): query, key and value, one above the other
  public let inputWeight: Tensor
  /// (3 * width)
  public let inputBias: Tensor
  /// (width, width)
  public let output: Linear
  /// Parallel attentions, each over width / heads numbers.
  public let heads: Int
  let dropout: Dropout

  /// A layer of `heads`, which divide `width`.
  public init(_ width: Int, heads: Int, dropout: Double = 0, _ initializer: Initializer) throws {
    guard heads > 0, width % heads == 0 else {
      throw TensorError(operation: "making attention", message: "\(heads) heads do not divide a width of \(width)")
    }
    self.heads = heads
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

  /// Each real frame becomes a mixture of its sequence's real frames.
  public func callAsFunction(_ x: SequenceBatch) throws -> SequenceBatch {
    let keys = try x.mask?.reshaped([x.count, 1, 1, x.frames])
    if joinsWeights(x) { return try x.mapFrames { try withJoinedWeights($0, keys) } }
    return try x.mapFrames { values in
      let width = values.size(2)
      let projected = try values.linear(inputWeight, bias: inputBias)
        .reshaped([x.count, x.frames, 3, heads, width / heads]).permuted([2, 0, 3, 1, 4])
      let (query, key, value) = try (projected[0], projected[1], projected[2])
      let mixed =
        try dropout.isActive
        ? droppedShares(query, key, keys).matmul(value) : query.attended(key: key, value: value, mask: keys)
      return try output(mixed.transposed(1, 2).reshaped([x.count, x.frames, width]))
    }
  }

  /// The shares of the keys in each query, (batch, heads, queries, keys), some dropped: drawn from the module's own
  /// generator, which the fused operator can't take.
  func droppedShares(_ query: Tensor, _ key: Tensor, _ keys: Tensor?) throws -> Tensor {
    var scores = try (query * (1 / Double(query.size(-1)).squareRoot())).matmul(key.transposed())
    if let keys { scores = try scores.masked(where: keys.logicalNot(), with: -.infinity) }
    return try dropout(scores.softmax(-1))
  }
}
