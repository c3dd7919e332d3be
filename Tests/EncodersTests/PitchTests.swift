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

  /// The candidates of each frame by NumPy: the autocorrelation at twice the rate is the inverse transform of the power with zeros
  /// above, twice as long.
  @Test func candidatesAgainstThePeer() throws {
    var noise = Noise(seed: 12)
    let samples = voice(1) { 90 + 200 * $0 }.map { $0 + 0.1 * noise.next() }
    let script = """
      import sys, numpy as np
      x = np.fromfile(sys.argv[1], '<f4').astype(float)
      n, size, length, rate = -(-len(x) // 160), 800, 1152, 32000
      p = np.concatenate([np.zeros(size // 2 - 80), x, np.zeros(size)])
      fr = np.stack([p[t * 160:t * 160 + size] for t in range(n)])
      fr = fr - fr.mean(1, keepdims=True)
      peaks = np.abs(fr[:, 267:533]).max(1)
      w = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(size) + 0.5) / size)
      fine = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(2 * size) + 0.5) / (2 * size))
      own = np.correlate(fine, fine, 'full')[2 * size - 1:][:538]
      r = np.fft.irfft(np.abs(np.fft.rfft(fr * w, length)) ** 2, 2 * length)[:, :538]
      r = r / r[:, :1] * (own[0] / own)
      out = []
      for row, peak in zip(r, peaks):
          best = None
          for lag in range(64, 535):
              a, b, c = row[lag - 1:lag + 2]
              if b > 0.225 and b >= a and b > c:
                  shift = (c - a) / (2 * (2 * b - a - c))
                  f = rate / (lag + shift)
                  if not 60 <= f <= 500: continue
                  height = b + (c - a) * shift / 4
                  if height > 1: height = 1 / height
                  strength = height - 0.01 * np.log2(500 / f)
                  best = strength if best is None else max(best, strength)
          silent = 0.45 + max(0, 2 - peak / peaks.max() / (0.03 / 1.45))
          out.append(1 / (1 + np.exp(-(-2 if best is None else best - silent) / 0.05)))
      np.array(out).astype('<f4').tofile(sys.argv[2])
      """
    let expected = try peerFloats(script, samples)
    let found = try PitchTracker().track(samples).map { Float($0.voicingProbability) }
    #expect(expected.contains { $0 > 0.1 && $0 < 0.9 })
    #expect(largestDifference(found, expected) < 1e-3)
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
