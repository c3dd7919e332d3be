public import Foundation

/// Several runs on one page: their figures side by side, and how sure the differences are.
public struct ComparisonReport: Sendable {
  /// The comparison.
  public let comparison: Comparison
  /// The judgement of each system, in the comparison's order.
  public let judgements: [Judgement]
  /// How each system was made, in the comparison's order; empty where nothing is known of it.
  public let details: [Details]
  /// Clips that no system gets right, with the mean of their probabilities.
  public let hardest: [RunReport.Clip]
  /// What was evaluated, in words.
  public let evaluatedOn: String

  /// How a system was made.
  public struct Details: Sendable {
    /// Its epochs.
    public var history: [TrainingRecord]
    /// What was run on what.
    public var facts: [RunReport.Fact]
    /// The recipe's settings by their path.
    public var settings: [String: String]

    /// Details as far as they are known.
    public init(
      history: [TrainingRecord] = [], facts: [RunReport.Fact] = [], settings: [String: String] = [:]
    ) {
      self.history = history
      self.facts = facts
      self.settings = settings
    }
  }

  /// A report of its parts.
  public init(
    _ comparison: Comparison, judgements: [Judgement], details: [Details] = [], hardest: [RunReport.Clip] = [],
    evaluatedOn: String
  ) {
    self.comparison = comparison
    self.judgements = judgements
    self.details = details
    self.hardest = hardest
    self.evaluatedOn = evaluatedOn
  }

  /// Writes the page aside, syncs it and renames it to `url`.
  ///
  /// - Parameter exports: a folder for every chart as SVG and every table as CSV.
  public func write(to url: URL, exports: URL? = nil) throws { try page.write(to: url, exports: exports) }

  /// The page with its sections.
  public var page: Page {
    let systems = comparison.systems
    let best = systems.filter { $0.metrics["macroF1"] != nil }.max {
      ($0.metrics["macroF1"] ?? 0) < ($1.metrics["macroF1"] ?? 0)
    }
    let lead =
      best.map {
        "\($0.name) has the highest Macro-F1, \(three($0.metrics["macroF1"] ?? 0)), of \(systems.count) systems on "
          + "\(comparison.count) utterances. \(evaluatedOn)"
      } ?? "\(systems.count) systems. \(evaluatedOn)"
    let figures = systems.map { system in
      let interval = system.intervals["macroF1"]
      return RunReport.Figure(
        name: system.name, value: system.metrics["macroF1"].map(three) ?? "–",
        note: "Macro-F1" + (interval.map { ", \(three($0.low)) to \(three($0.high))" } ?? ""))
    }
    return Page(
      brand: "Affect · comparison", title: systems.map(\.name).joined(separator: " · "), lead: lead, notice: nil,
      figures: figures,
      sections: [
        metrics, differences, training, perClass, confusion, reliability, rankings, groups, votes, attributes,
        published, hardestClips, made,
      ].compactMap(\.self))
  }

  private var metrics: Page.Section {
    let systems = comparison.systems
    let shown = ["macroF1", "uar", "accuracy"].filter { key in systems.contains { $0.metrics[key] != nil } }
    let charts = shown.map { key in
      let name = Comparison.name(key)
      return Page.Chart(
        title: name, note: "bars with interval",
        svg: IntervalBars(
          label: name,
          bars: systems.map {
            .init(name: $0.name, note: "", value: $0.metrics[key] ?? .nan, interval: $0.intervals[key])
          }
        ).markup())
    }
    let keys = Judgement.headlines.map(\.key) + Comparison.compared.filter { $0.hasPrefix("ccc") }
    let rows = keys.filter { key in systems.contains { $0.metrics[key] != nil } }.map { key in
      [Comparison.name(key)]
        + systems.map { system in
          let interval = system.intervals[key].map { " [\(three($0.low)), \(three($0.high))]" } ?? ""
          return (system.metrics[key].map(four) ?? "–") + interval
        }
    }
    return .init(
      id: "metrics", title: "Side by side", about: comparison.method, charts: charts,
      tables: [.init(title: "All metrics", columns: ["Metric"] + systems.map(\.name), rows: rows, isOpen: true)])
  }

  private var differences: Page.Section {
    var rows: [[String]] = []
    for pair in comparison.pairs {
      for key in Comparison.compared {
        guard let found = pair.differences[key] else { continue }
        rows.append([
          "\(pair.first) less \(pair.second)", Comparison.name(key), four(found.value),
          found.interval.map { "\(four($0.low)) to \(four($0.high))" } ?? "–", four(found.bootstrapP),
          four(found.bootstrapHolm), found.randomisationP.map(four) ?? "–", found.randomisationHolm.map(four) ?? "–",
        ])
      }
    }
    var tables = [
      Page.Table(
        title: "Differences",
        columns: [
          "Pair", "Metric", "Difference", "Interval", "p bootstrap", "Bootstrap, Holm", "p randomisation",
          "Randomisation, Holm",
        ],
        rows: rows, isOpen: true)
    ]
    let tested = comparison.pairs.compactMap { pair in pair.mcNemar.map { (pair, $0) } }
    if !tested.isEmpty {
      tables.append(
        .init(
          title: "McNemar's test of right and wrong",
          columns: ["Pair", "Right only by the first", "Right only by the second", "Exact p", "Holm"],
          rows: tested.map { pair, test in
            [
              "\(pair.first) and \(pair.second)", "\(test.onlyFirst)", "\(test.onlySecond)", four(test.exact),
              four(pair.mcNemarHolm ?? test.exact),
            ]
          }, isOpen: true))
    }
    return .init(
      id: "differences", title: "How sure are the differences",
      about:
        "Paired: both systems on the same resamples. Holm's correction runs over all pairs and metrics; below 0.05 a "
        + "difference is taken for more than chance.", tables: tables)
  }

  private var perClass: Page.Section? {
    var seen: [String] = []
    for name in judgements.flatMap({ $0.classes?.confusion.classes ?? [] }) where !seen.contains(name) {
      seen.append(name)
    }
    guard !seen.isEmpty else { return nil }
    let charts = seen.map { name in
      Page.Chart(
        title: "F1 of \(name)", note: "bars with interval",
        svg: IntervalBars(
          label: "F1 of \(name)",
          bars: comparison.systems.map { system in
            .init(
              name: system.name, note: "", value: system.metrics["perClass.\(name).f1"] ?? .nan,
              interval: system.intervals["perClass.\(name).f1"])
          }
        ).markup())
    }
    return .init(
      id: "classes", title: "Class by class", charts: charts,
      tables: [
        .init(
          title: "F1 by class", columns: ["Class"] + comparison.systems.map(\.name),
          rows: seen.map { name in
            [name] + comparison.systems.map { $0.metrics["perClass.\(name).f1"].map(four) ?? "–" }
          })
      ])
  }

  private var confusion: Page.Section? {
    let charts = zip(comparison.systems, judgements).compactMap { system, judgement -> Page.Chart? in
      guard let counts = judgement.classes?.confusion else { return nil }
      return .init(
        title: "Confusion of \(system.name)", note: "rows: labels · columns: predictions",
        svg: ConfusionHeatMap(confusion: ConfusionMatrix(square: counts.counts, classes: counts.classes)).markup())
    }
    return charts.isEmpty ? nil : .init(id: "confusion", title: "Which class is taken for which", charts: charts)
  }

  /// The groups of all systems, where there are any.
  private var groups: Page.Section? {
    let groupings = judgements.first?.groups.map(\.name) ?? []
    guard !groupings.isEmpty else { return nil }
    var section = Page.Section(
      id: "groups", title: "For whom they work",
      about: "Macro-F1 of each group, system by system. A star marks a gap to all others whose interval excludes zero.")
    for (place, name) in groupings.enumerated() {
      let names = judgements[0].groups[place].groups.map(\.name)
      for (system, judgement) in zip(comparison.systems, judgements) where names.count <= IntervalBars.most {
        let bars = judgement.groups[place].groups.map {
          IntervalBars.Bar(
            name: $0.name, note: "n = \($0.count)", value: $0.macroF1.value, interval: $0.macroF1.interval,
            isFlagged: $0.macroF1.isFlagged)
        }
        section.charts.append(
          .init(
            title: "\(system.name) by \(name)", note: "bars: Macro-F1 with interval",
            svg: IntervalBars(label: "Macro-F1 of \(system.name) by \(name)", bars: bars).markup()))
      }
      section.tables.append(
        .init(
          title: "By \(name)", columns: ["Group"] + comparison.systems.map(\.name),
          rows: names.map { group in
            [group]
              + judgements.map { judgement in
                guard judgement.groups.indices.contains(place),
                  let found = judgement.groups[place].groups.first(where: { $0.name == group })
                else { return "–" }
                return four(found.macroF1.value) + (found.macroF1.isFlagged ? " *" : "")
              }
          }, isOpen: true, note: judgements[0].groups[place].unitNote ?? ""))
    }
    return section
  }
}
