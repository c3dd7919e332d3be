public import Tensors

/// AdamW (Loshchilov and Hutter 2019) in LibTorch's fused operator, all parameters in one call, as `torch.optim.AdamW`.
public final class AdamW {
  /// The step size; schedules change it.
  public var learningRate: Double
  private let betas: (Double, Double)
  private let epsilon: Double
  private let weightDecay: Double
  private let parameters: [(key: String, tensor: Tensor)]
  private let first: [Tensor]
  private let second: [Tensor]
  private let steps: [Tensor]

  /// An optimiser of named parameters, with PyTorch's defaults.
  public init(
    _ parameters: [(key: String, tensor: Tensor)], learningRate: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    epsilon: Double = 1e-8, weightDecay: Double = 1e-2
  ) throws {
    self.parameters = parameters
    self.learningRate = learningRate
    self.betas = betas
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    first = try parameters.map { try $0.tensor.detached().zerosLike() }
    second = try parameters.map { try $0.tensor.detached().zerosLike() }
    steps = try parameters.map { try Tensor.zeros([], device: $0.tensor.device) }
  }

  /// Moves the parameters that have a gradient, and forgets the gradients.
  public func step() throws {
    let moved = parameters.indices.filter { parameters[$0].tensor.gradient != nil }
    guard !moved.isEmpty else { return }
    try withoutGradients {
      try Tensor.fusedAdamW(
        moved.map { parameters[$0].tensor }, gradients: moved.compactMap { parameters[$0].tensor.gradient },
        first: moved.map { first[$0] }, second: moved.map { second[$0] }, steps: moved.map { steps[$0] },
        learningRate: learningRate, betas: betas, weightDecay: weightDecay, epsilon: epsilon)
      for (_, tensor) in parameters { try tensor.setGradient(nil) }
    }
  }

  /// The moments and step counts, keyed by parameter: what a checkpoint holds.
  public func state() -> [String: Tensor] {
    Dictionary(namedState.map { ($0.key, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }

  /// Goes back to a state that `state()` gave. Throws `StateMismatch` for one of other parameters.
  public func load(_ checkpoint: [String: Tensor]) throws {
    try copy(checkpoint, into: namedState)
  }

  private var namedState: [(key: String, tensor: Tensor)] {
    parameters.enumerated().flatMap { i, parameter in
      [
        ("\(parameter.key).exp_avg", first[i]), ("\(parameter.key).exp_avg_sq", second[i]),
        ("\(parameter.key).step", steps[i]),
      ]
    }
  }
}

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
