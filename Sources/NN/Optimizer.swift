public import Tensors

/// Moves parameters along their gradients. Its state can be saved, and taken up again with the same parameters.
public protocol Optimizer: AnyObject {
  /// The step size; schedules change it.
  var learningRate: Double { get set }

  /// Moves the parameters that have a gradient, and forgets the gradients.
  func step() throws

  /// What it remembers of each parameter, by key: what a checkpoint holds. The tensors are its own, not copies.
  var namedState: [(key: String, tensor: Tensor)] { get }
}

extension Optimizer {
  /// What it remembers, keyed by parameter.
  public func state() -> [String: Tensor] {
    Dictionary(namedState.map { ($0.key, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }

  /// Goes back to a state that `state()` gave. Throws `StateMismatch` for one of other parameters.
  public func load(_ checkpoint: [String: Tensor]) throws { try copy(checkpoint, into: namedState) }
}

/// Parameters that an optimiser treats alike.
public struct ParameterGroup {
  /// The parameters by key.
  public var parameters: [(key: String, tensor: Tensor)]
  /// Their learning rate as a factor of the optimiser's: below 1 for layers that are only to be tuned.
  public var learningRateFactor: Double
  /// Their weight decay: often 0 for biases and norms.
  public var weightDecay: Double

  /// Makes a group of its parts.
  public init(_ parameters: [(key: String, tensor: Tensor)], learningRateFactor: Double = 1, weightDecay: Double = 0) {
    self.parameters = parameters
    self.learningRateFactor = learningRateFactor
    self.weightDecay = weightDecay
  }
}
