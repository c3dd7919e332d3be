import Encoders
import Foundation
import Tensors
import Testing

@Suite struct PitchTests {
  /// Frames that lie a window or more inside the clip.
  private func inner<T>(_ track: [T]) -> ArraySlice<T> { track.dropFirst(4).dropLast(4) }

  @Test(arguments: [62.0, 80, 100, 155.3, 220, 311, 440, 498])
  func aSteadyVoice(frequency: Double) throws {
    let track = inner(try PitchTracker().track(voice(0.5) { _ in frequency }))
    #expect(track.allSatisfy { abs(($0.frequency ?? 0) / frequency - 1) < 0.002 })
    #expect(track.allSatisfy { $0.voicingProbability > 0.99 && $0.correlation > 0.97 })
  }

  @Test(arguments: [160, 320]) func aGlide(hop: Int) throws {
    let glide = { (t: Double) in 100 * pow(3, t) }
    let track = try PitchTracker(hop: hop).track(voice(1, frequency: glide))
    #expect(track.count == 16_000 / hop)
    for (frame, estimate) in inner(Array(track.enumerated())) {
      let expected = glide((Double(frame) + 0.5) * Double(hop) / 16_000)
      #expect(abs((estimate.frequency ?? 0) / expected - 1) < 0.01, "frame \(frame)")
    }
  }

  @Test func octaveTraps() throws {
    let tracker = PitchTracker()
    // The fundamental is missing; the second harmonic is the strongest; odd harmonics alone; a pure tone.
    for signal in [
      voice(0.5, harmonics: 3...20) { _ in 150 },
      zip(voice(0.5) { _ in 150 }, voice(0.5, harmonics: 1...1) { _ in 300 }).map { $0 + 3 * $1 },
      voice(0.5, tilt: 0) { _ in 150 },
      voice(0.5, harmonics: 1...1) { _ in 150 },
    ] {
      let track = inner(try tracker.track(signal))
      #expect(track.allSatisfy { abs(($0.frequency ?? 0) / 150 - 1) < 0.01 })
    }
  }

  @Test(arguments: [10.0, 5.0]) func aVoiceInNoise(decibels: Double) throws {
    var noise = Noise(seed: 3)
    let clean = voice(2) { 180 + 40 * sin(2 * .pi * 2 * $0) }
    let power = clean.reduce(0.0) { $0 + Double($1 * $1) } / Double(clean.count)
    let scale = Float(sqrt(power / pow(10, decibels / 10)))
    let track = inner(Array(try PitchTracker().track(clean.map { $0 + scale * noise.next() }).enumerated()))
    let right = track.count { frame, estimate in
      let expected = 180 + 40 * sin(2 * .pi * 2 * (Double(frame) + 0.5) * 0.01)
      return abs((estimate.frequency ?? 0) / expected - 1) < 0.03
    }
    #expect(Double(right) / Double(track.count) > 0.97)
  }

  @Test func noiseAndSilenceAreUnvoiced() throws {
    var noise = Noise(seed: 4)
    let hiss = try PitchTracker().track((0..<32_000).map { _ in 0.1 * noise.next() })
    #expect(hiss.count { $0.frequency != nil } < 10)
    let silence = try PitchTracker().track([Float](repeating: 0, count: 16_000))
    #expect(silence.allSatisfy { $0.frequency == nil && $0.voicingProbability < 0.01 && $0.correlation == 0 })
  }

  @Test func aVoiceBetweenSilences() throws {
    let silence = [Float](repeating: 0, count: 8_000)
    let track = try PitchTracker().track(silence + voice(0.5) { _ in 200 } + silence)
    for (frame, estimate) in track.enumerated() {
      if frame < 47 || frame > 102 { #expect(estimate.frequency == nil, "frame \(frame)") }
      if (53..<97).contains(frame) { #expect(estimate.frequency != nil, "frame \(frame)") }
    }
  }
}
