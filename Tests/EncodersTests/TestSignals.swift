import Foundation
import TestSupport

/// Samples as a file of float32 for the Python peers, gone with this object.
final class SampleFile {
  let url = FileManager.default.temporaryDirectory.appending(path: "samples-\(UUID().uuidString).f32")

  init(_ samples: [Float]) throws { try samples.withUnsafeBytes { try Data($0).write(to: url) } }

  deinit { try? FileManager.default.removeItem(at: url) }
}

/// Runs a Python script on samples; it writes float32 numbers to its second argument.
func peerFloats(_ script: String, _ samples: [Float], _ arguments: [String] = []) throws -> [Float] {
  let (input, output) = (try SampleFile(samples), try SampleFile([]))
  _ = try Peer.python(script, [input.url.path, output.url.path] + arguments)
  return try Data(contentsOf: output.url).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
}

func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

/// Reproducible noise of variance 1.
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Float {
    // The sum of twelve uniform numbers is close enough to a normal one.
    var sum = 0.0
    for _ in 0..<12 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      sum += Double(state >> 11) / 9_007_199_254_740_992
    }
    return Float(sum - 6)
  }
}

/// A voice of harmonics that fall by 1 / k^tilt, with the fundamental frequency of each sample.
func voice(
  _ seconds: Double, tilt: Double = 1, harmonics: ClosedRange<Int> = 1...30, frequency: (Double) -> Double
) -> [Float] {
  var phase = 0.0
  return (0..<Int(seconds * 16_000)).map { i in
    let f = frequency(Double(i) / 16_000)
    phase += 2 * .pi * f / 16_000
    var sum = 0.0
    for k in harmonics where Double(k) * f < 7_500 { sum += sin(Double(k) * phase) / pow(Double(k), tilt) }
    return Float(0.1 * sum)
  }
}
