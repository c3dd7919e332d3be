/// A part of a recording that is recognised on its own.
public struct Stretch: Equatable, Sendable {
  /// Mono at 16 kHz.
  public var samples: [Float]
  /// Seconds from the recording's beginning.
  public var start: Double
  /// Who speaks, where the segments that were given say so.
  public var speaker: String?
  /// What is said, where the segments that were given say so.
  public var text: String?

  /// A stretch of a recording.
  public init(samples: [Float], start: Double = 0, speaker: String? = nil, text: String? = nil) {
    self.samples = samples
    self.start = start
    self.speaker = speaker
    self.text = text
  }
}

/// Cuts samples that come block by block into stretches; how the blocks are cut makes no difference.
package protocol StretchCutter {
  /// Takes a block, and gives the stretches that it completes.
  mutating func add(_ block: [Float]) -> [Stretch]
  /// The stretches that are left at the recording's end.
  mutating func finish() -> [Stretch]
  /// What was asked for and is not in the recording, as a sentence; asked for when it has ended.
  var shortfall: String? { get }
}

extension StretchCutter {
  package var shortfall: String? { nil }
}
