import Basics
import Testing

@Suite struct SeededGeneratorTests {
  @Test func numbersAreSplitMix64s() {
    // The published sequences of the seeds 0 and 1234567.
    var zero = SeededGenerator(seed: 0)
    #expect((0..<3).map { _ in zero.next() } == [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F])
    var other = SeededGenerator(seed: 1_234_567)
    #expect((0..<2).map { _ in other.next() } == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973])
  }

  @Test func everyPurposeHasItsOwnStream() {
    let purposes: [SeededGenerator] = [
      .init(seed: 1), .init(seed: 1, 0), .init(seed: 1, 1), .init(seed: 1, 0, 1), .init(seed: 1, 1, 0),
      .init(seed: 1, -1), .init(seed: 2), .init(seed: 2, 0), .init(seed: 1, 0, 0),
    ]
    let starts = purposes.map { purpose -> UInt64 in
      var purpose = purpose
      return purpose.next()
    }
    #expect(Set(starts).count == purposes.count)
    var (a, b) = (SeededGenerator(seed: 9, 4, 2), SeededGenerator(seed: 9, 4, 2))
    #expect((0..<9).allSatisfy { _ in a.next() == b.next() })
  }

  @Test func distributionsHaveTheirMoments() {
    var random = SeededGenerator(seed: 3)
    func moments(_ draw: (inout SeededGenerator) -> Double) -> (mean: Double, variance: Double) {
      let draws = (0..<40_000).map { _ in draw(&random) }
      let mean = draws.reduce(0, +) / 40_000
      return (mean, draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40_000)
    }
    func expect(_ found: (mean: Double, variance: Double), _ mean: Double, _ variance: Double, _ what: String) {
      #expect(abs(found.mean - mean) < 0.03 && abs(found.variance - variance) < 0.06, "\(what): \(found)")
    }
    expect(moments { $0.uniform() }, 0.5, 1.0 / 12, "uniform")
    expect(moments { $0.normal(mean: 1, deviation: 0.5) }, 1, 0.25, "normal")
    expect(moments { $0.gamma(0.4) }, 0.4, 0.4, "gamma below 1")
    expect(moments { $0.gamma(1.5) }, 1.5, 1.5, "gamma above 1")
    expect(moments { $0.beta(0.2, 0.2) }, 0.5, 0.25 / 1.4, "beta")
    expect(moments { $0.beta(2, 6) }, 0.25, 0.25 * 0.75 / 9, "skewed beta")
    expect(moments { Double($0.below(5)) }, 2, 2, "below")
    expect(moments { Double($0.pick(weights: [1, 0, 3])) }, 1.5, 0.75, "weights")
    expect(
      moments { $0.beta(.leastNonzeroMagnitude, .leastNonzeroMagnitude) }, 0.5, 0.25, "a beta whose gammas underflow")
  }

  @Test func ordersArePermutationsEachAsLikely() {
    var random = SeededGenerator(seed: 4)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 { counts[random.shuffled([0, 1, 2]), default: 0] += 1 }
    #expect(counts.count == 6 && counts.values.allSatisfy { (850...1150).contains($0) }, "\(counts)")
    #expect(random.shuffled([Int]()).isEmpty)
  }
}
