public import Audio
public import Foundation

/// Recognises emotions in speech, for any number of tasks at once.
///
///     let recognizer = try await Recognizer(bundle: URL(filePath: "RUN/bundle"))
///     for try await segment in recognizer.segments(of: .file(URL(filePath: "call.mp3"))) {
///       print(segment.start, segment.end, segment.emotion?.rawValue ?? "-")
///     }
///
/// The network works on a thread of its own, which takes the stretches of all tasks in turn; recordings are decoded on further
/// threads. No call holds up Swift's threads, and a task that is cancelled ends its decoding and computing.
public final class Recognizer: Sendable {
  /// What the bundle is.
  public let configuration: BundleConfiguration
  private let thread: WorkThread
  private let engine: Confined<BatchRecognizer>

  /// Reads the bundle in a folder.
  ///
  /// - Parameters:
  ///   - folder: the `bundle/` of a training run; nil takes the one that comes with Affect, `ModelBundle.standard`
  ///   - transcriber: a Whisper that writes down what is said, for bundles that read texts
  ///   - locate: finds the published models that the bundle names, such as those of the hub
  /// - Throws: `FileError` that names the file, and what is wrong with an encoder that the bundle names or the transcriber
  public init(
    bundle folder: URL? = nil, transcriber: Transcriber? = nil,
    locate: @escaping @Sendable (String) throws -> URL = foldersAlone
  ) async throws {
    thread = WorkThread(name: "affect-recognizer")
    engine = try await thread.run { _ in
      let folder = try folder ?? ModelBundle.standard
      return Confined(value: try BatchRecognizer(bundle: folder, transcriber: transcriber, locate: locate))
    }
    configuration = engine.value.configuration
  }

  /// The emotions in one stretch of speech.
  ///
  /// - Parameters:
  ///   - samples: mono at 16 kHz, at least one
  ///   - start: where the stretch begins in its recording, in seconds
  ///   - options: what is asked for beside the scores
  public func recognize(
    _ samples: [Float], start: Double = 0, options: RecognitionOptions = RecognitionOptions()
  ) async throws -> RecognizedSegment {
    try await recognize([Stretch(samples: samples, start: start)], options: options)[0]
  }

  /// The emotions in stretches of speech, computed together; each is recognised as it would be alone.
  ///
  /// - Throws: what `BatchRecognizer.recognize(_:options:)` throws; `CancellationError`
  public func recognize(
    _ stretches: [Stretch], options: RecognitionOptions = RecognitionOptions()
  ) async throws -> [RecognizedSegment] {
    if let fault = options.fault { throw WindowError(message: fault) }
    let engine = engine
    return try await thread.run { _ in try engine.value.recognize(stretches, options: options) }
  }

  /// The segments of a recording in order. Each is computed when it is asked for: whoever reads slowly makes the decoder wait,
  /// and memory holds one stretch however long the recording is.
  ///
  /// - Parameters:
  ///   - input: a file or samples
  ///   - plan: how the recording is cut; by default into utterances where it is longer than 30 s
  ///   - channels: whether channels are averaged, or speakers
  ///   - options: what is asked for beside the scores
  public func segments(
    of input: AudioInput, plan: SegmentationPlan = .utterances(), channels: ChannelPlan = .mix,
    options: RecognitionOptions = RecognitionOptions()
  ) -> RecognizedSegments {
    RecognizedSegments(recognizer: self, input: input, plan: plan, channels: channels, options: options)
  }

  /// Begins to recognise sound that comes as it is spoken.
  ///
  /// - Parameters:
  ///   - sampleRate: of the samples that will be pushed (Hz), in `Resampler.rates`
  ///   - utterances: what ends an utterance
  ///   - partialEvery: seconds after which an utterance that goes on is looked at again; nil waits for its end
  ///   - options: what is asked for beside the scores
  /// - Throws: `ResamplerError`; `WindowError` for numbers that can't be
  public func live(
    sampleRate: Int = 16_000, utterances: VoiceActivityDetector.Options = .init(), partialEvery: Double? = 1,
    options: RecognitionOptions = RecognitionOptions()
  ) throws -> LiveRecognition {
    let plan = SegmentationPlan.utterances(utterances, whole: 0)
    if let fault = plan.fault ?? options.fault { throw WindowError(message: fault) }
    if let partialEvery, !(0.1...3600).contains(partialEvery) {
      throw WindowError(message: "partial results every \(partialEvery) s can't be; every 0.1 to 3600 s they can")
    }
    return try LiveRecognition(
      sampleRate: sampleRate, cutter: UtteranceCutter(utterances, whole: 0), partialEvery: partialEvery
    ) { try await self.recognize([$0], options: options)[0] }
  }
}
