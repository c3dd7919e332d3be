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

  /// Lags are of half a sample: the autocorrelation is interpolated to twice the rate by its spectrum, exactly, and
  /// between those by a parabola.
  private static let oversampling = 2

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
  }

  /// Tracks the pitch of a clip of mono samples at 16 kHz: one estimate for every hop that has begun.
  public func track(_ samples: [Float]) throws -> [PitchEstimate] {
    let frames = Frames(centred: samples, size: size, hop: hop)
    guard frames.count > 0 else { return [] }
    let window = try Tensor(self.window)
    let correction = try Tensor(self.correction)
    let period = Int(Double(FrontEndAudio.sampleRate) / lowest)
    var lattice = PitchLattice(frames: frames.count, secondsPerFrame: Double(hop) / Double(FrontEndAudio.sampleRate))
    var peaks: [Float] = []
    try frames.forEachBlock { _, block in
      let centred = try block - block.mean(-1, keepDimensions: true)
      peaks += try centred.narrowed(-1, start: (size - period) / 2, length: period).abs().max(-1).array(of: Float.self)
      let power = try (centred * window).realFourier(length: fourierLength).abs().pow(2)
      let correlation = try power.inverseRealFourier(length: fourierLength * Self.oversampling)
        .narrowed(-1, start: 0, length: self.correction.count)
      let zero = try correlation.narrowed(-1, start: 0, length: 1).clamped(min: 1e-12)
      let normalized = try (correlation / zero * correction).contiguous()
      try normalized.withUnsafeElements(of: Float.self) { values in
        for start in stride(from: 0, to: values.count, by: self.correction.count) {
          addCandidates(
            of: UnsafeBufferPointer(rebasing: values[start..<(start + self.correction.count)]), to: &lattice)
        }
      }
    }
    return lattice.solve(peaks: peaks)
  }

  /// The peaks of a frame's autocorrelation, at lags of half a sample.
  private func addCandidates(of r: UnsafeBufferPointer<Float>, to lattice: inout PitchLattice) {
    let rate = Double(FrontEndAudio.sampleRate * Self.oversampling)
    let shortest = max(2, Int(rate / highest))
    let longest = min(r.count - 2, Int((rate / lowest).rounded(.up)))
    lattice.beginFrame()
    let least = Float(Self.voicingThreshold / 2)
    for lag in shortest...longest where r[lag] > least && r[lag] >= r[lag - 1] && r[lag] > r[lag + 1] {
      let (before, here, after) = (Double(r[lag - 1]), Double(r[lag]), Double(r[lag + 1]))
      let curvature = 2 * here - before - after
      let shift = curvature > 0 ? (after - before) / (2 * curvature) : 0
      let frequency = rate / (Double(lag) + shift)
      guard frequency >= lowest, frequency <= highest else { continue }
      var height = here + (after - before) * shift / 4
      // Rounding and windows of few periods bring it above 1; Boersma reflects it.
      if height > 1 { height = 1 / height }
      lattice.add(
        frequency: frequency, correlation: height,
        strength: height - Self.octaveCost * log2(highest / frequency))
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
