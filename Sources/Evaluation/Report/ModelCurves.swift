/// How several models learned: for each number of their histories the curves of a few models over each other.
struct ModelCurves {
  let models: [(name: String, history: [TrainingRecord])]

  /// So many models to a drawing: the lines of more can't be told apart.
  static let most = LineChart.styles

  /// The section of a page; nil where nobody wrote a history.
  func section(title: String) -> Page.Section? {
    let learned = models.filter { !$0.history.isEmpty }
    let charts = ["devMacroF1", "devUAR", "devLoss", "trainLoss"].flatMap { key in
      let having = learned.filter { $0.history.contains { $0.values[key] != nil } }
      return stride(from: 0, to: having.count, by: Self.most).map { first in
        chart(key, Array(having[first..<min(first + Self.most, having.count)]), isWhole: having.count <= Self.most)
      }
    }
    guard !charts.isEmpty else { return nil }
    return .init(id: "training", title: title, about: "Epochs are counted through all stages.", charts: charts)
  }

  private func chart(_ key: String, _ part: [(name: String, history: [TrainingRecord])], isWhole: Bool) -> Page.Chart {
    let epochs = part.map(\.history.count).max() ?? 0
    let title = TrainingCurves.name(key)
    return Page.Chart(
      title: isWhole ? title : "\(title): \(part.map(\.name).joined(separator: ", "))", note: "",
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
