import Emotion
import Foundation

extension Judgement {
  /// The judgement for a terminal.
  public var text: String {
    var blocks: [String] = []
    if let classes { blocks.append(classes.countLine) }
    blocks.append(headline)
    if let table = attributeTable { blocks.append(table) }
    if let classes {
      blocks.append(classTable(classes))
      blocks.append("Confusion: rows are labels, columns predictions\n" + classes.confusionTable)
      blocks.append("Confusion, as shares of each label\n" + classes.confusionShareTable)
    }
    blocks += groups.map(groupTable)
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// The metrics of the first table, by key.
  static let headlines: [(key: String, name: String)] = [
    ("macroF1", "Macro-F1"), ("microF1", "Micro-F1"), ("weightedF1", "Weighted F1"), ("accuracy", "Accuracy"),
    ("uar", "UAR"), ("top2", "Top-2 accuracy"), ("top3", "Top-3 accuracy"), ("auroc", "Macro-AUROC"),
    ("averagePrecision", "Average precision"), ("logLoss", "Log-loss"), ("brier", "Brier score"),
    ("ece", "Calibration error"), ("klDivergence", "KL to the voters"), ("jsDivergence", "JS to the voters"),
  ]

  private var headline: String {
    var rows: [[String]] = []
    for (key, name) in Self.headlines {
      guard let value = metrics[key] else { continue }
      rows.append([name, decimal(value), intervals[key].map { "[\(decimal($0.low)), \(decimal($0.high))]" } ?? ""])
    }
    if let bs = classes?.balancedSubsetF1 {
      rows.append([
        "BS-F1", decimal(bs.mean),
        "\(decimal(bs.lowest)) to \(decimal(bs.highest)) over \(bs.subsets) subsets of \(bs.perClass) per class",
      ])
    }
    return (intervals.isEmpty ? "" : method + "\n") + aligned(rows, leading: 1, trailing: true)
  }

  private var attributeTable: String? {
    guard let attributes else { return nil }
    var rows = [["Attribute", "CCC", "", "Pearson", "RMSE", "Count"]]
    for attribute in Attribute.allCases.map(\.rawValue) {
      guard let score = attributes[attribute] else { continue }
      let interval = intervals["ccc.\(attribute)"].map { "[\(decimal($0.low)), \(decimal($0.high))]" } ?? ""
      rows.append(
        [attribute, score.ccc.map(decimal) ?? "–", interval]
          + [score.pearson, score.rmse].map { $0.map(decimal) ?? "–" } + ["\(score.count)"])
    }
    return aligned(rows, leading: 1)
  }

  private func classTable(_ report: EvaluationReport) -> String {
    var rows = [["Class", "Precision", "Recall", "F1", "", "AUROC", "AP", "Support"]]
    for name in report.confusion.classes {
      guard let score = report.perClass[name] else { continue }
      let interval = intervals["perClass.\(name).f1"].map { "[\(decimal($0.low)), \(decimal($0.high))]" } ?? ""
      let ranking = rankings?[name]
      rows.append(
        [name, decimal(score.precision), decimal(score.recall), decimal(score.f1), interval]
          + [ranking?.auroc, ranking?.averagePrecision].map { $0.map(decimal) ?? "–" } + ["\(score.support)"])
    }
    return aligned(rows, leading: 1)
  }

  private func groupTable(_ report: GroupReport) -> String {
    var rows = [["By \(report.name)", "Count", "Macro-F1", "", "Gap to the rest", "", ""]]
    for group in report.groups {
      let score = group.macroF1
      rows.append([
        group.name, "\(group.count)", decimal(score.value),
        score.interval.map { "[\(decimal($0.low)), \(decimal($0.high))]" } ?? "",
        score.gap.map { ($0 >= 0 ? "+" : "") + decimal($0) } ?? "–",
        score.gapInterval.map { "[\(decimal($0.low)), \(decimal($0.high))]" } ?? "", score.isFlagged ? "*" : "",
      ])
    }
    let flagged = report.groups.contains { $0.macroF1.isFlagged }
    return aligned(rows, leading: 1) + (flagged ? "\n* the interval of the gap excludes zero" : "")
      + (report.unitNote.map { "\n\($0)" } ?? "")
  }
}
