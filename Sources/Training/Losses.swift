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
    try crossEntropyTerm(logits, targets: targets, weights: weights).mean()
  }

  static func crossEntropyTerm(_ logits: Tensor, targets: Tensor, weights: Tensor? = nil) throws -> LossTerm {
    var weighted = try targets * logits.logSoftmax(-1)
    if let weights { weighted = try weighted * weights }
    // Rows sum to 1 or 0, so that the sum of all is the number of clips with a target.
    return try LossTerm(sum: -weighted.sum(), count: targets.sum())
  }

  /// The mean squared error over the attributes that were rated.
  ///
  /// - Parameters:
  ///   - values: (clips, attributes)
  ///   - targets: (clips, attributes), NaN where there is no rating
  /// - Returns: (), 0 when nothing was rated
  public static func attributes(_ values: Tensor, targets: Tensor) throws -> Tensor {
    try attributesTerm(values, targets: targets).mean()
  }

  static func attributesTerm(_ values: Tensor, targets: Tensor) throws -> LossTerm {
    let missing = try targets.isNaN()
    let error = try (values - targets.masked(where: missing, with: 0)).masked(where: missing, with: 0)
    return try LossTerm(
      sum: (error * error).sum(), count: missing.logicalNot().converted(to: values.dtype).sum())
  }
}

/// A loss before it is divided by how much went into it, which may be spread over ranks.
struct LossTerm {
  /// ()
  let sum: Tensor
  /// (): clips with a target, or ratings
  let count: Tensor

  /// Over this process's own; 0 where there is nothing.
  func mean() throws -> Tensor { try divided(by: count) }

  /// Divided by a count of more than this process's own; 0 where there is nothing at all.
  func divided(by count: Tensor) throws -> Tensor { try sum / count.clamped(min: 1) }
}
