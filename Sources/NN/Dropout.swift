public import Tensors

/// Zeroes elements with a probability in training and scales the others up (Srivastava et al. 2014).
public final class Dropout: ModeDependent {
  /// The probability that an element is zeroed.
  public let probability: Double
  /// Whether elements are dropped.
  public var isTraining = true
  let generator: Generator?

  /// A layer with a probability in 0...1 that draws from the initializer's generator. Without one it can't be trained.
  public init(_ probability: Double, _ initializer: Initializer) {
    self.probability = probability
    generator = initializer.generator
  }

  /// No state.
  public var members: Members { [:] }

  /// Whether the layer changes anything now.
  public var isActive: Bool { isTraining && probability > 0 }

  /// Any shape to the same shape.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    guard isActive else { return x }
    // Nothing is left that could be scaled up: 1 / (1 - probability) is infinite.
    guard probability < 1 else { return try x * 0 }
    guard let generator else {
      throw TensorError(
        operation: "dropout", arguments: [x.description],
        message: "the module was made for loading only, without random numbers; set it to use, not to training")
    }
    let kept = try withoutGradients {
      try Tensor.bernoulliMask(x.shape, probability: 1 - probability, generator: generator)
        .converted(to: x.dtype).multiplyInPlace(1 / (1 - probability))
    }
    return try x * kept
  }
}
