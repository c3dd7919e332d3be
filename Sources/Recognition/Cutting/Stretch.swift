import Encoders

/// A part of a recording that is recognised on its own.
public struct Stretch: Equatable, Sendable {
  /// Mono at 16 kHz.
  public var samples: [Float]
  /// Seconds from the recording's beginning.
  public var start: Double
  /// Who speaks, where the segments that were given or the channel say so.
  public var speaker: String?
  /// The channel that the samples are of, from 1; nil for the average of all.
  public var channel: Int?
  /// What is said, where the segments that were given say so.
  public var text: String?
  /// Whether what carried the decision is asked for.
  public var explains: Bool
  /// Whether the stretch may still grow: a first look at live audio.
  public var isPartial: Bool
  /// Whether voice activity was heard in it already.
  var isKnownSpeech = false

  /// A stretch of a recording.
  public init(
    samples: [Float], start: Double = 0, speaker: String? = nil, channel: Int? = nil, text: String? = nil,
    explains: Bool = false, isPartial: Bool = false
  ) {
    (self.samples, self.start) = (samples, start)
    (self.speaker, self.channel, self.text) = (speaker, channel, text)
    (self.explains, self.isPartial) = (explains, isPartial)
  }

  /// Seconds from the recording's beginning to the stretch's end.
  public var end: Double { start + Double(samples.count) / Double(FrontEndAudio.sampleRate) }
}

/// Cuts samples that come block by block into stretches; how the blocks are cut makes no difference.
package protocol StretchCutter {
  /// Takes a block, and gives the stretches that it completes.
  mutating func add(_ block: [Float]) -> [Stretch]
  /// The stretches that are left at the recording's end.
  mutating func finish() -> [Stretch]
  /// Seconds: no stretch that is still to come begins before.
  var settled: Double { get }
  /// What was asked for and is not in the recording, as a sentence; asked for when it has ended.
  var shortfall: String? { get }
}

/// Cuts sound that comes as it is spoken.
package protocol LiveCutter: StretchCutter {
  /// What is being heard, as far as it goes; nil in a pause, and where it is too short to tell anything.
  var unfinished: Stretch? { get }
}

extension StretchCutter {
  package var shortfall: String? { nil }
}
