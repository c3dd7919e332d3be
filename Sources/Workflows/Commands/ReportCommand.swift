import Basics
import Emotion
import Evaluation
public import Foundation

/// `affect report`
public struct ReportCommand {
  private let run: URL
  private let split: String?
  private let corpus: URL?
  private let output: URL?
  private let resamples: Int
  private let groups: [String]
  private let cluster: String?
  private let report: (Notice) -> Void

  /// A report of a run's folder.
  ///
  /// - Parameters:
  ///   - split: the predictions to judge; nil takes the test split
  ///   - corpus: where the corpus lies now; nil takes it from the run
  ///   - output: the page; nil is `RUN/report.html`, beside which `RUN/report/` holds charts and tables
  ///   - groups: further columns of the labels to group by
  ///   - cluster: the column of whole groups to draw; nil draws speakers where there are 20, and utterances otherwise
  public init(
    _ run: URL, split: String?, corpus: URL?, output: URL?, resamples: Int = 1000, groups: [String] = [],
    cluster: String? = nil, report: @escaping (Notice) -> Void
  ) {
    self.run = run
    self.split = split
    self.corpus = corpus
    self.output = output
    self.resamples = resamples
    self.groups = groups
    self.cluster = cluster
    self.report = report
  }

  /// Judges the run and writes the page.
  public func callAsFunction() throws -> CommandResult {
    let judged = try JudgedRun(run, split: split, corpus: corpus)
    report(.line("judging \(judged.clips.count) predictions of \(judged.split)"))
    let resampling = judged.resampling(count: resamples, cluster: cluster, seed: 0)
    let judgement = try Judgement(
      judged.clips, resampling, balancedSubsets: judged.clips.classified.isEmpty ? nil : 0,
      groupings: judged.groupings(also: groups, report: report))
    let calibrated = try judged.calibration().map { try CalibratedJudgement($0, of: judged.clips, resampling) }
    let page = output ?? run.appending(path: "report.html")
    let exports = page.deletingPathExtension()
    try RunReport(try content(judged, judgement), judgement: judgement, calibrated: calibrated)
      .write(to: page, exports: exports)
    struct Result: Encodable {
      let report: String
      let exports: String
      let judgement: Judgement
    }
    return try CommandResult(
      text: judgement.text + "\nreport: \(page.path)\ncharts and tables: \(exports.path)",
      json: Result(report: page.path, exports: exports.path, judgement: judgement))
  }

  private func content(_ judged: JudgedRun, _ judgement: Judgement) throws -> RunReport.Content {
    let corpus = judged.corpusName
    return try RunReport.Content(
      title: "\(judged.name)\(corpus.map { " on \($0)" } ?? "")",
      summary: "\(try judged.system()) evaluated on \(judged.evaluatedOn)",
      speech: .init(
        origin: judged.record?.isSynthetic == true ? .synthetic : .recorded,
        description: corpus.map { "Corpus \($0)." } ?? ""),
      figures: figures(judgement), facts: try judged.facts(), history: try judged.history(),
      models: try judged.models(),
      evaluatedOn: judged.evaluatedOn,
      evaluation: judgement.classes, hardest: HardestClips.clips(judged),
      tables: SystemTable.reported(run), notes: notes(judged, judgement),
      command: "affect report \(run.relativePath)")
  }

  /// Headline figures with their intervals.
  private func figures(_ judgement: Judgement) -> [RunReport.Figure] {
    func figure(_ key: String, _ name: String) -> RunReport.Figure? {
      guard let value = judgement.metrics[key] else { return nil }
      let interval = judgement.intervals[key].map { "\(decimals($0.low)) to \(decimals($0.high))" }
      return .init(name: name, value: decimals(value), note: interval ?? "no interval")
    }
    var found = [
      figure("macroF1", "Macro-F1"), figure("uar", "UAR"), figure("accuracy", "Accuracy"),
      figure("ece", "Calibration error"),
    ].compactMap(\.self)
    if let bs = judgement.classes?.balancedSubsetF1 {
      found.insert(
        .init(
          name: "BS-F1", value: decimals(bs.mean),
          note: "\(decimals(bs.lowest)) to \(decimals(bs.highest)) over \(bs.subsets) subsets"), at: min(3, found.count)
      )
    }
    let attributes = ["arousal", "valence", "dominance"].compactMap { figure("ccc.\($0)", "CCC \($0)") }
    return found + attributes
  }

  private func notes(_ judged: JudgedRun, _ judgement: Judgement) -> [String] {
    var notes = ["Ranges under the figures are \(judgement.method)."]
    let speakers = Set(judged.clips.columns["SpkrID"] ?? []).subtracting(["", "Unknown"]).count
    if (1..<JudgedRun.fewestSpeakers).contains(speakers) {
      notes.append(
        "With \(speakers) speakers the intervals say how other utterances of these speakers would score, not other speakers."
      )
    }
    if judged.record?.isSynthetic == true {
      notes.append("The speech is synthetic: nothing here says how well the system recognises people.")
    }
    if judgement.classes?.perClass.count != 8 {
      notes.append(
        "Macro-F1 is over the \(judgement.classes?.perClass.count ?? 0) classes that occur; papers on MSP-Podcast have eight."
      )
    }
    return notes
  }
}
