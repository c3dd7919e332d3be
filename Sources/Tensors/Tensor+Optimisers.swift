extension Tensor {
  /// One step of AdamW over lists of tensors, all changed in place; `steps` counts, as float32 scalars, are raised by one.
  public static func fusedAdamW(
    _ parameters: [Tensor], gradients: [Tensor], first: [Tensor], second: [Tensor], steps: [Tensor],
    learningRate: Double, betas: (Double, Double), weightDecay: Double, epsilon: Double
  ) throws {
    try Op.addToAll.perform(.tensors(steps), 1)
    try Op.adamw.perform(
      .tensors(parameters), .tensors(gradients), .tensors(first), .tensors(second), .tensors([]), .tensors(steps),
      .double(learningRate), .double(betas.0), .double(betas.1), .double(weightDecay), .double(epsilon), false, false)
  }

  /// Moves tensors towards others of the same shapes, in place: x + weight * (target - x).
  public static func lerpInPlace(_ tensors: [Tensor], towards targets: [Tensor], weight: Double) throws {
    try Op.lerpAll.perform(.tensors(tensors), .tensors(targets), .double(weight))
  }

  private enum Op {
    static let lerpAll = Operator("aten::_foreach_lerp_", "Scalar")
    static let adamw = Operator("aten::_fused_adamw_")
    static let addToAll = Operator("aten::_foreach_add_", "Scalar")
  }
}
