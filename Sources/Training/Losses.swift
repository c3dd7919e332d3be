public import Tensors

/// The losses of both systems.
public enum Losses {
  /// Cross-entropy against soft targets: the mean over clips of -Σ_c w_c t_c log p_c, as `torch.nn.CrossEntropyLoss` with
  /// class probabilities.
  ///
  /// - Parameters:
  ///   - logits: (clips, classes)
  ///   - targets: (clips, classes), each row a distribution; a row of zeros is a clip without a target and does not count
  ///   - weights: (classes); nil weighs all alike
  /// - Returns: (), 0 when no clip has a target
  public static func crossEntropy(_ logits: Tensor, targets: Tensor, weights: Tensor? = nil) throws -> Tensor {
    var weighted = try targets * logits.logSoftmax(-1)
    if let weights { weighted = try weighted * weights }
    // Rows sum to 1 or 0, so that the sum of all is the number of clips with a target.
    let count = try targets.sum().clamped(min: 1)
    return try -weighted.sum() / count
  }

  /// The mean squared error over the attributes that were rated.
  ///
  /// - Parameters:
  ///   - values: (clips, attributes)
  ///   - targets: (clips, attributes), NaN where there is no rating
  /// - Returns: (), 0 when nothing was rated
  public static func attributes(_ values: Tensor, targets: Tensor) throws -> Tensor {
    let missing = try targets.isNaN()
    let error = try (values - targets.masked(where: missing, with: 0)).masked(where: missing, with: 0)
    let count = try missing.logicalNot().converted(to: values.dtype).sum().clamped(min: 1)
    return try (error * error).sum() / count
  }
}
