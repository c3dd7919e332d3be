extension Tensor {
  /// Where Adam's weight decay goes.
  public enum AdamDecay: Sendable {
    /// Into the gradient (Kingma and Ba 2015).
    case gradient
    /// Off the parameters, apart from the gradient (Loshchilov and Hutter 2019).
    case parameters
  }

  /// One step of Adam over lists of tensors, all changed in place; `steps` counts, as float32 scalars, are raised by one.
  public static func fusedAdam(
    _ parameters: [Tensor], gradients: [Tensor], first: [Tensor], second: [Tensor], steps: [Tensor],
    learningRate: Double, betas: (Double, Double), weightDecay: Double, epsilon: Double, decay: AdamDecay
  ) throws {
    try Op.addToAll.perform(.tensors(steps), 1)
    let update = decay == .gradient ? Op.adam : Op.adamw
    try update.perform(
      .tensors(parameters), .tensors(gradients), .tensors(first), .tensors(second), .tensors([]), .tensors(steps),
      .double(learningRate), .double(betas.0), .double(betas.1), .double(weightDecay), .double(epsilon), false, false)
  }

  /// One step of gradient descent over lists of tensors, all changed in place; `momenta` is empty where there are none.
  public static func fusedSGD(
    _ parameters: [Tensor], gradients: [Tensor], momenta: [Tensor], learningRate: Double, momentum: Double,
    weightDecay: Double, isNesterov: Bool
  ) throws {
    try Op.sgd.perform(
      .tensors(parameters), .tensors(gradients), .tensors(momenta), .double(weightDecay), .double(momentum),
      .double(learningRate), 0.0, .bool(isNesterov), false, false)
  }

  /// Moves tensors towards others of the same shapes, in place: x + weight * (target - x).
  public static func lerpInPlace(_ tensors: [Tensor], towards targets: [Tensor], weight: Double) throws {
    try Op.lerpAll.perform(.tensors(tensors), .tensors(targets), .double(weight))
  }

  private enum Op {
    static let lerpAll = Operator("aten::_foreach_lerp_", "Scalar")
    static let adam = Operator("aten::_fused_adam_")
    static let adamw = Operator("aten::_fused_adamw_")
    static let sgd = Operator("aten::_fused_sgd_")
    static let addToAll = Operator("aten::_foreach_add_", "Scalar")
  }
}
