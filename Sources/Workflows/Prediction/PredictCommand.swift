import Audio
import Basics
import Emotion
public import Foundation
import Hub
public import Recognition

/// `affect predict`
public struct PredictCommand {
  /// What is asked for beside the recordings.
  public struct Options {
    /// How recordings are cut.
    public var plan: SegmentationPlan
    /// Whether channels are averaged, or speakers.
    public var channels = ChannelPlan.mix
    /// The folder of a Whisper, or its id on the hub, that writes down what is said; nil for none.
    public var transcriber: String?
    /// The language spoken, as a code or name; nil has it detected.
    public var language: String?
    /// What is asked for beside the scores.
    public var recognition = RecognitionOptions()
    /// Whether what can be decoded of a damaged file is recognised, instead of an error.
    public var keepsDamaged: Bool
    /// How segments are written.
    public var format: PredictFormat
    /// A folder that gets one file for each recording; nil writes all to one place.
    public var output: URL?

    /// Options of one command.
    public init(
      plan: SegmentationPlan = .utterances(), keepsDamaged: Bool = false, format: PredictFormat = .table,
      output: URL? = nil
    ) {
      self.plan = plan
      self.keepsDamaged = keepsDamaged
      self.format = format
      self.output = output
    }
  }

  private let recognizer: BatchRecognizer
  private let options: Options
  private let write: (String) throws -> Void
  private let report: (Notice) -> Void

  /// A command that gives what it prints to `write`, segment by segment.
  ///
  /// - Throws: `WindowError` for a plan that can't be followed, `PredictError` for a bundle that needs texts and will have none
  public init(
    bundle: URL, options: Options, report: @escaping (Notice) -> Void = { _ in },
    write: @escaping (String) throws -> Void
  ) throws {
    if let fault = options.plan.fault ?? options.recognition.fault { throw WindowError(message: fault) }
    let transcriber = try options.transcriber.map {
      Transcriber(folder: try ModelLocation.folder($0, report: report), language: options.language)
    }
    recognizer = try BatchRecognizer(bundle: bundle, transcriber: transcriber)
    self.options = options
    self.report = report
    self.write = write
    try requireTexts()
  }

  /// A bundle that reads what is said needs words from somewhere, unless it was trained to do without.
  private func requireTexts() throws {
    guard options.transcriber == nil, !recognizer.readingStreams.isEmpty else { return }
    if case .given(let segments) = options.plan, segments.contains(where: { $0.text != nil }) { return }
    let needed = recognizer.streamsThatNeedText
    guard needed.isEmpty else {
      throw PredictError.inputs(
        "the bundle's stream \(needed.joined(separator: " and ")) reads what is said, and the bundle was not trained to do "
          + "without; give --transcriber the folder or id of a Whisper, or --segments with texts")
    }
    report(
      .line(
        "the bundle's stream \(recognizer.readingStreams.joined(separator: " and ")) reads what is said; without --transcriber "
          + "the bundle does without, as it was trained to"))
  }

  /// The plan that a command line asks for: given segments, or windows, or utterances.
  ///
  /// - Parameters:
  ///   - window: seconds of a window; nil takes utterances unless `hop` is given
  ///   - segments: a file of segments
  public static func plan(window: Double?, hop: Double?, segments: URL?) throws -> SegmentationPlan {
    if let segments { return .given(try SegmentFile.read(segments)) }
    if let window { return .windows(WindowPlan(window: window, hop: hop, whole: window)) }
    return hop.map { .windows(WindowPlan(hop: $0)) } ?? .utterances()
  }

  /// Recognises recordings in turn. One that can't be read or recognised does not keep the others from it.
  ///
  /// - Parameter arguments: files, folders, patterns, addresses, or `-` for standard input
  /// - Returns: what was wrong with the recordings that failed.
  /// - Throws: what `write` throws, `PredictError` for arguments that don't fit, `FileError` for outputs that can't be written
  public func run(_ arguments: [String]) throws -> [String] {
    let inputs = try PredictInputs(arguments, needsOutputs: options.output != nil)
    defer { inputs.removeScratch() }
    if case .given = options.plan, inputs.inputs.count > 1 {
      throw PredictError.inputs("segments are of one recording, and \(inputs.inputs.count) recordings are given")
    }
    if let output = options.output { return try writeFiles(inputs.inputs, output) }
    if options.format.timeline?.holdsSeveral == false, inputs.inputs.count > 1 {
      throw PredictError.inputs(
        "a file in the format \(options.format.rawValue) holds one recording; give --output DIR for \(inputs.inputs.count)"
      )
    }
    var writer = writer(width: inputs.inputs.map(\.name.count).max() ?? 0, write)
    try writer.begin()
    var failures: [String] = []
    for input in inputs.inputs {
      if let failure = try recognise(input, &writer) { failures.append(failure) }
    }
    try writer.finish()
    return failures
  }

  /// Each recording into a file of its own; those whose file is there are done.
  private func writeFiles(_ inputs: [PredictInput], _ output: URL) throws -> [String] {
    var failures: [String] = []
    var done = 0
    for (number, input) in inputs.enumerated() {
      let target = output.appending(path: "\(input.stem).\(options.format.fileExtension)")
      guard !FileManager.default.fileExists(atPath: target.path) else {
        done += 1
        continue
      }
      report(.status("recording \(number + 1)/\(inputs.count): \(input.name)"))
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      do {
        try AtomicFile.write(to: target) { file in
          var writer = writer(width: input.name.count) { try file.write(contentsOf: Data($0.utf8)) }
          try writer.begin()
          // A recording that failed leaves no file, so that another run tries it again.
          if let failure = try recognise(input, &writer) { throw Failed(message: failure) }
          try writer.finish()
        }
      } catch let error as Failed { failures.append(error.message) }
    }
    report(
      .line(
        "\(inputs.count - failures.count) of \(inputs.count) recordings are in \(output.relativePath)"
          + (done > 0 ? ", \(done) of them from before" : "")))
    return failures
  }

  private struct Failed: Error { let message: String }

  private func writer(width: Int, _ write: @escaping (String) throws -> Void) -> SegmentWriter {
    var hasSpeakers = false
    if case .given(let segments) = options.plan {
      hasSpeakers = segments.contains { $0.speaker != nil || $0.text != nil }
    }
    return SegmentWriter(
      options.format, classes: recognizer.configuration.classes.map(\.rawValue),
      attributes: recognizer.configuration.attributes.map(\.rawValue), width: max(width, 12),
      hasSpeakers: hasSpeakers || options.channels == .speakers,
      write: write)
  }

  /// Recognises one recording; gives what was wrong with it, nil when nothing was.
  private func recognise(_ input: PredictInput, _ writer: inout SegmentWriter) throws -> String? {
    // What `write` throws ends the command; it must not be taken for a fault of the file.
    var unwritten: (any Error)?
    var failure = input.fault
    var duration = 0.0
    if failure == nil {
      do {
        duration = try input.withFile(report) { file in
          try recognizer.recognize(
            .file(file, damaged: options.keepsDamaged ? .keep : .reject), plan: options.plan,
            channels: options.channels, options: options.recognition
          ) { segment in
            do { try writer.add(segment, of: input.name) } catch {
              unwritten = error
              throw error
            }
          }
        }
      } catch {
        if let unwritten { throw unwritten }
        let reason = "\(error)"
        // Errors of files name the file, which is another than its name for what came from elsewhere.
        failure =
          error is AudioError && input.url.isFileURL || error is WebFileError ? reason : "\(input.name): \(reason)"
      }
    }
    try writer.end(of: input.name, duration: duration, failure: failure)
    return failure
  }
}
