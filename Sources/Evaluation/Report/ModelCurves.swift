/// How several models learned: for each number of their histories the curves of a few models over each other.
struct ModelCurves {
  let models: [(name: String, history: [TrainingRecord])]

  /// The section of a page; nil where nobody wrote a history.
  func section(title: String) -> Page.Section? {
    let charts = ["devMacroF1", "devUAR", "devLoss", "trainLoss"].flatMap { key in
      // A model keeps its place, and with it its line, in a chart of a number that it does not have.
      LineChart.parts(models.count).map { models[$0] }
        .filter { $0.contains { $0.history.contains { $0.values[key] != nil } } }
        .map { chart(key, Array($0)) }
    }
    guard !charts.isEmpty else { return nil }
    return .init(id: "training", title: title, about: "Epochs are counted through all stages.", charts: charts)
  }

  private func chart(_ key: String, _ part: [(name: String, history: [TrainingRecord])]) -> Page.Chart {
    let epochs = part.map(\.history.count).max() ?? 0
    let title = TrainingCurves.name(key)
    return Page.Chart(
      title: part.count == models.count ? title : "\(title): \(part.map(\.name).joined(separator: ", "))", note: "",
      legend: part.enumerated().map { .init(name: $1.name, style: $0) },
      svg: LineChart(
        label: "\(title) by epoch",
        series: part.map { model in
          .init(
            name: model.name,
            values: (0..<epochs).map { model.history.indices.contains($0) ? model.history[$0].values[key] : nil })
        }, positions: (0..<epochs).map { "\($0 + 1)" }, stages: [], range: key.hasSuffix("Loss") ? nil : 0...1,
        marksBest: false
      ).markup())
  }
}
