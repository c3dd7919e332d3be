import Audio
import Foundation
import Testing

@Suite struct ResamplerTests {
  private func resample(
    _ input: [Float], _ from: Int, _ to: Int, _ engine: Resampler.Engine, block: Int = 4096
  ) throws
    -> [Float]
  {
    let resampler = try Resampler(from: from, to: to, engine: engine)
    var output: [Float] = []
    for start in stride(from: 0, to: input.count, by: block) {
      try resampler.process(Array(input[start..<min(start + block, input.count)]), into: &output)
    }
    try resampler.finish(into: &output)
    return output
  }

  private static let engines: [Resampler.Engine] = [.soxr, .swr].filter(Resampler.isAvailable)

  @Test(arguments: engines, [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
  func aSineKeepsAmplitudeAndPhase(engine: Resampler.Engine, from: Int) throws {
    let frequency = min(3_500, Double(from) * 0.4)
    let output = try resample(sine(frequency, rate: from, count: from), from, 16_000, engine)
    let expected = sine(frequency, rate: 16_000, count: 16_000)
    #expect(output.count == expected.count)
    let inner = 800..<15_200
    #expect(largestDifference(output[inner], expected[inner]) < 2e-5)
  }

  @Test(arguments: engines) func whatCannotBeRepresentedIsRejected(engine: Resampler.Engine) throws {
    for frequency in [8_100.0, 9_000, 12_000, 19_000] {
      let input = sine(frequency, rate: 44_100, count: 44_100)
      let output = try resample(input, 44_100, 16_000, engine)
      #expect(20 * log10(rms(output[800..<15_200]) / rms(input)) < -80, "\(frequency) Hz")
    }
    for frequency in [100.0, 3_000, 7_000] {
      let input = sine(frequency, rate: 44_100, count: 44_100)
      let output = try resample(input, 44_100, 16_000, engine)
      #expect(abs(20 * log10(rms(output[800..<15_200]) / rms(input))) < 0.01, "\(frequency) Hz")
    }
  }

  @Test(arguments: engines, [(44_100, 16_000), (48_000, 16_000), (8_000, 16_000), (11_025, 16_000), (16_000, 44_100)])
  func lengthsAreRound(engine: Resampler.Engine, rates: (Int, Int)) throws {
    for count in [0, 1, 2, 3, 10, 100, 441, 999, 4_410, 44_100, 44_101] {
      let output = try resample([Float](repeating: 0.1, count: count), rates.0, rates.1, engine)
      let expected = Int((Double(count) * Double(rates.1) / Double(rates.0)).rounded())
      #expect(output.count == expected)
    }
  }

  @Test(arguments: engines) func blocksDoNotMatter(engine: Resampler.Engine) throws {
    let input = sine(440, rate: 44_100, count: 30_000)
    let whole = try resample(input, 44_100, 16_000, engine, block: 30_000)
    for block in [1, 100, 1_023] {
      #expect(largestDifference(try resample(input, 44_100, 16_000, engine, block: block), whole) < 1e-6)
    }
  }

  @Test(arguments: engines) func aResamplerCanBeUsedAgain(engine: Resampler.Engine) throws {
    let input = sine(440, rate: 48_000, count: 5_000)
    let resampler = try Resampler(from: 48_000, to: 16_000, engine: engine)
    var first: [Float] = []
    try resampler.process(input, into: &first)
    try resampler.finish(into: &first)
    var second: [Float] = []
    try resampler.process(input, into: &second)
    try resampler.finish(into: &second)
    #expect(first == second)
  }

  @Test func ratesThatMakeNoSenseAreRefused() {
    #expect(throws: ResamplerError.rate(0)) { try Resampler(from: 0, to: 16_000) }
    #expect(throws: ResamplerError.rate(4_000_000_000)) { try Resampler(from: 16_000, to: 4_000_000_000) }
    #expect(
      "\(ResamplerError.rate(7))" == "a sample rate of 7 Hz can't be resampled; 1000 to 3000000 Hz can")
  }
}
