import Basics
import Corpora
import Encoders
public import Foundation
import Tensors

/// `affect transcribe`
public struct TranscribeCommand {
  /// What to do, as a command line says it.
  public struct Options: Sendable {
    /// Audio files.
    public var files: [String] = []
    /// A corpus to transcribe instead.
    public var corpus: URL?
    /// The model: its folder as it is published, or its id on the hub.
    public var model: String
    /// The language spoken; nil has it detected.
    public var language: String?
    /// `transcribe` or `translate`; nil is the first.
    public var task: String?
    /// `text`, `json`, `srt` or `vtt`
    public var format = "text"
    /// A folder for one file to each recording; nil prints.
    public var output: URL?
    /// How many sequences beam search keeps.
    public var beams = 1
    /// The only temperature; nil goes on to higher ones until the thresholds are passed.
    public var temperature: Double?
    /// Whether what is decoded first is kept, whatever the thresholds say; silence is passed over all the same.
    public var takesFirst = false
    /// Whether the model is told what it wrote before.
    public var conditionsOnPreviousText = false
    /// Text that the model is told before.
    public var prompt: String?
    /// Whether times are written in clips of up to 30 s; nil does so for all formats but text.
    public var timestamps: Bool?
    /// Whether nothing is decoded that begins behind the end of a clip shorter than 30 s.
    public var stopsAtEnd = false
    /// `float32` or `bfloat16`
    public var dtype = "float32"
    /// How many windows are computed together.
    public var batchSize = 8
    /// Where draws begin.
    public var seed: UInt64 = 0
    /// A feature store that keeps the model's features of a corpus too, of the same pass of its encoder.
    public var features: URL?
    /// Which hidden state they are: `last`, a number, `mean:FIRST-LAST` or `sum:FIRST-LAST`; all of them by `all`.
    public var layer = "last"
    /// Whether transcripts of a corpus that were made otherwise are thrown away.
    public var replaces = false

    /// Options with the required ones.
    public init(model: String) { self.model = model }

    /// What is wrong with them, as a sentence; nil where they make sense.
    public var fault: String? {
      do {
        _ = try checked()
        return nil
      } catch {
        return "\(error)"
      }
    }

    /// The options as they are worked with. Throws `TranscribeError`.
    fileprivate func checked() throws -> Checked {
      func named<Choice>(_ option: String, _ name: String, _ choices: [(String, Choice)]) throws -> Choice {
        guard let choice = choices.first(where: { $0.0 == name }) else {
          throw TranscribeError.name(option: option, given: name, known: choices.map(\.0))
        }
        return choice.1
      }
      guard files.isEmpty == (corpus != nil) else { throw TranscribeError.input }
      let format = try named("--format", format, TranscriptFormat.allCases.map { ($0.rawValue, $0) })
      let dtype = try named("--dtype", dtype, [DType.float32, .bfloat16].map { ($0.rawValue, $0) })
      if corpus != nil, output != nil { throw TranscribeError.corpusOption("--output") }
      if corpus != nil, format != .text { throw TranscribeError.corpusOption("--format \(format.rawValue)") }
      if corpus == nil, features != nil { throw TranscribeError.fileOption("--features") }
      if features != nil, let fault = EncoderChoice("", layer: layer).fault {
        throw TranscribeError.number(
          option: "--\(fault.option)", allowed: "last, a number, mean:FIRST-LAST, sum:FIRST-LAST, all or all:FIRST-LAST"
        )
      }
      if files.count > 1, output == nil, format == .srt || format == .vtt {
        throw TranscribeError.output(format: format.rawValue)
      }
      for (option, count) in [("--beams", beams), ("--batch-size", batchSize)] where count < 1 {
        throw TranscribeError.number(option: option, allowed: "a number from 1")
      }
      if let temperature, !(0...10).contains(temperature) {
        throw TranscribeError.number(option: "--temperature", allowed: "a number from 0 to 10")
      }
      var transcription = TranscriptionOptions()
      transcription.language = language
      transcription.task = try task.map { task in
        try named("--task", task, TranscriptionOptions.Task.allCases.map { ($0.rawValue, $0) })
      }
      transcription.beams = beams
      if let temperature { transcription.temperatures = [temperature] }
      if takesFirst { transcription.temperatures = Array(transcription.temperatures.prefix(1)) }
      transcription.conditionsOnPreviousText = conditionsOnPreviousText
      transcription.prompt = prompt
      transcription.timestamps = timestamps
      transcription.stopsAtEnd = stopsAtEnd
      (transcription.batchSize, transcription.seed) = (batchSize, seed)
      return Checked(format: format, dtype: dtype, transcription: transcription)
    }
  }

  fileprivate struct Checked {
    let format: TranscriptFormat
    let dtype: DType
    let transcription: TranscriptionOptions
  }

  private let options: Options
  private let format: TranscriptFormat
  private let dtype: DType
  private let transcription: TranscriptionOptions
  private let report: (Notice) -> Void

  /// A command that tells `report` how it goes. Throws `TranscribeError` for options that make no sense.
  public init(_ options: Options, report: @escaping (Notice) -> Void) throws {
    let checked = try options.checked()
    (self.options, self.report) = (options, report)
    (format, dtype, transcription) = (checked.format, checked.dtype, checked.transcription)
    // Blocks of memory that go back to the system between windows would come again as fresh pages.
    try Runtime.setKeptMemoryLimit(min(1 << 30, Int(ProcessInfo.processInfo.physicalMemory / 8)))
  }

  private func located() throws -> URL { try ModelLocation.folder(options.model, report: report) }

  private func load() throws -> WhisperTranscriber {
    let folder = try located()
    report(.line("reading \(folder.path)"))
    return try WhisperTranscriber(folder: folder, dtype: dtype)
  }

  /// The options of a model that may write English alone; the task is named, so that no model chooses.
  private func transcription(isMultilingual: Bool) -> TranscriptionOptions {
    var transcription = self.transcription
    if isMultilingual { transcription.task = transcription.task ?? .transcribe }
    return transcription
  }

  /// Transcribes files in turn. One that can't be read does not keep the others from it.
  ///
  /// - Parameter write: takes each transcript as soon as it is there
  /// - Returns: what was wrong with the files that failed
  /// - Throws: what `write` throws, and what is wrong with the model
  public func transcribeFiles(write: (String) throws -> Void) throws -> [String] {
    let whisper = try load()
    var transcription = self.transcription(isMultilingual: whisper.isMultilingual)
    if transcription.timestamps == nil { transcription.timestamps = format != .text }
    var failures: [String] = []
    let isList = format == .json && options.output == nil && options.files.count > 1
    var isFirst = true
    for (number, file) in options.files.enumerated() {
      let place = options.files.count > 1 ? "\(number + 1)/\(options.files.count) \(file)" : file
      let start = Date()
      let transcript: Transcript
      do {
        transcript = try whisper.transcribe(Recording(file: URL(filePath: file)), options: transcription) {
          report(Self.status(place, done: $0, total: $1, since: start))
        }
      } catch let error as TranscriptionError {
        throw error
      } catch {
        let reason = "\(error)"
        failures.append(reason.contains(file) ? reason : "\(file): \(reason)")
        continue
      }
      let text = try transcript.written(as: format)
      if let folder = options.output {
        let name = URL(filePath: file).deletingPathExtension().lastPathComponent
        let target = folder.appending(path: "\(name).\(format.fileExtension)")
        try AtomicFile.write(text, to: target)
        report(.line("wrote \(target.path)"))
      } else if isList {
        try write(
          (isFirst ? "[\n" : ",\n") + CommandResult.encode(Named(file: file, transcript: transcript)).dropLast())
      } else {
        try write(options.files.count > 1 ? "\(file):\n\(text)" : text)
      }
      isFirst = false
    }
    if isList { try write(isFirst ? "[]\n" : "\n]\n") }
    return failures
  }

  private struct Named: Encodable {
    let file: String
    let transcript: Transcript

    private enum CodingKeys: CodingKey { case file }

    func encode(to encoder: any Encoder) throws {
      try transcript.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(file, forKey: .file)
    }
  }

  private static func status(_ place: String, done: Double, total: Double, since start: Date) -> Notice {
    let elapsed = Date().timeIntervalSince(start)
    let speed = done / max(elapsed, 1e-9)
    return .status(
      "\(place): \(spoken(seconds: done)) of \(spoken(seconds: total)), \(decimals(speed, 1)) times real time, "
        + "\(spoken(seconds: (total - done) / max(speed, 1e-9))) left")
  }

  /// What came of a corpus.
  private struct Summary: Encodable {
    let folder: String
    let transcripts: Int
    let made: Int
    let language: String?
    let model: String
    let failures: [TranscriptionRecord.Failure]
    let withoutFeatures: [FeatureExtraction.Failure]
  }

  /// Transcribes a corpus; it fails when some clip has no transcript, after all others have.
  public func transcribeCorpus() throws -> CommandResult {
    guard let folder = options.corpus else { throw TranscribeError.input }
    let corpus = try Corpus(contentsOf: folder, including: [])
    let model = try located()
    let isMultilingual = try WhisperTranscriber.isMultilingual(model)
    let transcription = self.transcription(isMultilingual: isMultilingual)
    if isMultilingual, transcription.language == nil { throw TranscribeError.language }
    var run = CorpusTranscription(
      corpus: corpus, settings: try .init(model: model, options: transcription, dtype: dtype),
      options: transcription, replaces: options.replaces)
    run.features = options.features.map { store in
      var encoder = EncoderChoice(model.path, layer: options.layer)
      encoder.precision = dtype.rawValue
      return (encoder, store)
    }
    let start = Date()
    let outcome = try run.run(load) {
      report(.line("waiting for another process that writes transcripts of this corpus"))
    } progress: { done, total in
      let speed = Double(done) / max(Date().timeIntervalSince(start), 1e-9)
      report(
        .status(
          "\(done)/\(total) clips, \(decimals(speed, 1)) clips/s, "
            + "\(spoken(seconds: Double(total - done) / max(speed, 1e-9))) left"))
    }
    let record = outcome.record
    let summary = Summary(
      folder: folder.appending(path: "Transcripts").path, transcripts: record.transcripts, made: outcome.made,
      language: record.settings.language, model: record.settings.model, failures: record.failures,
      withoutFeatures: outcome.withoutFeatures)
    var lines = [
      "\(summary.transcripts) transcripts in \(summary.folder), \(summary.made) of them made now by \(summary.model)"
    ]
    if !record.failures.isEmpty {
      lines.append("\(record.failures.count) clips have none:")
      lines += record.failures.map { "  \($0.fileName): \($0.reason)" }
    }
    if !outcome.withoutFeatures.isEmpty {
      lines.append("\(outcome.withoutFeatures.count) clips have no features:")
      lines += outcome.withoutFeatures.map { "  \($0.fileName): \($0.reason)" }
    }
    return try CommandResult(
      text: lines.joined(separator: "\n"), json: summary,
      succeeded: record.failures.isEmpty && outcome.withoutFeatures.isEmpty)
  }
}
