public import Tensors

/// Scales all gradients down so that their joint Euclidean norm is at most `limit`, as `torch.nn.utils.clip_grad_norm_`.
///
/// - Returns: the norm before.
@discardableResult
public func clipGradientNorm(of parameters: [Tensor], to limit: Double) throws -> Double {
  let gradients = parameters.compactMap(\.gradient)
  guard !gradients.isEmpty else { return 0 }
  return try withoutGradients {
    let norm = try Tensor.stacked(gradients.map { try $0.norm() }).norm().item(of: Double.self)
    let factor = limit / (norm + 1e-6)
    if factor < 1 { for gradient in gradients { try gradient.multiplyInPlace(factor) } }
    return norm
  }
}
