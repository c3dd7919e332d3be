import Audio
import Corpora
public import Foundation

/// `affect corpus …`
public enum CorpusCommands {
  /// The kinds of corpus that can be imported, each with its title.
  public static var kinds: [(kind: String, title: String)] { Importers.all.map { ($0.kind, $0.title) } }

  /// Makes a corpus of a source folder.
  ///
  /// - Parameter folds: so many speaker-disjoint folds are written too.
  public static func importCorpus(
    kind: String, source: URL, output: URL, labelMap: URL?, columns: [String: String] = [:],
    scale: ClosedRange<Double>? = nil, folds: Int? = nil, replacing: Bool, report: (Notice) -> Void
  ) throws -> CommandResult {
    var options = ImportOptions()
    options.labelMap = labelMap
    options.columns = columns
    options.scale = scale ?? options.scale
    options.replacing = replacing
    let result = try Importers.named(kind).importCorpus(from: source, to: output, options: options) {
      report(.status($0.line))
    }
    guard let folds else { return try CommandResult(text: result.description, json: result) }
    let corpus = try Corpus(contentsOf: output, including: [])
    let file = try SpeakerFolds(of: corpus, count: folds).write(to: corpus)
    return try CommandResult(text: "\(result.description)\n\(folds) speaker-disjoint folds: \(file.path)", json: result)
  }

  /// The label map of a kind as it is read, comments included.
  public static func explain(kind: String) throws -> String { try LabelMap.builtInText(Importers.named(kind).kind) }

  /// Looks a corpus through; it fails when there is an error among the findings.
  public static func check(_ corpus: URL, report: @escaping @Sendable (Notice) -> Void) async throws -> CommandResult {
    let check = CorpusCheck(probe: facts)
    let result = try await check.run(on: corpus) { report(.status($0.line)) }
    return try CommandResult(text: result.text(), json: result, succeeded: result.isUsable)
  }

  /// Decodes a file block by block, so that memory does not grow with its length.
  private static func facts(of url: URL) throws -> AudioFacts {
    let decoder = try AudioDecoder(path: url.path)
    var (count, peak) = (0, Float(0))
    while let block = try decoder.next() {
      count += block.count
      peak = block.reduce(peak) { max($0, abs($1)) }
    }
    return AudioFacts(
      duration: Double(count) / Double(decoder.sampleRate), sampleRate: Double(decoder.metadata.sampleRate),
      channels: decoder.metadata.channels, peak: Double(peak))
  }

  /// Counts what a corpus holds.
  public static func statistics(_ corpus: URL) throws -> CommandResult {
    let statistics = try statistics(of: Corpus(contentsOf: corpus))
    return try CommandResult(text: statistics.description, json: statistics)
  }

  static func statistics(of corpus: Corpus) -> CorpusStatistics {
    var durations: [String: Double] = [:]
    for utterance in corpus.utterances {
      // A header that can't be read leaves the total out; `corpus check` says what is wrong with the file.
      if let duration = try? AudioFile.probe(utterance.audio).duration { durations[utterance.fileName] = duration }
    }
    return CorpusStatistics(of: corpus, durations: durations.count == corpus.utterances.count ? durations : nil)
  }

  /// Divides a corpus into speaker-disjoint folds and writes them beside its labels.
  public static func folds(_ folder: URL, count: Int, seed: UInt64, name: String?) throws -> CommandResult {
    let corpus = try Corpus(contentsOf: folder, including: [])
    let folds = try SpeakerFolds(of: corpus, count: count, seed: seed)
    let url = try folds.write(to: corpus, name: name)
    struct Summary: Encodable {
      let file: String
      let folds: [[String]]
      let utterances: [Int]
      let withoutSpeaker: [String]
    }
    let members = (0..<folds.count).map { fold in folds.assignments.filter { $0.fold == fold } }
    let summary = Summary(
      file: url.path, folds: members.map { Set($0.map(\.speaker)).sorted() }, utterances: members.map(\.count),
      withoutSpeaker: folds.withoutSpeaker)
    var lines = zip(summary.folds, summary.utterances).enumerated().map {
      "fold \($0): \($1.1) utterances of \($1.0.count) speakers (\($1.0.joined(separator: " ")))"
    }
    if !folds.withoutSpeaker.isEmpty {
      lines.append("in no fold: \(folds.withoutSpeaker.count) utterances of unknown speakers")
    }
    return try CommandResult(text: (lines + ["written: \(url.path)"]).joined(separator: "\n"), json: summary)
  }
}
