package import Basics
package import Tensors

/// Manifold MixUp (Verma et al. 2019) as MEDUSA has it: with a probability, each clip of a batch is mixed with another, its
/// vector and both its targets, by a share of its own drawn from Beta(alpha, alpha).
public struct MixUp: Equatable, Sendable {
  /// The probability that a batch is mixed.
  public var probability: Double
  /// The parameter of the Beta distribution: the smaller, the closer shares lie to 0 and 1.
  public var alpha: Double

  /// Makes a MixUp of its parameters.
  public init(probability: Double, alpha: Double) {
    self.probability = probability
    self.alpha = alpha
  }

  /// Rows of a batch that are mixed with other rows, all in the same way.
  package struct Mixing {
    /// (clips, 1): what a row keeps of itself
    package let share: Tensor
    /// (clips): the row that the rest comes from
    package let partner: Tensor

    package func callAsFunction(_ x: Tensor) throws -> Tensor {
      try x * share + x.indexSelected(0, partner) * (1 - share)
    }
  }

  /// How to mix a batch of `count` clips, or nil for one that stays as it is.
  package func draw(_ count: Int, using random: inout SeededGenerator) throws -> Mixing? {
    guard random.uniform() < probability, count > 1 else { return nil }
    let shares = (0..<count).map { _ in Float(random.beta(alpha, alpha)) }
    return Mixing(
      share: try Tensor(shares, shape: [count, 1]), partner: try Tensor(random.shuffled(Array(0..<count))))
  }
}
