public import Tensors

/// Stochastic gradient descent, with momentum if wanted, in LibTorch's fused operator, as `torch.optim.SGD` without
/// dampening.
public final class SGD: Optimizer {
  /// The step size; schedules change it.
  public var learningRate: Double
  private let groups: [(options: ParameterGroup, buffers: [Tensor])]
  private let momentum: Double
  private let isNesterov: Bool

  /// An optimiser of named parameters.
  public convenience init(
    _ parameters: [(key: String, tensor: Tensor)], learningRate: Double = 1e-3, momentum: Double = 0,
    isNesterov: Bool = false, weightDecay: Double = 0
  ) throws {
    try self.init(
      groups: [ParameterGroup(parameters, weightDecay: weightDecay)], learningRate: learningRate, momentum: momentum,
      isNesterov: isNesterov)
  }

  /// An optimiser of groups of parameters.
  ///
  /// - Parameters:
  ///   - momentum: how much of the last direction is kept
  ///   - isNesterov: whether the step looks ahead by one momentum (Sutskever et al. 2013); needs a momentum
  public init(
    groups: [ParameterGroup], learningRate: Double = 1e-3, momentum: Double = 0, isNesterov: Bool = false
  ) throws {
    guard momentum >= 0, !isNesterov || momentum > 0 else {
      throw TensorError(
        operation: "making SGD",
        message: "the momentum is \(momentum); Nesterov's needs a positive one, others 0 or more")
    }
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
    // Without dampening a buffer of zeros gives the first step what PyTorch's first step does.
    self.groups = try groups.map { group in
      (group, momentum == 0 ? [] : try group.parameters.map { try $0.tensor.detached().zerosLike() })
    }
  }

  /// Moves the parameters that have a gradient, and forgets the gradients.
  public func step() throws {
    try withoutGradients {
      for (options, buffers) in groups {
        let moved = options.parameters.indices.filter { options.parameters[$0].tensor.gradient != nil }
        guard !moved.isEmpty else { continue }
        let tensors = moved.map { options.parameters[$0].tensor }
        try Tensor.fusedSGD(
          tensors, gradients: tensors.compactMap(\.gradient), momenta: buffers.isEmpty ? [] : moved.map { buffers[$0] },
          learningRate: learningRate * options.learningRateFactor, momentum: momentum,
          weightDecay: options.weightDecay, isNesterov: isNesterov)
        for tensor in tensors { try tensor.setGradient(nil) }
      }
    }
  }

  /// The momenta, by the name of `torch.optim.SGD`; none without momentum.
  public var namedState: [(key: String, tensor: Tensor)] {
    groups.flatMap { group in
      zip(group.options.parameters, group.buffers).map { ("\($0.key).momentum_buffer", $1) }
    }
  }
}
