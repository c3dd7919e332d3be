public import Foundation

/// Looks a corpus through and reports everything that is wrong with it, not only the first thing. Changes nothing.
public struct CorpusCheck: Sendable {
  /// Audio shorter than this many seconds is reported.
  public var shortest = 0.5
  /// Audio longer than this many seconds is reported; encoders take 30 s at once.
  public var longest = 30.0
  /// How many audio files are read at a time.
  public var concurrency = ProcessInfo.processInfo.activeProcessorCount
  private let probe: AudioProbe?

  /// A check that opens audio with `probe`; with nil, audio files are compared and counted but not decoded.
  public init(probe: AudioProbe?) { self.probe = probe }

  /// Checks the corpus in a folder. What is wrong with the corpus is in the report; thrown is only what prevents a check,
  /// such as a folder that is missing or can't be listed (`CorporaError`), or cancellation.
  public func run(
    on folder: URL, progress: @escaping @Sendable (CorpusProgress) -> Void = { _ in }
  ) async throws -> CheckReport {
    let tables = try LabelTables(folder: folder, includingRatings: true)
    var report = CheckReport(
      corpus: folder.path, utterances: tables.rows.count, findings: tables.findings, durations: [:])
    report.findings += Self.speakers(tables.rows)
    report.findings += try TranscriptCheck(folder: folder, rows: tables.rows).run(progress: progress)
    let audio = AudioCheck(
      folder: folder, rows: tables.rows, shortest: shortest, longest: longest, concurrency: concurrency, probe: probe)
    let heard = try await audio.run(progress: progress)
    report.findings += heard.findings
    report.durations = heard.durations
    return report
  }

  /// Speakers in two splits and speakers of two genders.
  static func speakers(_ rows: [LabelTables.Row]) -> [Finding] {
    struct Seen {
      var splits: [Split: Int] = [:]
      var genders: [Gender: Int] = [:]
    }
    var seen = [String: Seen]()
    for row in rows {
      guard let speaker = row.speaker else { continue }
      if let split = row.split, seen[speaker]?.splits[split] == nil {
        seen[speaker, default: Seen()].splits[split] = row.line
      }
      if row.gender != .unknown, seen[speaker]?.genders[row.gender] == nil {
        seen[speaker, default: Seen()].genders[row.gender] = row.line
      }
    }
    var findings = [Finding]()
    for (speaker, seen) in seen.sorted(by: { $0.key < $1.key }) {
      if seen.splits.count > 1 {
        let splits = Split.allCases.filter { seen.splits[$0] != nil }
        let leaks = splits.contains(where: \.isTest) && splits.contains { !$0.isTest }
        findings.append(
          Finding(
            leaks ? .error : .warning, .speakerInTwoSplits, file: CorpusLayout.consensus, row: seen.splits.values.max(),
            column: "SpkrID", value: speaker,
            message: "the speaker \(speaker) is in \(splits.map(\.rawValue).joined(separator: " and ")); "
              + "a speaker belongs in one split"))
      }
      if seen.genders.count > 1 {
        findings.append(
          Finding(
            .warning, .speakerOfTwoGenders, file: CorpusLayout.consensus, row: seen.genders.values.max(),
            column: "Gender", value: speaker, message: "the speaker \(speaker) is Female and Male; one must be wrong"))
      }
    }
    return findings
  }
}
