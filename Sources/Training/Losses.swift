public import Tensors

/// The losses of both systems.
public enum Losses {
  /// What a clip's class costs.
  public enum ClassLoss: Equatable, Sendable {
    /// -log p of the target.
    case crossEntropy
    /// (1 - p)^gamma (-log(p + 1e-8)), by which clips that are recognised already count less (Lin et al. 2017), as the
    /// released code of UNICAMP's system has it.
    case focal(gamma: Double)
  }

  /// What the sum over clips is divided by.
  public enum Mean: String, CaseIterable, Sendable {
    /// The number of clips, as PyTorch does for targets that are distributions.
    case clips
    /// The class weights of the clips' targets, as PyTorch does for targets that are classes. The scale of the weights
    /// then makes no difference.
    case weights
  }

  /// Cross-entropy against soft targets: the mean over clips of -Σ_c w_c t_c log p_c, as `torch.nn.CrossEntropyLoss`.
  ///
  /// - Parameters:
  ///   - logits: (clips, classes)
  ///   - targets: (clips, classes), each row a distribution; a row of zeros is a clip without a target and does not count
  ///   - weights: (classes); nil weighs all alike
  ///   - known: (clips, classes), false for classes that stay out of a clip's softmax; each row has a true one. nil knows all
  /// - Returns: (), 0 when no clip has a target
  public static func crossEntropy(
    _ logits: Tensor, targets: Tensor, weights: Tensor? = nil, mean: Mean = .clips, known: Tensor? = nil
  ) throws -> Tensor {
    try classTerm(.crossEntropy, logits, targets: targets, weights: weights, mean: mean, known: known).mean()
  }

  /// The focal loss against soft targets: the mean over clips of Σ_c w_c t_c (1 - p_c)^gamma (-log(p_c + 1e-8)).
  ///
  /// - Returns: (), 0 when no clip has a target
  public static func focal(
    _ logits: Tensor, targets: Tensor, gamma: Double = 2, weights: Tensor? = nil, mean: Mean = .clips
  ) throws -> Tensor {
    try classTerm(.focal(gamma: gamma), logits, targets: targets, weights: weights, mean: mean).mean()
  }

  static func classTerm(
    _ loss: ClassLoss, _ logits: Tensor, targets: Tensor, weights: Tensor?, mean: Mean, known: Tensor? = nil
  ) throws -> LossTerm {
    // A class that a clip's corpus has no word for is neither right nor wrong: it is out of the softmax altogether.
    let unknown = try known?.logicalNot()
    let seen = try unknown.map { try logits.masked(where: $0, with: -.infinity) } ?? logits
    var costs: Tensor
    switch loss {
    case .crossEntropy:
      let logs = try seen.logSoftmax(-1)
      // A share of 0 does not hide an infinity.
      costs = try -(targets * (unknown.map { try logs.masked(where: $0, with: 0) } ?? logs))
    case .focal(let gamma):
      let shares = try seen.softmax(-1)
      costs = try targets * (1 - shares).pow(gamma) * -(shares + 1e-8).log()
    }
    var counted = targets
    if let weights {
      costs = try costs * weights
      if mean == .weights { counted = try targets * weights }
    }
    // Rows sum to 1 or 0, so that the sum of all is the number of clips with a target.
    return try LossTerm(sum: costs.sum(), count: counted.sum())
  }

  /// The soft-margin loss of the neutral-expressive head, the mean of log(1 + exp(-y x)) with y = +1 for neutral and -1 for
  /// expressive clips (Eq. 4 of UNICAMP's paper).
  ///
  /// - Parameters:
  ///   - values: x, (clips, 1)
  ///   - neutral: (clips, 1): 1 for neutral, 0 for expressive, between them where clips were mixed, NaN for a clip that is
  ///     neither, which does not count
  /// - Returns: (), 0 when no clip counts
  public static func softMargin(_ values: Tensor, neutral: Tensor) throws -> Tensor {
    try softMarginTerm(values, neutral: neutral).mean()
  }

  static func softMarginTerm(_ values: Tensor, neutral: Tensor) throws -> LossTerm {
    let missing = try neutral.isNaN()
    let share = try neutral.masked(where: missing, with: 0)
    let costs = try share * (-values).softplus() + (1 - share) * values.softplus()
    return try LossTerm(
      sum: costs.masked(where: missing, with: 0).sum(),
      count: missing.logicalNot().converted(to: values.dtype).sum())
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
  func divided(by count: Tensor) throws -> Tensor { try sum / count.clamped(min: Self.leastCount) }

  /// Below any count that is not 0, those of weights included.
  private static let leastCount = 1e-12
}
