import Audio
import Basics
import Corpora
import Encoders
import FeatureStore
import Foundation

/// Writes `CORPUS/Transcripts/NAME.txt` for all splits of a corpus, by one model in one language.
///
/// What is there already by the same settings stays, so that a run that was ended goes on.
struct CorpusTranscription {
  let corpus: Corpus
  let settings: TranscriptionRecord.Settings
  let options: TranscriptionOptions
  /// Whether transcripts made otherwise are thrown away.
  let replaces: Bool
  /// Where the model's features are kept too, and how; nil keeps none.
  var features: (encoder: EncoderChoice, store: URL)?

  private var folder: URL { corpus.folder.appending(path: "Transcripts", directoryHint: .isDirectory) }

  /// How it went.
  struct Outcome {
    let record: TranscriptionRecord
    let made: Int
    /// Clips that have no features, where they were wanted.
    var withoutFeatures: [FeatureExtraction.Failure] = []
  }

  /// Transcribes what is missing. Where features are wanted, those that are missing are made first, and their clips written down
  /// from the same pass of the encoder.
  ///
  /// - Parameters:
  ///   - whisper: loads the model; not called where nothing is missing
  ///   - waiting: is called where another process writes here, before this one waits for it
  ///   - progress: is told how many clips are done, and of how many
  func run(
    _ whisper: @escaping () throws -> WhisperTranscriber, waiting: () -> Void,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> Outcome {
    let hold = try FolderLock.take(folder, waiting: waiting)
    return try withExtendedLifetime(hold) {
      try prepare()
      var record = TranscriptionRecord(settings: settings)
      try record.write(folder)
      var loaded: WhisperTranscriber?
      let model = { () throws -> WhisperTranscriber in
        let model = try loaded ?? whisper()
        loaded = model
        return model
      }
      let before = corpus.utterances.filter { !hasTranscript($0) }
      let withoutFeatures = try extract(model, progress)
      let missing = before.filter { !hasTranscript($0) }
      if !missing.isEmpty { record.failures = try transcribe(missing, model(), progress) }
      record.transcripts = corpus.utterances.count - record.failures.count
      try record.write(folder)
      return Outcome(
        record: record, made: before.count - record.failures.count, withoutFeatures: withoutFeatures)
    }
  }

  /// Makes the features that are wanted and missing, and the transcripts of their clips.
  private func extract(
    _ whisper: @escaping () throws -> WhisperTranscriber, _ progress: (Int, Int) -> Void
  ) throws -> [FeatureExtraction.Failure] {
    guard let features else { return [] }
    let extraction = try FeatureExtraction([features.encoder], into: features.store)
    let byName = Dictionary(corpus.utterances.map { ($0.fileName, $0) }, uniquingKeysWith: { first, _ in first })
    extraction.share(
      with: ClipScribe(
        whisper, options, isWanted: { name in byName[name].map { !hasTranscript($0) } ?? false },
        write: { name, text in
          if let utterance = byName[name] { try AtomicFile.write(text + "\n", to: file(utterance)) }
        }))
    return try extraction.run(corpus.utterances) { progress($0.done, $0.total) }
  }

  /// Sees to it that nothing in the folder was made otherwise.
  private func prepare() throws {
    let there = corpus.utterances.filter { FileManager.default.fileExists(atPath: file($0).path) }
    guard !there.isEmpty else { return }
    var differences: [String] = []
    do {
      if let record = try TranscriptionRecord.read(folder) {
        differences = settings.differences(from: record.settings)
        if differences.isEmpty { return }
      }
    } catch {
      guard replaces else { throw error }
    }
    guard replaces else {
      throw TranscribeError.otherTranscripts(folder: folder.path, count: there.count, differences: differences)
    }
    // Without a record, what is left of the old transcripts is not taken for new ones if this ends here.
    try? FileManager.default.removeItem(at: folder.appending(path: TranscriptionRecord.fileName))
    for utterance in there { try FileManager.default.removeItem(at: file(utterance)) }
  }

  private func file(_ utterance: Utterance) -> URL { folder.appending(path: utterance.name + ".txt") }

  /// Whether there is a transcript that is not older than the audio.
  private func hasTranscript(_ utterance: Utterance) -> Bool {
    guard let transcript = try? SourceStamp(of: file(utterance)) else { return false }
    guard let audio = try? SourceStamp(of: utterance.audio) else { return true }
    return transcript.modified >= audio.modified
  }

  private func transcribe(
    _ utterances: [Utterance], _ whisper: WhisperTranscriber, _ progress: (Int, Int) -> Void
  ) throws -> [TranscriptionRecord.Failure] {
    let clips = OrderedPipeline<Result<[Float], any Error>>(
      count: utterances.count, threads: 2, ahead: 2 * options.batchSize
    ) { number in
      Result { try Self.beginning(of: utterances[number].audio) }
    }
    var failures: [TranscriptionRecord.Failure] = []
    var batch: [(utterance: Utterance, samples: [Float])] = []
    func flush() throws {
      for (clip, text) in zip(batch, texts(of: batch.map(\.samples), whisper)) {
        switch text {
        case .success(let text): try AtomicFile.write(text + "\n", to: file(clip.utterance))
        case .failure(let error): failures.append(.init(fileName: clip.utterance.fileName, reason: "\(error)"))
        }
      }
      batch = []
    }
    for (number, utterance) in utterances.enumerated() {
      guard let clip = try clips.next() else { break }
      switch clip {
      case .success(let samples) where samples.count <= LogMel.paddedSamples:
        batch.append((utterance, samples))
        if batch.count == options.batchSize { try flush() }
      case .success:
        let recording = Recording(file: utterance.audio)
        switch Result(catching: { try whisper.transcribe(recording, options: options).text }) {
        case .success(let text): try AtomicFile.write(text + "\n", to: file(utterance))
        case .failure(let error): failures.append(.init(fileName: utterance.fileName, reason: "\(error)"))
        }
      case .failure(let error): failures.append(.init(fileName: utterance.fileName, reason: "\(error)"))
      }
      progress(number + 1 - batch.count, utterances.count)
    }
    try flush()
    progress(utterances.count, utterances.count)
    return failures
  }

  /// The texts of clips; where one of them keeps a batch from being transcribed, of the others all the same.
  private func texts(of clips: [[Float]], _ whisper: WhisperTranscriber) -> [Result<String, any Error>] {
    do {
      return try whisper.transcribe(clips, options: options).map { .success($0.text) }
    } catch {
      guard clips.count > 1 else { return [.failure(error)] }
      return clips.flatMap { texts(of: [$0], whisper) }
    }
  }

  /// A clip of up to 30 s, or a little more of a longer one.
  private static func beginning(of audio: URL) throws -> [Float] {
    let decoder = try AudioDecoder(path: audio.path(percentEncoded: false))
    var samples: [Float] = []
    while samples.count <= LogMel.paddedSamples, let block = try decoder.next() { samples += block }
    return samples
  }
}
