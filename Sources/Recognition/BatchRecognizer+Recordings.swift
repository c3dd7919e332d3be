public import Audio
import Encoders
public import Foundation

extension BatchRecognizer {
  /// The emotions in a recording, stretch by stretch as it is decoded, a minute ahead at the most, on a thread of its own.
  ///
  /// - Parameters:
  ///   - input: a file or samples
  ///   - plan: how the recording is cut; by default into utterances where it is longer than 30 s
  ///   - channels: whether channels are averaged, or speakers
  ///   - options: what is asked for beside the scores
  ///   - body: is given each segment in turn
  /// - Returns: the recording's length in seconds.
  /// - Throws: `AudioError` that names the file, `WindowError` for a plan that can't be followed, and what
  ///   `recognize(_:options:)` throws
  @discardableResult public func recognize(
    _ input: AudioInput, plan: SegmentationPlan = .utterances(), channels: ChannelPlan = .mix,
    options: RecognitionOptions = RecognitionOptions(), _ body: (RecognizedSegment) throws -> Void
  ) throws -> Double {
    if let fault = options.fault { throw WindowError(message: fault) }
    let feed = StretchFeed(try StretchReader(input, plan, channels))
    defer { feed.stop() }
    while true {
      let stretches = try feed.next(most: mostTogether)
      guard !stretches.isEmpty else { return feed.seconds }
      try recognizeEach(stretches, options: options, body)
    }
  }

  /// The emotions in the recording of a file.
  ///
  /// - Parameters:
  ///   - file: of any format that FFmpeg reads
  ///   - plan: how it is cut
  ///   - damaged: what to do with a damaged file
  ///   - body: is given each segment in turn
  @discardableResult public func recognize(
    file: URL, plan: SegmentationPlan = .utterances(), damaged: DamagePolicy = .reject,
    _ body: (RecognizedSegment) throws -> Void
  ) throws -> Double {
    try recognize(.file(file, damaged: damaged), plan: plan, body)
  }
}
