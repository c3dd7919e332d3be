import Emotion

/// What a comparison draws: the curves of the systems over each other, and how they were made.
extension ComparisonReport {
  /// The systems' places, a few at a time.
  private var parts: [[Int]] {
    LineChart.parts(comparison.systems.count).map(Array.init)
  }

  private func names(_ part: [Int]) -> String {
    parts.count == 1 ? "" : ": " + part.map { comparison.systems[$0].name }.joined(separator: ", ")
  }

  private func legend(_ part: [Int]) -> [Page.Legend] {
    part.enumerated().map { .init(name: comparison.systems[$1].name, style: $0) }
  }

  /// Curves over the unit square of the systems, a chart for each few of them.
  private func charts(
    _ title: String, note: String, horizontal: String, vertical: String, diagonal: Bool = false, radius: Double = 0,
    points: (Judgement) -> [(x: Double, y: Double)]?
  ) -> [Page.Chart] {
    parts.compactMap { part in
      let series = part.enumerated().compactMap { style, place in
        points(judgements[place]).map {
          XYChart.Series(
            name: comparison.systems[place].name, points: XYChart.thinned($0), style: style, radius: radius)
        }
      }
      guard !series.isEmpty else { return nil }
      return .init(
        title: title + names(part), note: note, legend: legend(part),
        svg: XYChart(
          label: "\(title) of \(series.map(\.name).joined(separator: ", "))", horizontal: horizontal,
          vertical: vertical, series: series, diagonal: diagonal
        ).markup())
    }
  }

  /// How the systems learned, epoch by epoch.
  var training: Page.Section? {
    ModelCurves(models: zip(comparison.systems, details).map { ($0.name, $1.history) }).section(
      title: "How they learned")
  }

  /// Confidence of the systems: reliability, and what silence would gain.
  var reliability: Page.Section? {
    let reliable = charts(
      "Reliability", note: "dashed: perfect", horizontal: "confidence", vertical: "share right", diagonal: true,
      radius: 3
    ) { judgement in
      judgement.reliability.map { $0.bins.filter { $0.count > 0 }.map { ($0.confidence, $0.accuracy) } }
    }
    guard !reliable.isEmpty else { return nil }
    let silent = charts(
      "If they may stay silent", note: "share of wrong answers among the surest",
      horizontal: "share answered (coverage)", vertical: "share wrong (risk)"
    ) { $0.selective.map { $0.curve.map { ($0.coverage, $0.risk) } } }
    let shares = [0.25, 0.5, 0.75, 0.9, 1]
    return .init(
      id: "reliability", title: "Can their confidence be trusted?", charts: reliable + silent,
      tables: [
        .init(
          title: "Risk by coverage", columns: ["Answered"] + comparison.systems.map(\.name),
          rows: shares.map { share in
            [percent(share)] + judgements.map { $0.selective?.risk(at: share).map(three) ?? "–" }
          })
      ])
  }

  /// How each class is told from the others.
  var rankings: Page.Section? {
    var seen: [EmotionClass] = []
    for emotion in EmotionClass.allCases
    where judgements.contains(where: { $0.rankings?[emotion.rawValue]?.auroc != nil }) {
      seen.append(emotion)
    }
    guard !seen.isEmpty else { return nil }
    let drawn = seen.flatMap { emotion in
      charts(
        "ROC of \(emotion.rawValue)", note: "dashed: chance", horizontal: "share of others above",
        vertical: "share of class above", diagonal: true
      ) { judgement in
        let scored = judgement.clips.scored
        guard let place = judgement.clips.classes.firstIndex(of: emotion),
          let found = try? RankMetrics(
            scores: scored.probabilities.map { $0[place] }, isOfClass: scored.labels.map { $0 == place })
        else { return nil }
        return [(0, 0)] + found.curve.map { ($0.falsePositiveRate, $0.recall) }
      }
    }
    let rows = seen.map { emotion in
      [emotion.rawValue]
        + judgements.flatMap { judgement in
          let found = judgement.rankings?[emotion.rawValue]
          return [found?.auroc, found?.averagePrecision].map { $0.map(four) ?? "–" }
        }
    }
    return .init(
      id: "rankings", title: "How well each class is told from the others", charts: drawn,
      tables: [
        .init(
          title: "Areas by class",
          columns: ["Class"] + comparison.systems.flatMap { ["\($0.name): AUROC", "\($0.name): average precision"] },
          rows: rows)
      ])
  }

  /// The soft-label scatters.
  var votes: Page.Section? {
    let drawn = zip(comparison.systems, judgements).compactMap { system, judgement in
      JudgementSections.votesChart(judgement, title: "Votes and probabilities of \(system.name)")
    }
    guard !drawn.isEmpty else { return nil }
    return .init(
      id: "votes", title: "Do they doubt where people doubt?", about: "Each point is one class of one clip with votes.",
      charts: drawn)
  }

  /// Arousal, valence and dominance of each system.
  var attributes: Page.Section? {
    let drawn = zip(comparison.systems, judgements).flatMap { system, judgement in
      JudgementSections.attributeCharts(judgement, of: " of \(system.name)")
    }
    guard !drawn.isEmpty else { return nil }
    return .init(
      id: "attributes", title: "Arousal, valence, dominance",
      about: "Predicted values against the raters' means, from 1 to 7.", charts: drawn)
  }

  /// The systems above the published figures.
  var published: Page.Section? {
    var rows: [[String]] = []
    for (system, judgement) in zip(comparison.systems, judgements) {
      guard let f1 = system.metrics["macroF1"], let accuracy = system.metrics["accuracy"] else { continue }
      rows.append([system.name, evaluatedOn, three(f1), three(accuracy)])
      if let bs = judgement.classes?.balancedSubsetF1 { rows.append([system.name, "BS-F1", three(bs.mean), "–"]) }
    }
    return rows.isEmpty ? nil : PublishedFigures.section(beside: rows)
  }

  /// What no system gets right.
  var hardestClips: Page.Section? {
    guard !hardest.isEmpty else { return nil }
    return .init(
      id: "hardest", title: "Where they all go wrong",
      about:
        "Clips that no system gets right. The columns are the mean of the systems' probabilities; filled: its greatest. "
        + "Underlined: the clip's label.",
      clips: hardest.map(RunReport.clip))
  }

  /// What was run, side by side, and what differs in the recipes.
  var made: Page.Section? {
    var seen: [String] = []
    for fact in details.flatMap(\.facts) where !seen.contains(fact.name) { seen.append(fact.name) }
    guard !seen.isEmpty else { return nil }
    let columns = comparison.systems.map(\.name)
    var tables = [
      Page.Table(
        title: "What was run", columns: ["Fact"] + columns,
        rows: seen.map { name in
          [name] + details.map { detail in detail.facts.first { $0.name == name }?.value ?? "–" }
        }, isOpen: true)
    ]
    let keys = Set(details.flatMap(\.settings.keys)).sorted().filter { key in
      Set(details.map { $0.settings[key] }).count > 1
    }
    if !keys.isEmpty {
      tables.append(
        .init(
          title: "Settings that differ", columns: ["Setting"] + columns,
          rows: keys.map { key in [key] + details.map { $0.settings[key] ?? "–" } }, isOpen: true))
    }
    return .init(id: "facts", title: "What was run", tables: tables)
  }
}
