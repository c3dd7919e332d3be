import Audio
import Foundation
import TestSupport
import Testing

@Suite struct VoiceActivityTests {
  /// Utterances of samples that come in blocks of a size.
  static func utterances(
    _ samples: [Float], block: Int = 16_000, _ options: VoiceActivityDetector.Options = .init()
  ) -> [Range<Int>] {
    var detector = VoiceActivityDetector(options: options)
    var found: [Range<Int>] = []
    for start in stride(from: 0, to: samples.count, by: block) {
      found += detector.add(Array(samples[start..<min(start + block, samples.count)]))
    }
    return found + detector.finish()
  }

  static func noise(_ count: Int, _ level: Float, seed: UInt64 = 1) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return level * (Float(state >> 40) / Float(1 << 23) - 1)
    }
  }

  /// A buzz of 150 Hz with harmonics, as a voice has.
  static func voice(_ seconds: Double, level: Float = 0.2) -> [Float] {
    (0..<Int(seconds * 16_000)).map { n in
      level * (1...8).map { Float(sin(2 * Double.pi * 150 * Double($0 * n) / 16_000)) / Float($0) }.reduce(0, +) / 2
    }
  }

  @Test(
    "The turns of a real conversation are found: missed speech and false alarms together stay under 15 %",
    .enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)))
  func conversation() throws {
    let folder = SharedData.url("speech")
    let clip = try AudioFile.decode(folder.appending(path: "conversation.flac"))
    var truth = [Bool](repeating: false, count: clip.samples.count / 160)
    for line in try String(contentsOf: folder.appending(path: "conversation.rttm"), encoding: .utf8).split(
      separator: "\n")
    {
      let parts = line.split(separator: " ")
      let (start, length) = (try #require(Double(parts[3])), try #require(Double(parts[4])))
      for frame in Int(start * 100)..<min(Int((start + length) * 100), truth.count) { truth[frame] = true }
    }
    let spoken = Double(truth.count(where: \.self))
    let power = clip.samples.reduce(0) { $0 + $1 * $1 } / Float(clip.samples.count)
    let hiss = Self.noise(clip.samples.count, (3 * power / 100).squareRoot())
    let copies: [(String, [Float])] = [
      ("as it is", clip.samples), ("20 dB quieter", clip.samples.map { $0 * 0.1 }),
      ("clipped", clip.samples.map { max(-1, min(1, $0 * 3)) }),
      ("with noise at 20 dB", zip(clip.samples, hiss).map(+)),
    ]
    for (name, samples) in copies {
      var found = [Bool](repeating: false, count: truth.count)
      for range in Self.utterances(samples) {
        for frame in (range.lowerBound / 160)..<min(range.upperBound / 160, truth.count) { found[frame] = true }
      }
      let missed = Double(zip(truth, found).count { $0 && !$1 }) / spoken
      let wrong = Double(zip(truth, found).count { !$0 && $1 }) / spoken
      #expect(missed + wrong < 0.15, "\(name): missed \(missed), false alarms \(wrong)")
    }
  }

  @Test("How blocks are cut makes no difference", arguments: [1, 159, 4001, 100_000])
  func blocks(size: Int) {
    let samples = Self.noise(16_000, 0.001) + Self.voice(1.3) + Self.noise(20_000, 0.001, seed: 5) + Self.voice(0.7)
    let whole = Self.utterances(samples, block: samples.count)
    #expect(whole.count == 2)
    #expect(Self.utterances(samples, block: size) == whole)
  }

  @Test("Voices are found where they are, and pauses part them")
  func places() throws {
    let samples =
      Self.noise(32_000, 0.001) + Self.voice(1) + Self.noise(3_200, 0.001) + Self.voice(1) + Self.noise(16_000, 0.001)
      + Self.voice(0.05) + Self.noise(16_000, 0.001)
    let found = Self.utterances(samples)
    // The pause of 0.2 s is bridged, the click of 50 ms left out.
    try #require(found.count == 1, "\(found)")
    #expect(abs(found[0].lowerBound - 30_400) <= 640 && abs(found[0].upperBound - (67_200 + 1_600)) <= 640, "\(found)")
    var options = VoiceActivityDetector.Options()
    options.pause = 0.1
    options.shortest = 0
    #expect(Self.utterances(samples, options).count == 3)
  }

  @Test("Silence, noise alone and nothing hold no utterances")
  func nothing() {
    #expect(Self.utterances([]).isEmpty)
    #expect(Self.utterances([0.5]).count <= 1)
    #expect(Self.utterances([Float](repeating: 0, count: 160_000)).isEmpty)
    #expect(Self.utterances(Self.noise(320_000, 0.05)).isEmpty)
  }

  @Test("An utterance that does not end is cut where it is quietest; the parts lie side by side")
  func long() throws {
    var samples = Self.noise(16_000, 0.001)
    // Syllables, parted as in speech by what is too short for a pause.
    for _ in 0..<160 { samples += Self.voice(0.2) + Self.noise(800, 0.002) }
    var options = VoiceActivityDetector.Options()
    options.longest = 10
    let found = Self.utterances(samples, options)
    #expect(found.allSatisfy { $0.count <= 10 * 16_000 + 3_200 }, "\(found)")
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
    #expect(found.reduce(0) { $0 + $1.count } > 38 * 16_000)
  }

  @Test("What may be forgotten lies before every utterance to come")
  func settled() {
    let samples = Self.noise(16_000, 0.001) + Self.voice(2) + Self.noise(64_000, 0.001) + Self.voice(1)
    var detector = VoiceActivityDetector()
    var forgotten = 0
    for start in stride(from: 0, to: samples.count, by: 800) {
      for range in detector.add(Array(samples[start..<min(start + 800, samples.count)])) {
        #expect(range.lowerBound >= forgotten)
      }
      #expect(detector.settled >= forgotten)
      forgotten = detector.settled
    }
    #expect(forgotten > 60_000)
    for range in detector.finish() { #expect(range.lowerBound >= forgotten) }
  }
}
