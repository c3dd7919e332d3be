import Foundation

/// A generator for orders, subsets and draws: SplitMix64 (Steele, Lea and Flood 2014). A seed gives the same numbers on
/// every platform and in every Swift version, which the standard library does not promise of its shuffles and ranges.
public struct SeededGenerator: Sendable {
  private var state: UInt64

  /// A generator of a seed and of what it is for, such as a stage and an epoch: every purpose has a stream of its own.
  public init(seed: UInt64, _ purpose: Int...) {
    state = seed
    for part in purpose { state = next() &+ UInt64(bitPattern: Int64(part)) }
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from 0 up to, not including, 1.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A whole number from 0 up to, not including, `count`, which is positive.
  public mutating func below(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

  /// A normally distributed number (Box and Muller 1958).
  public mutating func normal(mean: Double = 0, deviation: Double = 1) -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return mean + deviation * radius * cos(2 * .pi * uniform())
  }

  /// A number drawn from Gamma(shape, 1) (Marsaglia and Tsang 2000).
  public mutating func gamma(_ shape: Double) -> Double {
    if shape < 1 { return gamma(shape + 1) * pow(uniform(), 1 / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let v = pow(1 + c * x, 3)
      if v > 0, log(1 - uniform()) < x * x / 2 + d - d * v + d * log(v) { return d * v }
    }
  }

  /// A number drawn from Beta(a, b).
  public mutating func beta(_ a: Double, _ b: Double) -> Double {
    let (x, y) = (gamma(a), gamma(b))
    // Both underflow for tiny parameters, where the distribution has its mass at 0 and 1.
    return x + y > 0 ? x / (x + y) : Double(below(2))
  }

  /// One of the elements, of which there is at least one.
  public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// An index drawn with probability proportional to its weight; the weights are not all zero.
  public mutating func pick(weights: [Double]) -> Int {
    var remaining = uniform() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      if remaining < weight { return index }
      remaining -= weight
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// Puts the elements in random order (Fisher and Yates).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for i in elements.indices.dropFirst().reversed() { elements.swapAt(i, below(i + 1)) }
  }

  /// The elements in random order.
  public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var order = elements
    shuffle(&order)
    return order
  }
}
