import Emotion
import Foundation

/// The sections of a page that show a judgement.
struct JudgementSections {
  let judgement: Judgement
  /// What was evaluated, in words.
  let evaluatedOn: String
  /// The same predictions after the calibration that the bundle carries; nil where it carries none.
  var calibrated: CalibratedJudgement?

  var all: [Page.Section] {
    var sections = [classes, reliability, rankings].compactMap(\.self) + groups
    sections += [votes, attributes].compactMap(\.self)
    sections.append(published)
    return sections
  }

  private var classes: Page.Section? {
    guard let report = judgement.classes else { return nil }
    var section = RunReport.confusionSection(report, evaluatedOn: evaluatedOn)
    section.tables.insert(headline, at: 0)
    return section
  }

  /// Every metric with its interval.
  private var headline: Page.Table {
    var rows: [[String]] = []
    for (key, name) in Judgement.headlines {
      guard let value = judgement.metrics[key] else { continue }
      let interval = judgement.intervals[key]
      rows.append([name, four(value), interval.map { four($0.low) } ?? "–", interval.map { four($0.high) } ?? "–"])
    }
    if let bs = judgement.classes?.balancedSubsetF1 {
      rows.append(["BS-F1 (mean and range of \(bs.subsets) subsets)", four(bs.mean), four(bs.lowest), four(bs.highest)])
    }
    return Page.Table(
      title: "All metrics with intervals", columns: ["Metric", "Value", "Low", "High"], rows: rows,
      note: judgement.method)
  }

  private var reliability: Page.Section? {
    guard let reliability = judgement.reliability else { return nil }
    let total = Double(max(reliability.bins.reduce(0) { $0 + $1.count }, 1))
    let filled = reliability.bins.filter { $0.count > 0 }
    var series = [
      XYChart.Series(name: "as trained", points: filled.map { ($0.confidence, $0.accuracy) }, style: 0, radius: 4)
    ]
    if let after = calibrated?.judgement.reliability {
      let points = after.bins.filter { $0.count > 0 }.map { ($0.confidence, $0.accuracy) }
      series.append(.init(name: "calibrated", points: points, style: 1, radius: 4))
    }
    let chart = XYChart(
      label: "Reliability: expected calibration error \(three(reliability.expectedError))", horizontal: "confidence",
      vertical: "share right", series: series, diagonal: true,
      bars: reliability.bins.map { ($0.low, $0.high, Double($0.count) / total) })
    var section = Page.Section(
      id: "reliability", title: "Can its confidence be trusted?",
      about:
        "A system is calibrated when of the predictions it is 70 % sure of, 70 % are right. The expected calibration "
        + "error is \(three(reliability.expectedError)).",
      charts: [
        .init(
          title: "Reliability", note: "line: share right by confidence · dashed: perfect · bars: share of predictions",
          legend: series.count > 1 ? series.map { .init(name: $0.name, style: $0.style) } : [], svg: chart.markup())
      ],
      tables: [
        .init(
          title: "Reliability by bin", columns: ["Confidence", "Count", "Mean confidence", "Share right"],
          rows: filled.map {
            ["\(three($0.low)) to \(three($0.high))", "\($0.count)", three($0.confidence), three($0.accuracy)]
          })
      ])
    if let calibrated { section.tables.insert(calibrated.table(before: judgement), at: 0) }
    if let selective = judgement.selective {
      let worst = max(selective.curve.map(\.risk).max() ?? 1, 0.05)
      let chart = XYChart(
        label: "Risk by coverage", horizontal: "share answered (coverage)", vertical: "share wrong (risk)",
        series: [
          .init(name: "risk", points: XYChart.thinned(selective.curve.map { ($0.coverage, $0.risk) }), style: 0)
        ], top: min(1, (worst * 10).rounded(.up) / 10))
      section.charts.append(
        .init(
          title: "If it may stay silent",
          note: "share of wrong answers among the surest · area \(three(selective.area)), best possible "
            + three(selective.bestArea), svg: chart.markup()))
      let shares = [0.25, 0.5, 0.75, 0.9, 1]
      section.tables.append(
        .init(
          title: "Risk by coverage", columns: ["Answered", "Wrong among them"],
          rows: shares.compactMap { share in selective.risk(at: share).map { [percent(share), three($0)] } }))
    }
    return section
  }

  private var rankings: Page.Section? {
    guard let rankings = judgement.rankings else { return nil }
    let clips = judgement.clips
    let scored = clips.scored
    // Few classes to a drawing: the curves of eight can't be told apart.
    var charts: [Page.Chart] = []
    let shown = clips.classes.indices.filter { rankings[clips.classes[$0].rawValue]?.auroc != nil }
    for part in stride(from: 0, to: shown.count, by: 4) {
      let some = Array(shown[part..<min(part + 4, shown.count)])
      var (roc, pr): ([XYChart.Series], [XYChart.Series]) = ([], [])
      for (style, place) in some.enumerated() {
        let name = clips.classes[place].rawValue
        let ranking = try? RankMetrics(
          scores: scored.probabilities.map { $0[place] }, isOfClass: scored.labels.map { $0 == place })
        let curve = ranking?.curve ?? []
        roc.append(
          .init(
            name: name, points: XYChart.thinned([(0, 0)] + curve.map { ($0.falsePositiveRate, $0.recall) }),
            style: style))
        pr.append(.init(name: name, points: XYChart.thinned(curve.map { ($0.recall, $0.precision) }), style: style))
      }
      let names = some.map { clips.classes[$0].rawValue }
      let legend = names.enumerated().map { Page.Legend(name: $0.element, style: $0.offset) }
      let list = names.joined(separator: ", ")
      charts.append(
        .init(
          title: "ROC: \(list)", note: "", legend: legend,
          svg: XYChart(
            label: "ROC curves of \(list)", horizontal: "share of others above", vertical: "share of class above",
            series: roc, diagonal: true
          ).markup()))
      charts.append(
        .init(
          title: "Precision and recall: \(list)", note: "", legend: legend,
          svg: XYChart(
            label: "Precision by recall of \(list)", horizontal: "recall", vertical: "precision", series: pr
          ).markup()))
    }
    let rows = clips.classes.map(\.rawValue).map { name in
      [name, rankings[name]?.auroc.map(four) ?? "–", rankings[name]?.averagePrecision.map(four) ?? "–"]
    }
    return Page.Section(
      id: "classes", title: "How well each class is told from the others",
      about:
        "Whatever the threshold: each class's probability ranks all clips, and the curves show what is found on the "
        + "way down.",
      charts: charts,
      tables: [.init(title: "Areas by class", columns: ["Class", "AUROC", "Average precision"], rows: rows)])
  }

  private var groups: [Page.Section] {
    guard !judgement.groups.isEmpty else { return [] }
    var section = Page.Section(
      id: "groups", title: "For whom it works",
      about:
        "Macro-F1 of each group, over the classes that the group has. A star marks a gap to all others whose interval "
        + "excludes zero. \(judgement.method).")
    for report in judgement.groups {
      // Of many groups, such as speakers, the drawing shows those furthest from the rest.
      let order =
        report.groups.count <= IntervalBars.most
        ? report.groups
        : Array(report.groups.sorted { abs($0.macroF1.gap ?? 0) > abs($1.macroF1.gap ?? 0) }.prefix(IntervalBars.most))
      let chart = IntervalBars(
        label: "Macro-F1 by \(report.name)",
        bars: order.map {
          .init(
            name: $0.name, note: "n = \($0.count)", value: $0.macroF1.value, interval: $0.macroF1.interval,
            isFlagged: $0.macroF1.isFlagged)
        })
      let cut = order.count < report.groups.count ? " · the \(order.count) furthest from the rest" : ""
      section.charts.append(
        .init(title: "By \(report.name)", note: "bars: Macro-F1 with interval\(cut)", svg: chart.markup()))
      section.tables.append(
        .init(
          title: "By \(report.name)",
          columns: [
            "Group", "Count", "Macro-F1", "Low", "High", "Gap", "Gap low", "Gap high", "Flag", "UAR", "Accuracy",
          ],
          rows: report.groups.map { group in
            let score = group.macroF1
            return [
              group.name, "\(group.count)", four(score.value), score.interval.map { four($0.low) } ?? "–",
              score.interval.map { four($0.high) } ?? "–", score.gap.map(four) ?? "–",
              score.gapInterval.map { four($0.low) } ?? "–", score.gapInterval.map { four($0.high) } ?? "–",
              score.isFlagged ? "*" : "", four(group.uar.value), four(group.accuracy.value),
            ]
          }, note: report.unitNote ?? ""))
    }
    return [section]
  }

  /// The soft-label scatter: the share of raters who voted for a class against the probability given to it.
  static func votesChart(_ judgement: Judgement, title: String) -> Page.Chart? {
    let clips = judgement.clips
    guard judgement.voted > 0, !clips.classes.isEmpty else { return nil }
    let width = clips.classes.count
    var points: [(x: Double, y: Double, name: String)] = []
    for row in 0..<clips.count where !clips.votes[row * 8].isNaN {
      for (column, emotion) in clips.classes.enumerated() {
        let share = clips.votes[row * 8 + emotion.index]
        let given = clips.probabilities[row * width + column]
        // Most shares and probabilities are both near nothing, which says nothing.
        if share > 0 || given > 0.05 { points.append((share, given, "\(clips.names[row]), \(emotion.rawValue)")) }
      }
    }
    let chart = Scatter(
      label: "Probability of a class by the share of raters who voted for it", horizontal: "share of the raters' votes",
      vertical: "probability", points: points, range: 0...1)
    return .init(title: title, note: "dashed: as sure as the raters", svg: chart.markup())
  }

  private var votes: Page.Section? {
    guard let chart = Self.votesChart(judgement, title: "Votes and probabilities") else { return nil }
    let kl = judgement.metrics["klDivergence"] ?? .nan
    let js = judgement.metrics["jsDivergence"] ?? .nan
    return Page.Section(
      id: "votes", title: "Does it doubt where people doubt?",
      about:
        "Each point is one class of one clip with votes (\(judgement.voted) clips). Divergence from the voters: KL "
        + "\(three(kl)), Jensen-Shannon \(three(js)) nats.",
      charts: [chart])
  }

  /// A scatter of each attribute; `owner` ends its title.
  static func attributeCharts(_ judgement: Judgement, of owner: String = "") -> [Page.Chart] {
    Attribute.allCases.compactMap { attribute in
      guard let score = judgement.attributes?[attribute.rawValue], let pair = judgement.clips.attributes[attribute]
      else { return nil }
      let points = pair.rated.indices.filter { !pair.rated[$0].isNaN && !pair.predicted[$0].isNaN }.map {
        (x: pair.rated[$0], y: pair.predicted[$0], name: judgement.clips.names[$0])
      }
      let name = attribute.rawValue
      let interval = judgement.intervals["ccc.\(name)"]
      return .init(
        title: name.prefix(1).uppercased() + name.dropFirst() + owner,
        note: "CCC \(score.ccc.map(three) ?? "not defined")"
          + (interval.map { " [\(three($0.low)), \(three($0.high))]" } ?? ""),
        svg: Scatter(
          label: "Predicted \(name) by rated \(name)\(owner)", horizontal: "rated", vertical: "predicted",
          points: points, range: Attribute.scale
        ).markup())
    }
  }

  private var attributes: Page.Section? {
    guard let scores = judgement.attributes else { return nil }
    let rows = Attribute.allCases.compactMap { attribute -> [String]? in
      guard let score = scores[attribute.rawValue] else { return nil }
      return [attribute.rawValue] + [score.ccc, score.pearson, score.rmse].map { $0.map(four) ?? "–" }
        + ["\(score.count)"]
    }
    return .init(
      id: "attributes", title: "Arousal, valence, dominance",
      about: "Predicted values against the raters' means, from 1 to 7.", charts: Self.attributeCharts(judgement),
      tables: [
        .init(title: "Agreement by attribute", columns: ["Attribute", "CCC", "Pearson", "RMSE", "Count"], rows: rows)
      ])
  }

  private var published: Page.Section {
    var rows: [[String]] = []
    if let report = judgement.classes {
      rows.append(["this run", evaluatedOn, three(report.macroF1), three(report.accuracy)])
      if let bs = report.balancedSubsetF1 { rows.append(["this run", "BS-F1", three(bs.mean), "–"]) }
    }
    return PublishedFigures.section(beside: rows)
  }
}

extension PublishedFigures {
  /// The published figures below those of runs: the system, what was evaluated, Macro-F1, accuracy.
  static func section(beside runs: [[String]]) -> Page.Section {
    let rows = runs + all.map { [$0.system, $0.what, three($0.macroF1), $0.accuracy.map(three) ?? "–"] }
    return Page.Section(
      id: "published", title: "Beside the published systems",
      about:
        "The two systems that led the Interspeech 2025 challenge, as published. Their figures are for the eight classes "
        + "of MSP-Podcast: only a run on the same split can be held against them.",
      tables: [
        .init(
          title: "Published figures", columns: ["System", "Evaluated on", "Macro-F1", "Accuracy"], rows: rows,
          isOpen: true)
      ])
  }
}

/// Four decimals, the same in every locale.
func four(_ value: Double) -> String { String(format: "%.4f", value) }
