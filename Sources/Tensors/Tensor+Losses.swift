extension Tensor {
  /// How the losses of single elements become what a loss returns.
  public enum Reduction: Int, Sendable { case none, mean, sum }

  /// Cross-entropy of these unnormalised log-probabilities (batch, classes).
  ///
  /// - Parameters:
  ///   - target: classes, int64 (batch), or probabilities (batch, classes)
  ///   - weight: of each class, (classes); a mean over classes divides by the targets' weights, one over probabilities by
  ///     the batch's size, as in PyTorch
  ///   - smoothing: the share of a target that goes to all classes alike (Szegedy et al. 2016)
  public func crossEntropy(
    _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean, smoothing: Double = 0
  ) throws -> Tensor {
    try Op.crossEntropy(
      .tensor(self), .tensor(target), .tensor(weight), .int(reduction.rawValue), .standard, .double(smoothing))
  }

  /// Cross-entropy of independent yes-or-no questions, from unnormalised log-odds; `target` has this tensor's shape.
  public func binaryCrossEntropy(_ target: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    try Op.binaryCrossEntropy(.tensor(self), .tensor(target), nil, nil, .int(reduction.rawValue))
  }

  private enum Op {
    static let crossEntropy = Operator("aten::cross_entropy_loss")
    static let binaryCrossEntropy = Operator("aten::binary_cross_entropy_with_logits")
  }
}
