import Foundation

/// What can be said of a stretch of sound before a model hears it.
public struct SoundQuality: Equatable, Sendable {
  /// How far the loud frames stand out of the quiet ones, as a ratio of powers in dB: an estimate of the ratio of signal to
  /// noise. nil for less than a quarter of a second, and for digital silence.
  ///
  /// Frames of 25 ms are taken above 120 Hz. The quietest tenth is taken for noise, which holds where speech has pauses or
  /// soft sounds; a tone that never dips looks like noise.
  public var signalToNoise: Double?
  /// Seconds in which somebody speaks, as `VoiceActivityDetector` hears it in the stretch alone; nil where it was not asked.
  public var spoken: Double?

  /// Looks at mono samples.
  ///
  /// - Parameters:
  ///   - sampleRate: samples per second (Hz)
  ///   - detectsSpeech: whether voices are looked for; stretches that a detector cut need not be asked again
  public init(_ samples: [Float], sampleRate: Int = AudioFile.defaultSampleRate, detectsSpeech: Bool = true) {
    var energy = FrameEnergy(sampleRate: sampleRate)
    let energies = energy.add(samples)
    let levels = energies.sorted()
    if levels.count >= Self.fewest, let loudest = levels.last, loudest > FrameEnergy.quietest {
      let (noise, loud) = (levels[levels.count / 10], levels[(levels.count - 1) * 19 / 20])
      // What is loud holds the noise too.
      let ratio = pow(10, Double(loud - noise) / 10) - 1
      signalToNoise = 10 * log10(max(ratio, Self.least))
    }
    guard detectsSpeech else { return }
    var detector = VoiceActivityDetector(sampleRate: sampleRate)
    let found = detector.add(energies, of: samples.count) + detector.finish(energy.finish())
    spoken = Double(found.reduce(0) { $0 + $1.count }) / Double(sampleRate)
  }

  /// Frames that a tenth and a twentieth mean something for.
  private static let fewest = 23
  /// -30 dB: less can't be told from none.
  private static let least = 1e-3
}
