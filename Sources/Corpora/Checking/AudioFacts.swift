public import Foundation

/// What decoding an audio file tells of it.
public struct AudioFacts: Codable, Sendable, Equatable {
  /// Seconds of audio.
  public var duration: Double
  /// Samples per second in the file, or nil when not asked for.
  public var sampleRate: Double?
  /// Channels in the file, or nil when not asked for.
  public var channels: Int?
  /// The largest magnitude of any sample, 1 being full scale, or nil when not asked for; 0 is digital silence.
  public var peak: Double?

  /// Facts; only the duration is needed.
  public init(duration: Double, sampleRate: Double? = nil, channels: Int? = nil, peak: Double? = nil) {
    self.duration = duration
    self.sampleRate = sampleRate
    self.channels = channels
    self.peak = peak
  }
}

/// Opens, and best decodes, an audio file; throws when that is not possible. The checker gets it from the part that
/// decodes audio, and calls it from several tasks at once.
public typealias AudioProbe = @Sendable (_ file: URL) throws -> AudioFacts
