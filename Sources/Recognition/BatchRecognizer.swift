import Audio
import Emotion
import Encoders
import Evaluation
public import Foundation
import Fusion
import NN
import Tensors

/// Applies a bundle to speech on the thread that calls it.
///
/// It is not Sendable: use one from one thread at a time. `Recognizer` is the same for many tasks.
public final class BatchRecognizer {
  /// What the bundle is.
  public let configuration: BundleConfiguration
  private let bundle: ModelBundle
  private let sources: [StreamSource]
  private let writer: StretchWriter?

  /// A recognizer of a bundle.
  ///
  /// - Parameters:
  ///   - bundle: the network, which must not be used on another thread from then on
  ///   - transcriber: writes down stretches that come without words; they then carry their text
  ///   - locate: finds the published models that the bundle names
  /// - Throws: what is wrong with an encoder that the bundle names or with the transcriber: `UnknownFrontEnd`, `EncoderError`,
  ///   `FileError`; `TensorError` for frames of another width than the bundle's
  public init(
    _ bundle: ModelBundle, transcriber: Transcriber? = nil, locate: ModelLocator = foldersAlone
  ) throws {
    self.bundle = bundle
    configuration = bundle.configuration
    sources = try zip(bundle.configuration.streams, bundle.preparations).map { stream, preparation in
      try StreamSource(stream, preparation, hasTexts: transcriber != nil, locate: locate)
    }
    writer = try transcriber.map(StretchWriter.init)
  }

  /// A recognizer of the bundle in a folder. Throws `FileError` that names the file, too.
  public convenience init(
    bundle folder: URL, transcriber: Transcriber? = nil, locate: ModelLocator = foldersAlone
  ) throws {
    try self.init(ModelBundle(contentsOf: folder), transcriber: transcriber, locate: locate)
  }

  /// The streams that read what is said.
  public var readingStreams: [String] { sources.filter(\.reads).map(\.name) }

  /// The streams that read what is said, and that the network can't do without.
  public var streamsThatNeedText: [String] { sources.filter { $0.reads && !$0.mayBeMissing }.map(\.name) }

  /// The emotions in one stretch of speech.
  ///
  /// - Parameters:
  ///   - samples: mono at 16 kHz, at least one
  ///   - start: where the stretch begins in its recording, in seconds
  ///   - options: what is asked for beside the scores
  public func recognize(
    _ samples: [Float], start: Double = 0, options: RecognitionOptions = RecognitionOptions()
  ) throws -> RecognizedSegment {
    try recognize([Stretch(samples: samples, start: start)], options: options)[0]
  }

  /// The emotions in stretches of speech, computed together; each is recognised as it would be alone.
  ///
  /// - Parameters:
  ///   - given: the stretches; one that itself asks to be explained is, whatever the options say
  ///   - options: what is asked for beside the scores of all of them
  /// - Throws: `FrontEndError` for samples that are not finite, `RecognitionError.noText` for a stretch without the words that
  ///   a stream needs, `TensorError` for a stretch without samples
  public func recognize(
    _ given: [Stretch], options: RecognitionOptions = RecognitionOptions()
  ) throws -> [RecognizedSegment] {
    guard !given.isEmpty else { return [] }
    return try withoutGradients {
      try segments(prepared(writer?.written(given) ?? given), options)
    }
  }

  /// How many stretches of a recording are worth taking together: front ends work on all cores, each on a stretch of its own.
  var mostTogether: Int {
    writer == nil && sources.allSatisfy(\.keepsNoState) ? 4 * ProcessInfo.processInfo.activeProcessorCount : 1
  }

  /// The emotions in stretches of speech, which are prepared together, on all cores. The network takes one at a time: the last bits
  /// then do not depend on what was at hand together.
  func recognizeEach(
    _ stretches: [Stretch], options: RecognitionOptions, _ body: (RecognizedSegment) throws -> Void
  ) throws {
    guard stretches.count > 1 else { return try recognize(stretches, options: options).forEach(body) }
    let prepared: [PreparedStretch]
    do {
      prepared = try withoutGradients { try self.prepared(stretches) }
    } catch {
      // Those before the one that can't be prepared are given first.
      for stretch in stretches { try body(recognize([stretch], options: options)[0]) }
      return
    }
    for stretch in prepared { try withoutGradients { try segments([stretch], options) }.forEach(body) }
  }

  private func segments(
    _ prepared: [PreparedStretch], _ options: RecognitionOptions
  ) throws -> [RecognizedSegment] {
    let scores = try scores(of: prepared.map { $0.streams.map(\.frames) })
    return try zip(prepared, scores).map { prepared, scores in
      var segment = segment(prepared, scores, options)
      if options.explains || prepared.stretch.explains {
        segment.explanation = try explainer.explanation(of: prepared, scores.probabilities)
      }
      return segment
    }
  }

  /// Streams of stretches. Front ends keep no state, and theirs are made on all cores: much of the time of a small network's
  /// batch goes there.
  private func prepared(_ stretches: [Stretch]) throws -> [PreparedStretch] {
    func prepare(_ number: Int) throws -> PreparedStretch {
      let stretch = stretches[number]
      return PreparedStretch(
        stretch: stretch, quality: SoundQuality(stretch.samples, detectsSpeech: !stretch.isKnownSpeech),
        streams: try sources.map { try $0.stream(of: stretch) })
    }
    return try sources.allSatisfy(\.keepsNoState)
      ? mapOnAllCores(stretches.count, prepare) : stretches.indices.map(prepare)
  }

  /// What the network says of a stretch.
  struct Scores {
    /// By class, calibrated.
    let probabilities: [Double]
    let attributes: [Double]
  }

  /// Scores of stretches, each given by the frames of its streams.
  private func scores(of stretches: [[Tensor]]) throws -> [Scores] {
    let scores = try bundle.model(batch(stretches))
    let probabilities = try scores.logits.converted(to: .float64).softmax(-1).array(of: Double.self)
    let attributes = try scores.attributes?.array(of: Double.self) ?? []
    func row(_ number: Int, of values: [Double], _ width: Int) -> [Double] {
      values.isEmpty ? [] : Array(values[(number * width)..<((number + 1) * width)])
    }
    return stretches.indices.map { i in
      let raw = row(i, of: probabilities, configuration.classes.count)
      return Scores(
        probabilities: configuration.calibration.map { $0(raw) } ?? raw,
        attributes: row(i, of: attributes, configuration.attributes.count))
    }
  }

  private func batch(_ stretches: [[Tensor]]) throws -> [SequenceBatch] {
    try sources.indices.map { stream in try SequenceBatch(padding: stretches.map { $0[stream] }) }
  }

  private var explainer: Explainer {
    Explainer(
      sources: sources, classes: configuration.classes,
      scores: { try self.scores(of: $0).map(\.probabilities) },
      shares: { try self.bundle.model.frameShares(of: self.batch([$0]))?.map { try $0.array(of: Float.self) } })
  }

  private func segment(
    _ prepared: PreparedStretch, _ scores: Scores, _ options: RecognitionOptions
  ) -> RecognizedSegment {
    let stretch = prepared.stretch
    let quality = prepared.quality
    var segment = RecognizedSegment(
      start: stretch.start, end: stretch.end,
      probabilities: zip(configuration.classes, scores.probabilities).map { .init($0, $1) },
      attributes: Dictionary(uniqueKeysWithValues: zip(configuration.attributes.map(\.rawValue), scores.attributes)),
      speaker: stretch.speaker, channel: stretch.channel, text: stretch.text,
      candidates: configuration.calibration?.conformal.map { sets in
        sets(scores.probabilities).map { configuration.classes[$0] }
      }, signalToNoise: quality.signalToNoise, notes: Self.notes(on: stretch, quality), isPartial: stretch.isPartial)
    let leavesNothingToJudge = !segment.notes.isEmpty
    if prepared.lacksText { segment.notes.append(.noTranscript) }
    if let threshold = options.abstainBelow ?? configuration.calibration?.abstainBelow {
      segment.abstains = leavesNothingToJudge || segment.confidence < threshold
    }
    return segment
  }

  /// What the sound alone says against a stretch.
  private static func notes(on stretch: Stretch, _ quality: SoundQuality) -> [RecognizedSegment.Note] {
    // So little sound has no pauses that a voice would stand out of.
    if stretch.end - stretch.start < shortest { return [.tooShort] }
    if quality.spoken == 0 { return [.noSpeech] }
    return quality.signalToNoise.map { $0 < leastSignalToNoise } ?? false ? [.tooNoisy] : []
  }

  /// Seconds of a stretch that can be judged. Corpora of acted and spontaneous speech have hardly a clip that is shorter.
  private static let shortest = 0.5
  /// dB; see `SoundQuality.signalToNoise`.
  private static let leastSignalToNoise = 3.0
}
