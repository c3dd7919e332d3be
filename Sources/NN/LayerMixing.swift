public import Tensors

/// One state of several that stand side by side in each frame: gamma times the sum of the states weighted by a softmax over
/// trained scores (ELMo, Peters et al. 2018, Eq. 1; without gamma the weighted sum of SUPERB, Yang et al. 2021).
///
/// It begins as the mean of the states. Optimisers should not decay its parameters: a decay would draw gamma to 0 and the
/// weights to the mean.
public final class LayerMixing: Module {
  /// The states of a frame.
  public struct Sizes: Codable, Equatable, Sendable {
    /// How many states stand side by side.
    public var states: Int
    /// Numbers in each.
    public var width: Int

    /// Sizes of frames of `states * width` numbers.
    public init(states: Int, width: Int) { (self.states, self.width) = (states, width) }

    /// What is wrong with the sizes, as a sentence; nil where states can be mixed.
    public var fault: String? {
      (1...1_000).contains(states) && (1...1_000_000).contains(width)
        ? nil : "\(states) states of \(width) numbers can't be mixed; 1 to 1000 of 1 to 1000000 can"
    }
  }

  /// s, (states): the weights before their softmax
  public let weights: Tensor
  /// gamma, (1)
  public let scale: Tensor
  private let sizes: Sizes

  /// A mixing that gives the mean of the states. Throws `TensorError` for sizes that can't be.
  public init(_ sizes: Sizes, _ initializer: Initializer) throws {
    if let fault = sizes.fault { throw TensorError(operation: "making LayerMixing", message: fault) }
    self.sizes = sizes
    weights = try initializer.constant([sizes.states], 0)
    scale = try initializer.constant([1], 1)
  }

  /// The scores and gamma.
  public var members: Members { ["weights": .parameter(weights), "scale": .parameter(scale)] }

  /// How much each state counts, (states), adding up to 1.
  public func shares() throws -> Tensor { try weights.softmax(-1) }

  /// (…, n * states * width) to (…, n * width): frames that were put side by side stay so. Throws `TensorError` for other widths.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    let whole = sizes.states * sizes.width
    guard x.rank > 0, x.size(-1).isMultiple(of: whole), x.size(-1) > 0 else {
      throw TensorError(
        operation: "LayerMixing", arguments: [x.description],
        message: "frames of \(sizes.states) states of \(sizes.width) numbers are expected, or several side by side")
    }
    // One product of a row of weights for each frame reads the states once and copies none of them.
    let frames = x.count / whole
    let rows = try (shares() * scale).reshaped([1, 1, sizes.states]).expanded([frames, 1, sizes.states])
    return try rows.matmul(x.reshaped([frames, sizes.states, sizes.width]))
      .reshaped(x.shape.dropLast() + [x.size(-1) / sizes.states])
  }
}
