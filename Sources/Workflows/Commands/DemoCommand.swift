import Basics
import Corpora
import Emotion
import Evaluation
public import Foundation
import Recognition

/// `affect demo`: from speech to a report, on synthetic speech or on a corpus of real speech.
public struct DemoCommand: Sendable {
  private let output: URL
  private let source: URL?
  private let kind: String?
  private let clips: Int?
  private let settings: [String]
  private let report: @Sendable (Notice) -> Void

  /// A demo that leaves everything in `output`.
  ///
  /// - Parameters:
  ///   - source: a corpus of real speech as it is distributed, or in Affect's layout; nil makes synthetic speech
  ///   - kind: the kind of the source; nil takes it from its folder's name
  ///   - clips: how many clips of synthetic speech are made; nil takes the usual number
  ///   - settings: `KEY=VALUE` changes to the recipe
  public init(
    output: URL, source: URL?, kind: String?, clips: Int? = nil, settings: [String] = [],
    report: @escaping @Sendable (Notice) -> Void
  ) {
    self.output = output
    self.source = source
    self.kind = kind
    self.clips = clips
    self.settings = settings
    self.report = report
  }

  /// Runs the whole story.
  public func run() async throws -> CommandResult {
    let start = Date()
    let recipe = try TrainCommand.recipe("quick", settings: settings)
    try clearOutput()
    let corpus = try await makeCorpus()
    let statistics = CorpusStatistics(of: corpus)
    report(.line(statistics.description))

    step("Training DeepSER from nothing: recipe quick, streams log-mel and prosody")
    let runFolder = output.appending(path: "run")
    let reporter = RunReporter(recipe, report: report)
    let outcome = try TrainingRun(
      recipe, corpus: corpus, output: runFolder, features: output.appending(path: "features"), report: reporter.relay
    ).run()

    let failed = Set(outcome.failures.map(\.fileName))
    let tested = corpus[outcome.split].filter { !failed.contains($0.fileName) }
    let speakers = Set(tested.compactMap(\.speaker)).count
    step("Evaluating on \(tested.count) clips of \(speakers) voices that were not heard in training")
    report(.line(outcome.evaluation.text))

    step("Recognising clips of unseen voices with the bundle")
    let clips = try recognise(Self.examples(tested), bundle: runFolder.appending(path: "bundle"))
    for clip in clips {
      let scores = clip.probabilities.sorted { $0.probability > $1.probability }.prefix(3)
        .map { "\($0.name) \(decimals($0.probability, 2))" }.joined(separator: ", ")
      report(.line("  \(clip.fileName): \(scores) (label: \(clip.label ?? "none"))"))
    }

    let page = output.appending(path: "report.html")
    let judged = try JudgedRun(runFolder)
    let judgement = try Judgement(
      judged.clips, judged.resampling(count: 1000, cluster: nil, seed: 0), groupings: judged.groupings(report: report))
    var said = try content(outcome, corpus, clips, seconds: Date().timeIntervalSince(start))
    said.hardest = HardestClips.clips(judged)
    try RunReport(said, judgement: judgement).write(to: page)
    let text = """

      \(speech.statement)
      Macro-F1 \(decimals(outcome.evaluation.macroF1)), UAR \(decimals(outcome.evaluation.uar)) on \(speakers) unseen \
      voices; everything took \(spoken(seconds: Date().timeIntervalSince(start))).

        report   \(page.path)
        bundle   \(runFolder.appending(path: "bundle").path)

      Next: affect predict YOUR_RECORDING --model \(runFolder.appending(path: "bundle").relativePath)
      """
    return try CommandResult(text: text, json: outcome.evaluation)
  }

  /// Removes what an earlier demo made, and nothing else: a folder of these names that no demo made is refused.
  private func clearOutput() throws {
    let files = FileManager.default
    let marker = output.appending(path: ".affect-demo")
    if let source, Self.path(source).hasPrefix(Self.path(output)) { throw RunError.sourceInOutput(path: source.path) }
    // Features of real speech are worth keeping; synthetic speech is new each time.
    let made = ["corpus", "run", "report.html"] + (source == nil ? ["features"] : [])
    let found = made.filter { files.fileExists(atPath: output.appending(path: $0).path) }
    guard found.isEmpty || files.fileExists(atPath: marker.path) else {
      throw RunError.foreignFolder(path: output.path, found: found.joined(separator: ", "))
    }
    for name in found {
      let url = output.appending(path: name)
      do {
        try files.removeItem(at: url)
      } catch {
        throw FileError(url: url, message: "can't be removed: \(error.localizedDescription)")
      }
    }
    try AtomicFile.write(
      "An affect demo: `affect demo` makes corpus, features, run and report.html anew.\n", to: marker)
  }

  private static func path(_ folder: URL) -> String {
    let path = folder.standardizedFileURL.resolvingSymlinksInPath().path
    return path.hasSuffix("/") ? path : path + "/"
  }

  private func makeCorpus() async throws -> Corpus {
    let folder = output.appending(path: "corpus")
    guard let source else {
      step("Making a small corpus of synthetic speech with espeak-ng and simulated raters")
      var options = CorpusSynthesizer.Options()
      options.clips = clips ?? options.clips
      return try await CorpusSynthesizer(options: options).synthesize(to: folder) { report($0.rendered) }
    }
    if FileManager.default.fileExists(atPath: source.appending(path: "Labels").path) {
      step("Reading the corpus \(source.path)")
      return try Corpus(contentsOf: source)
    }
    let importer = try Importers.named(kind ?? Self.kind(of: source))
    step("Importing real speech: \(importer.title)")
    try importer.importCorpus(from: source, to: folder) { report($0.rendered) }
    return try Corpus(contentsOf: folder)
  }

  /// The kind that a folder's name says: `cremad` and `CREMA-D` are `crema-d`.
  private static func kind(of source: URL) -> String {
    let bare = { (name: String) in name.lowercased().filter(\.isLetter) }
    let name = source.standardizedFileURL.lastPathComponent
    return Importers.all.map(\.kind).first { bare(name).contains(bare($0)) } ?? name
  }

  /// The first clip of each class, so that the page shows all of them.
  private static func examples(_ utterances: [Utterance]) -> [Utterance] {
    var seen: Set<Character> = []
    return utterances.filter { $0.consensus.emotion != nil && seen.insert($0.consensus.letter).inserted }
  }

  private func recognise(_ utterances: [Utterance], bundle: URL) throws -> [RunReport.Clip] {
    let recognizer = try BatchRecognizer(bundle: bundle)
    return try utterances.compactMap { utterance in
      var found: RecognizedSegment?
      try recognizer.recognize(file: utterance.audio.resolvingSymlinksInPath()) { found = found ?? $0 }
      guard let found, let decision = found.emotion else { return nil }
      return RunReport.Clip(
        fileName: utterance.fileName, transcript: utterance.transcript,
        label: utterance.consensus.emotion?.rawValue, decision: decision.rawValue,
        probabilities: found.probabilities.map { .init($0.emotion.rawValue, $0.probability) })
    }
  }

  private func content(
    _ outcome: TrainingRun.Outcome, _ corpus: Corpus, _ clips: [RunReport.Clip], seconds: Double
  ) throws -> RunReport.Content {
    let speakers = { (split: Split) in Set(corpus[split].compactMap(\.speaker)).count }
    return RunReport.Content(
      title: "Affect demo: \(source?.lastPathComponent ?? "synthetic speech")",
      summary: "A small DeepSER was trained from nothing on log-mel and prosody, chosen on voices held out for "
        + "development, and tested once on voices that it never heard.",
      speech: .init(origin: source == nil ? .synthetic : .recorded, description: speech.description),
      figures: RunReport.figures(of: outcome.evaluation),
      facts: [
        .init("Training clips", "\(corpus[.train].count) of \(speakers(.train)) voices"),
        .init("Development clips", "\(corpus[.development].count) of \(speakers(.development)) voices"),
        .init("Test clips", "\(corpus[outcome.split].count) of \(speakers(outcome.split)) voices"),
        .init("Epochs", "\(outcome.history.count)"), .init("Time", spoken(seconds: seconds)),
        .init("Clips left out", "\(outcome.failures.count)"),
      ],
      history: try TrainingRecord.read(from: output.appending(path: "run/metrics.jsonl")),
      evaluatedOn: "\(outcome.split.rawValue), \(speakers(outcome.split)) voices not heard in training",
      evaluation: outcome.evaluation, clips: clips,
      command: source == nil ? "make demo" : "make demo CORPUS=\(source?.lastPathComponent ?? "")")
  }

  private var speech: (statement: String, description: String) {
    guard let source else {
      return (
        "This speech is synthetic: espeak-ng voices and simulated raters. The figures show that the machinery works, "
          + "not how well it does on people.",
        "espeak-ng voices with rate, pitch, range and volume shaped per emotion; raters are simulated."
      )
    }
    return ("This speech is real: recordings of people.", "Recordings of people in \(source.lastPathComponent).")
  }

  private func step(_ text: String) { report(.line("\n== \(text)")) }
}

extension CorpusProgress {
  var rendered: Notice { .status("\(stage) \(completed)/\(total)") }
}
