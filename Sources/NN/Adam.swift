public import Tensors

/// Adam (Kingma and Ba 2015) in LibTorch's fused operator, all parameters of a group in one call, as `torch.optim.Adam`:
/// weight decay is added to the gradient.
public final class Adam: Optimizer {
  /// The step size; schedules change it.
  public var learningRate: Double
  private let moments: AdamMoments

  /// An optimiser of named parameters, with PyTorch's defaults.
  public convenience init(
    _ parameters: [(key: String, tensor: Tensor)], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 0
  ) throws {
    try self.init(
      groups: [ParameterGroup(parameters, weightDecay: weightDecay)], learningRate: learningRate, betas: betas,
      epsilon: epsilon)
  }

  /// An optimiser of groups of parameters.
  public init(
    groups: [ParameterGroup], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8
  ) throws {
    self.learningRate = learningRate
    moments = try AdamMoments(groups, betas: betas, epsilon: epsilon, decay: .gradient)
  }

  /// Moves the parameters that have a gradient, and forgets the gradients.
  public func step() throws { try moments.step(learningRate) }

  /// The moments and step counts, by the names of `torch.optim.Adam`.
  public var namedState: [(key: String, tensor: Tensor)] { moments.namedState }
}

/// AdamW (Loshchilov and Hutter 2019) in LibTorch's fused operator, all parameters of a group in one call, as
/// `torch.optim.AdamW`: weight decay shrinks the parameters themselves.
public final class AdamW: Optimizer {
  /// The step size; schedules change it.
  public var learningRate: Double
  private let moments: AdamMoments

  /// An optimiser of named parameters, with PyTorch's defaults.
  public convenience init(
    _ parameters: [(key: String, tensor: Tensor)], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 1e-2
  ) throws {
    try self.init(
      groups: [ParameterGroup(parameters, weightDecay: weightDecay)], learningRate: learningRate, betas: betas,
      epsilon: epsilon)
  }

  /// An optimiser of groups of parameters.
  public init(
    groups: [ParameterGroup], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8
  ) throws {
    self.learningRate = learningRate
    moments = try AdamMoments(groups, betas: betas, epsilon: epsilon, decay: .parameters)
  }

  /// Moves the parameters that have a gradient, and forgets the gradients.
  public func step() throws { try moments.step(learningRate) }

  /// The moments and step counts, by the names of `torch.optim.AdamW`.
  public var namedState: [(key: String, tensor: Tensor)] { moments.namedState }
}

/// What Adam and AdamW share: running means of the gradients and of their squares.
private final class AdamMoments {
  private struct Entry {
    let key: String
    let tensor: Tensor
    let first: Tensor
    let second: Tensor
    let step: Tensor
  }

  private let groups: [(options: ParameterGroup, entries: [Entry])]
  private let betas: (Double, Double)
  private let epsilon: Double
  private let decay: Tensor.AdamDecay

  init(_ groups: [ParameterGroup], betas: (Double, Double), epsilon: Double, decay: Tensor.AdamDecay) throws {
    self.betas = betas
    self.epsilon = epsilon
    self.decay = decay
    self.groups = try groups.map { group in
      let entries = try group.parameters.map { key, tensor in
        let zeros = try tensor.detached().zerosLike()
        return Entry(
          key: key, tensor: tensor, first: zeros, second: try zeros.clone(),
          step: try Tensor.zeros([], device: tensor.device))
      }
      return (group, entries)
    }
  }

  func step(_ learningRate: Double) throws {
    try withoutGradients {
      for (options, entries) in groups {
        let moved = entries.compactMap { entry in entry.tensor.gradient.map { (entry, $0) } }
        guard !moved.isEmpty else { continue }
        try Tensor.fusedAdam(
          moved.map(\.0.tensor), gradients: moved.map(\.1), first: moved.map(\.0.first),
          second: moved.map(\.0.second), steps: moved.map(\.0.step),
          learningRate: learningRate * options.learningRateFactor, betas: betas, weightDecay: options.weightDecay,
          epsilon: epsilon, decay: decay)
        for (entry, _) in moved { try entry.tensor.setGradient(nil) }
      }
    }
  }

  var namedState: [(key: String, tensor: Tensor)] {
    groups.flatMap(\.entries).flatMap {
      [("\($0.key).exp_avg", $0.first), ("\($0.key).exp_avg_sq", $0.second), ("\($0.key).step", $0.step)]
    }
  }
}
