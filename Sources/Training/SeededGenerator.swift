/// A small generator for orders and subsets (SplitMix64, Steele et al. 2014): the same seed gives the same numbers on every
/// machine.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator of a seed and of what it is for, such as a stage and an epoch: every purpose has a stream of its own.
  public init(_ seed: UInt64, _ purpose: Int...) {
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
}
