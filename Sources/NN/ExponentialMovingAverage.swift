public import Tensors

/// A running average of a module's parameters, which often generalises better than their last values (Polyak and
/// Juditsky 1992): average ← decay * average + (1 - decay) * parameter after each step.
public final class ExponentialMovingAverage {
  private let parameters: [(key: String, tensor: Tensor)]
  private var averages: [Tensor]
  private let decay: Double
  private var steps = 0

  /// An average that starts at the parameters' values.
  ///
  /// - Parameter decay: in 0..<1. Early on less of the past is kept, so that the start is soon forgotten.
  public init(_ module: any Module, decay: Double) throws {
    parameters = module.namedParameters()
    averages = try parameters.map { try $0.tensor.detached().clone() }
    self.decay = decay
  }

  /// Takes in the parameters' present values.
  public func update() throws {
    steps += 1
    let kept = min(decay, Double(1 + steps) / Double(10 + steps))
    try withoutGradients { try Tensor.lerpInPlace(averages, towards: parameters.map(\.tensor), weight: 1 - kept) }
  }

  /// Runs `body` with the averages in the place of the parameters.
  public func applied<Output>(_ body: () throws -> Output) throws -> Output {
    try exchange()
    let result = Result { try body() }
    try exchange()
    return try result.get()
  }

  /// The averages and the number of updates, keyed by parameter: what a checkpoint holds.
  public func state() throws -> [String: Tensor] {
    try Dictionary(namedState().map { ($0.key, $0.tensor) }, uniquingKeysWith: { first, _ in first })
  }

  /// Goes back to a state that `state()` gave. Throws `StateMismatch` for one of other parameters.
  public func load(_ checkpoint: [String: Tensor]) throws {
    let own = try namedState()
    try copy(checkpoint, into: own)
    // The last entry is a copy of the count, which the checkpoint's has now replaced.
    steps = try own.last?.tensor.item() ?? 0
  }

  private func namedState() throws -> [(key: String, tensor: Tensor)] {
    try zip(parameters, averages).map { ($0.key, $1) } + [("steps", Tensor([steps]))]
  }

  private func exchange() throws {
    try withoutGradients {
      for (i, parameter) in parameters.enumerated() {
        let present = try parameter.tensor.detached().clone()
        try parameter.tensor.copyInPlace(averages[i])
        averages[i] = present
      }
    }
  }
}
