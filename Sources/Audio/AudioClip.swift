/// Mono audio in memory.
public struct AudioClip: Equatable, Sendable {
  /// The samples; full scale is -1...1, and a float file may go beyond it.
  public var samples: [Float]
  /// Samples per second (Hz).
  public var sampleRate: Int

  /// Wraps samples that were taken at `sampleRate` Hz.
  public init(samples: [Float], sampleRate: Int = AudioFile.defaultSampleRate) {
    self.samples = samples
    self.sampleRate = sampleRate
  }

  /// Length in seconds; 0 where the sample rate is not positive.
  public var duration: Double { sampleRate > 0 ? Double(samples.count) / Double(sampleRate) : 0 }
}
