import Foundation

/// The curves of a run's history: losses in one chart, scores from 0 to 1 in another.
struct TrainingCurves {
  let records: [TrainingRecord]

  init(_ records: [TrainingRecord]) { self.records = records }

  /// The section of a page.
  var section: Page.Section {
    let keys = Set(records.flatMap(\.values.keys)).sorted()
    let losses = keys.filter { $0.lowercased().contains("loss") }.sorted { Self.rank($0) < Self.rank($1) }
    let scores = keys.filter(Self.isScore).sorted { Self.rank($0) < Self.rank($1) }
    let shown = losses.prefix(LineChart.styles) + scores.prefix(LineChart.styles)
    var charts: [Page.Chart] = []
    if !losses.isEmpty { charts.append(chart("Loss", Array(losses.prefix(LineChart.styles)), best: false)) }
    if !scores.isEmpty { charts.append(chart("Scores", Array(scores.prefix(LineChart.styles)), best: true)) }
    let table = Page.Table(
      title: "Every epoch", columns: (hasStages ? ["Stage"] : []) + ["Epoch"] + shown.map(Self.name),
      rows: records.map { record in
        let cells = shown.map { record.values[$0].map { String(format: "%.4f", $0) } ?? "–" }
        return (hasStages ? [record.stage ?? "–"] : []) + ["\(record.epoch)"] + cells
      })
    return Page.Section(id: "training", title: "How it learned", charts: charts, tables: [table])
  }

  private var hasStages: Bool { Set(records.map(\.stage)).count > 1 }

  private var stages: [(position: Int, name: String)] {
    guard hasStages else { return [] }
    return records.indices.compactMap { index in
      guard index == 0 || records[index].stage != records[index - 1].stage else { return nil }
      return records[index].stage.map { (index, Int($0) == nil ? $0 : "stage \($0)") }
    }
  }

  private func chart(_ title: String, _ keys: [String], best: Bool) -> Page.Chart {
    let series = keys.map { key in
      LineChart.Series(name: Self.name(key), values: records.map { $0.values[key] })
    }
    let chart = LineChart(
      label: "\(title) by epoch: \(series.map(\.name).joined(separator: ", "))", series: series,
      positions: records.map { "\($0.epoch)" }, stages: stages, range: best ? 0...1 : nil, marksBest: best)
    return Page.Chart(
      title: title, note: "",
      legend: series.enumerated().map { .init(name: $0.element.name, style: $0.offset % LineChart.styles) },
      svg: chart.markup())
  }

  private static func isScore(_ key: String) -> Bool {
    let lower = key.lowercased()
    return ["f1", "uar", "accuracy", "ccc"].contains { lower.contains($0) }
  }

  /// Development before training, Macro-F1 first among scores; for losses, training first.
  private static func rank(_ key: String) -> (Int, Int, String) {
    let lower = key.lowercased()
    let isTraining = lower.hasPrefix("train")
    if lower.contains("loss") { return (isTraining ? 0 : 1, lower.count, lower) }
    return (isTraining ? 1 : 0, lower.contains("macrof1") || lower.contains("macro_f1") ? 0 : 1, lower)
  }

  /// `devMacroF1` and `dev_macro_f1` as `dev macro F1`.
  static func name(_ key: String) -> String {
    var words: [String] = [""]
    var previous: Character = "A"
    for character in key {
      if character == "_" || character == "." || character == "/" || character == " " {
        words.append("")
      } else {
        if character.isUppercase, !previous.isUppercase { words.append("") }
        words[words.count - 1].append(character)
      }
      previous = character
    }
    let upper: Set<String> = ["f1", "uar", "ccc"]
    return words.filter { !$0.isEmpty }.map { upper.contains($0.lowercased()) ? $0.uppercased() : $0.lowercased() }
      .joined(separator: " ")
  }
}
