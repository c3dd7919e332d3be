import Foundation
import Tensors

/// Fundamental frequency by autocorrelation (Boersma 1993, "Accurate short-term analysis of the fundamental frequency and
/// the harmonics-to-noise ratio of a sampled sound"), the method behind Praat's "To Pitch (ac)", with its default costs.
///
/// Each frame is three periods of `lowest` long, its autocorrelation divided by that of the window; the peaks are candidates
/// for the period, and the path through all frames that costs least (Viterbi) decides among them and "unvoiced".
public struct PitchTracker: Sendable {
  /// The lowest frequency that is looked for (Hz).
  public let lowest: Double
  /// The highest frequency that is looked for (Hz).
  public let highest: Double
  /// Samples from one frame to the next.
  public let hop: Int

  /// Praat's defaults.
  static let silenceThreshold = 0.03
  static let voicingThreshold = 0.45
  static let octaveCost = 0.01
  static let octaveJumpCost = 0.35
  static let voicingCost = 0.14

  private let size: Int
  private let fourierLength: Int
  /// One over the window's own autocorrelation at each lag of half a sample.
  private let correction: [Float]
  private let window: [Float]
  /// What the power in each bin is multiplied with for the autocorrelation at whole lags, and for that half a sample later, as
  /// complex numbers.
  private let shifts: [Float]

  /// Lags are of half a sample: the autocorrelation is interpolated to twice the rate by its spectrum, exactly, and
  /// between those by a parabola.
  private static let oversampling = 2
  /// Frames whose spectra are computed together.
  private static let blockSize = 128

  /// Makes a tracker for 16 kHz. `lowest` is at least 40 Hz, `highest` at most 1000 Hz.
  public init(lowest: Double = 60, highest: Double = 500, hop: Int = 160) {
    precondition(lowest >= 40 && highest > lowest && highest <= 1000 && hop > 0, "a range within 40 to 1000 Hz")
    (self.lowest, self.highest, self.hop) = (lowest, highest, hop)
    let rate = Double(FrontEndAudio.sampleRate)
    size = Int((3 * rate / lowest).rounded(.up)) / 2 * 2
    let lags = Int((rate / lowest).rounded(.up)) + 2
    // Long enough that no lag of interest wraps around; a multiple of 128 is quick to transform.
    fourierLength = (size + lags + 127) / 128 * 128
    window = Window.hann(symmetric: size)
    // The window's autocorrelation at half samples, from a window of twice as many samples.
    let fine = Window.hann(symmetric: size * Self.oversampling).map(Double.init)
    let energy = fine.reduce(0) { $0 + $1 * $1 }
    correction = (0..<(lags * Self.oversampling)).map { lag in
      var sum = 0.0
      for i in 0..<(fine.count - lag) { sum += fine[i] * fine[i + lag] }
      return Float(energy / sum)
    }
    shifts = Self.shifts(fourierLength)
  }

  /// Half a sample is a turn of each bin by its own angle. The last bin stands for itself alone in a transform of this length, and
  /// for two bins in one of twice the length, which interpolates; between samples it is nothing.
  private static func shifts(_ length: Int) -> [Float] {
    let last = length / 2
    let whole = (0...last).flatMap { [$0 == last ? 1 : 0.5, 0] as [Float] }
    return whole
      + (0...last).flatMap { bin -> [Float] in
        let angle = Double.pi * Double(bin) / Double(length)
        return bin == last ? [0, 0] : [Float(0.5 * cos(angle)), Float(0.5 * sin(angle))]
      }
  }

  /// Tracks the pitch of a clip of mono samples at 16 kHz: one estimate for every hop that has begun.
  public func track(_ samples: [Float]) throws -> [PitchEstimate] {
    var lattice = try candidates(in: samples)
    return lattice.solve()
  }

  /// The candidates of each frame of a clip.
  func candidates(in samples: [Float]) throws -> PitchLattice {
    let frames = Frames(centred: samples, size: size, hop: hop)
    let period = Int(Double(FrontEndAudio.sampleRate) / lowest)
    let middle = ((size - period) / 2)..<((size - period) / 2 + period)
    var lattice = PitchLattice(
      frames: frames.count, secondsPerFrame: Double(hop) / Double(FrontEndAudio.sampleRate))
    var normalized = [Float](repeating: 0, count: correction.count)
    for block in frames.blocks(of: Self.blockSize) {
      var peaks: [Float] = []
      let rows = try frames.windowed(block, by: window, length: fourierLength) { samples in
        let mean = samples.sum() / Float(size)
        peaks.append(UnsafeBufferPointer(rebasing: samples[middle]).largestMagnitude(less: mean))
        return mean
      }
      let correlation = try shiftedPower(rows.realFourier()).inverseRealFourier(length: fourierLength).contiguous()
      try correlation.withUnsafeElements(of: Float.self) { values in
        for (row, peak) in peaks.enumerated() {
          let whole = values[(2 * row * fourierLength)..<((2 * row + 1) * fourierLength)]
          let half = values[((2 * row + 1) * fourierLength)..<((2 * row + 2) * fourierLength)]
          normalize(.init(rebasing: whole), .init(rebasing: half), into: &normalized)
          lattice.beginFrame(peak: peak)
          normalized.withUnsafeBufferPointer { addCandidates(of: $0, to: &lattice) }
        }
      }
    }
    return lattice
  }

  /// Spectra (frames, bins) to the power in each bin times both `shifts`: complex (frames, 2, bins).
  private func shiftedPower(_ spectra: Tensor) throws -> Tensor {
    let (count, bins) = (spectra.size(0), fourierLength / 2 + 1)
    let power = try Tensor.empty([count, 2, bins, 2])
    try spectra.realView().contiguous().withUnsafeElements(of: Float.self) { parts in
      try power.withUnsafeMutableElements(of: Float.self) { power in
        shifts.withUnsafeBufferPointer { shifts in
          for frame in 0..<count {
            let z = UnsafeBufferPointer(rebasing: parts[(2 * frame * bins)..<(2 * (frame + 1) * bins)])
            let target = UnsafeMutableBufferPointer(rebasing: power[(4 * frame * bins)..<(4 * (frame + 1) * bins)])
            for bin in 0..<bins {
              let square = z[2 * bin] * z[2 * bin] + z[2 * bin + 1] * z[2 * bin + 1]
              target[2 * bin] = square * shifts[2 * bin]
              target[2 * bin + 1] = 0
              target[2 * (bins + bin)] = square * shifts[2 * (bins + bin)]
              target[2 * (bins + bin) + 1] = square * shifts[2 * (bins + bin) + 1]
            }
          }
        }
      }
    }
    return try power.complexView()
  }

  /// The autocorrelation at each lag of half a sample over that at lag 0 and over that of the window.
  private func normalize(
    _ whole: UnsafeBufferPointer<Float>, _ half: UnsafeBufferPointer<Float>, into result: inout [Float]
  ) {
    let zero = max(whole[0], 1e-12)
    result.withUnsafeMutableBufferPointer { result in
      correction.withUnsafeBufferPointer { correction in
        for lag in 0..<(correction.count / 2) {
          result[2 * lag] = whole[lag] / zero * correction[2 * lag]
          result[2 * lag + 1] = half[lag] / zero * correction[2 * lag + 1]
        }
      }
    }
  }

  /// The peaks of a frame's autocorrelation, at lags of half a sample.
  private func addCandidates(of r: UnsafeBufferPointer<Float>, to lattice: inout PitchLattice) {
    let rate = Double(FrontEndAudio.sampleRate * Self.oversampling)
    let shortest = max(2, Int(rate / highest))
    let longest = min(r.count - 2, Int((rate / lowest).rounded(.up)))
    let least = Float(Self.voicingThreshold / 2)
    let top = log2(highest)
    for lag in shortest...longest where r[lag] > least && r[lag] >= r[lag - 1] && r[lag] > r[lag + 1] {
      let (before, here, after) = (Double(r[lag - 1]), Double(r[lag]), Double(r[lag + 1]))
      let curvature = 2 * here - before - after
      let shift = curvature > 0 ? (after - before) / (2 * curvature) : 0
      let frequency = rate / (Double(lag) + shift)
      guard frequency >= lowest, frequency <= highest else { continue }
      var height = here + (after - before) * shift / 4
      // Rounding and windows of few periods bring it above 1; Boersma reflects it.
      if height > 1 { height = 1 / height }
      let octave = log2(frequency)
      lattice.add(
        frequency: frequency, octave: octave, correlation: height,
        strength: height - Self.octaveCost * (top - octave))
    }
  }
}

/// The pitch of one frame.
public struct PitchEstimate: Equatable, Sendable {
  /// Fundamental frequency in Hz; nil where the frame is unvoiced.
  public var frequency: Double?
  /// Normalised autocorrelation (0...1) at the chosen period; of an unvoiced frame, at its best one, 0 where there is none.
  public var correlation: Double
  /// How sure it is that the frame is voiced, 0...1: the logistic function of the best voiced candidate's lead in strength over
  /// "unvoiced", divided by 0.05.
  public var voicingProbability: Double
}
