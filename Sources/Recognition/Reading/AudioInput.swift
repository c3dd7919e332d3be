public import Audio
public import Foundation

/// Where sound comes from.
public enum AudioInput: Sendable {
  /// A file of any format that FFmpeg reads, audio or video; read block by block.
  case file(URL, damaged: DamagePolicy = .reject)
  /// Mono samples at a rate (Hz) in `Resampler.rates`.
  case samples([Float], sampleRate: Int = 16_000)
}
