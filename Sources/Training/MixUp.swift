import Foundation
import NN
public import Tensors

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
  struct Mixing {
    /// (clips, 1): what a row keeps of itself
    let share: Tensor
    /// (clips): the row that the rest comes from
    let partner: Tensor

    func callAsFunction(_ x: Tensor) throws -> Tensor {
      try x * share + x.indexSelected(0, partner) * (1 - share)
    }
  }

  /// How to mix a batch of `count` clips, or nil for one that stays as it is.
  func draw(_ count: Int, using random: inout SeededGenerator) throws -> Mixing? {
    guard Double.random(in: 0..<1, using: &random) < probability, count > 1 else { return nil }
    let shares = (0..<count).map { _ in Float(random.beta(alpha, alpha)) }
    return Mixing(
      share: try Tensor(shares, shape: [count, 1]), partner: try Tensor((0..<count).shuffled(using: &random)))
  }
}

extension SeededGenerator {
  /// A number drawn from Beta(a, b): G_a / (G_a + G_b) of two Gamma draws.
  mutating func beta(_ a: Double, _ b: Double) -> Double {
    let (x, y) = (gamma(a), gamma(b))
    // Both underflow for tiny parameters, where the distribution has its mass at 0 and 1.
    return x + y > 0 ? x / (x + y) : Double(Int.random(in: 0...1, using: &self))
  }

  /// A number drawn from Gamma(shape, 1) (Marsaglia and Tsang 2000).
  mutating func gamma(_ shape: Double) -> Double {
    if shape < 1 { return gamma(shape + 1) * pow(Double.random(in: 0..<1, using: &self), 1 / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = pow(1 + c * x, 3)
      if v > 0, log(1 - Double.random(in: 0..<1, using: &self)) < x * x / 2 + d - d * v + d * log(v) { return d * v }
    }
  }

  /// A number drawn from the standard normal distribution (Box and Muller 1958).
  mutating func normal() -> Double {
    (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
      * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
}
