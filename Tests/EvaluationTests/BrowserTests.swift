import Emotion
import Evaluation
import Foundation
import TestSupport
import Testing

/// The pages in a real browser, headless: nothing is fetched, nothing is said on the console, no text is cut or overlaps at
/// the widths of a phone, a laptop and a large screen, contrast is AA, and the keyboard reaches every control.
@Suite struct BrowserTests {
  static let browser = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  static let comment: Comment = "needs Chromium, which scripts/setup.sh --peers installs on Debian"

  /// A run with everything that a page can show.
  static func pages() throws -> (run: RunReport, comparison: ComparisonReport) {
    let (first, clips) = try judgement(seed: 11)
    let (second, other) = try judgement(seed: 12)
    var content = try SampleReport.content()
    let tone = (0..<16_000).map { Float(sin(Double($0) * 0.05) * 0.4) }
    let frames = (0..<200).map { frame in (0..<80).map { band in Float(sin(Double(frame * band) / 300)) } }
    content.hardest = content.clips.prefix(3).map { clip in
      var clip = clip
      clip.note = "Hardest: its own class got less than 1 %. The first 6 s."
      clip.audio = ToneCorpus.wav(tone)
      clip.spectrogram = Spectrogram(frames: frames, seconds: 2)
      return clip
    }
    let comparison = try Comparison(
      [("cross-modal-wce", clips), ("a run with a rather long name", other)], Resampling(count: 100), rounds: 200)
    let scored = clips.scored
    let calibration = Calibration(
      classes: clips.classes,
      method: try .fitting("temperature", probabilities: scored.probabilities, labels: scored.labels),
      conformal: try ConformalSets(
        fitting: .overall, coverage: 0.9, probabilities: scored.probabilities, labels: scored.labels))
    let details = ["1e-3", "3e-3"].map { rate in
      ComparisonReport.Details(
        history: content.history, facts: content.facts,
        settings: ["training.stages.0.learning_rate": rate, "seed": "1"])
    }
    return (
      RunReport(
        content, judgement: first, calibrated: try CalibratedJudgement(calibration, of: clips, Resampling(count: 50))),
      ComparisonReport(
        comparison, judgements: [first, second], details: details, hardest: content.hardest,
        evaluatedOn: "Evaluated on Test1.")
    )
  }

  static func judgement(seed: UInt64) throws -> (Judgement, JudgedClips) {
    var generator = CaseGenerator(state: seed)
    let classes = EmotionClass.allCases
    let list = classes.map(\.rawValue).joined(separator: ",")
    var predictions = ["FileName,\(list),EmoAct,EmoVal"]
    var labels = ["FileName,EmoClass,EmoAct,EmoVal,\(list),SpkrID,Gender"]
    for row in 0..<500 {
      // Both systems are scored on the same labels.
      var fixed = CaseGenerator(state: UInt64(row * 31 + 5))
      let truth = fixed.below(8)
      var scores = (0..<8).map { _ in generator.unit() * 0.4 }
      scores[truth] += generator.unit()
      let sum = scores.reduce(0, +)
      let rated = 1 + 6 * fixed.unit()
      var votes = [Double](repeating: 0, count: 8)
      for _ in 0..<5 { votes[fixed.below(3) == 0 ? fixed.below(8) : truth] += 0.2 }
      predictions.append(
        "clip-\(row).wav," + scores.map { "\($0 / sum)" }.joined(separator: ",")
          + ",\(rated + generator.unit() - 0.5),4")
      labels.append(
        "clip-\(row).wav,\(classes[truth].letter),\(rated),\(rated)," + votes.map { "\($0)" }.joined(separator: ",")
          + ",speaker-\(row % 30),\(row % 2 == 0 ? "Female" : "Male")")
    }
    let clips = try JudgedClips(
      PredictionColumns(csv: predictions.joined(separator: "\n")), LabelColumns(csv: labels.joined(separator: "\n")))
    let groupings = ["Gender", "SpkrID"].map { Grouping($0, texts: clips.columns[$0] ?? []) }
    return (
      try Judgement(clips, Resampling(count: 100), balancedSubsets: 1, groupings: groupings), clips
    )
  }

  @Test(.enabled(if: BrowserTests.browser != nil, BrowserTests.comment), .timeLimit(.minutes(2)))
  func pagesHoldInABrowser() throws {
    let scratch = try TemporaryFolder()
    let pages = try Self.pages()
    try pages.run.write(to: scratch("run.html"), exports: scratch("run"))
    try pages.comparison.write(to: scratch("comparison.html"), exports: scratch("comparison"))
    let script = try String(
      contentsOf: SharedData.repository.appending(path: "Tests/EvaluationTests/browser.py"), encoding: .utf8)
    let shots = ProcessInfo.processInfo.environment["AFFECT_SCREENSHOTS"] ?? scratch("shots").path
    let printed = try Peer.python(
      script, [Self.browser ?? "", shots, scratch("run.html").path, scratch("comparison.html").path])
    struct Found: Decodable {
      let checks: Int
      let problems: [String]
    }
    let found = try JSONDecoder().decode(Found.self, from: Data(printed.utf8))
    #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
    #expect(found.checks > 500, "the script looked at \(found.checks) things")
    // Every picture as SVG and every table as CSV.
    let files = scratch.files("run")
    #expect(files.count { $0.hasSuffix(".svg") } >= 14 && files.count { $0.hasSuffix(".csv") } >= 8, "\(files)")
    for file in files where file.hasSuffix(".svg") {
      let text = try scratch.text("run/\(file)")
      #expect(text.hasPrefix("<svg xmlns=") && text.contains("<style>") && XMLChecker(text).problem == nil, "\(file)")
    }
  }
}
