import Tensors

/// One head over many frames, the attention of DeepSER as released. Its products can be taken in another order than they
/// are written: (x W_qᵀ)(x W_kᵀ)ᵀ = x (W_qᵀ W_k) xᵀ, and likewise for values and output. Two of the four projections of
/// every frame become products of weights, which cost as much as `width` frames: the same numbers but for rounding.
extension MultiheadAttention {
  /// Whether there are frames enough for that to pay.
  func joinsWeights(_ x: SequenceBatch) -> Bool { heads == 1 && x.count * x.frames * 4 > x.width * 5 }

  /// (batch, frames, width) to the same; `keys` is false at padding, (batch, 1, 1, frames).
  func withJoinedWeights(_ x: Tensor, _ keys: Tensor?) throws -> Tensor {
    let weights = try inputWeight.chunked(3, dimension: 0)
    let biases = try inputBias.chunked(3, dimension: 0)
    // The keys' bias adds the same to all scores of a query, which a softmax takes out again.
    let query = try x.linear(weights[1].transposed().matmul(weights[0]), bias: biases[0].matmul(weights[1]))
    let frames = try x.unsqueezed(1)
    let joined = try output.weight.matmul(weights[2])
    let valueBias = try output.weight.matmul(biases[2])
    guard dropout.isActive else {
      let bias = try output.bias.map { try $0 + valueBias } ?? valueBias
      return try query.unsqueezed(1).attended(key: frames, value: frames, mask: keys).squeezed(1)
        .linear(joined, bias: bias)
    }
    // The shares of a frame sum to 1 unless some were dropped.
    let shares = try droppedShares(query.unsqueezed(1), frames, keys).squeezed(1)
    return try shares.matmul(x).linear(joined, bias: output.bias) + shares.sum(-1, keepDimensions: true) * valueBias
  }
}
