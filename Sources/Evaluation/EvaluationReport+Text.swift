import Foundation

extension EvaluationReport {
  /// The report for a terminal: headline figures, a table of the classes, the confusion matrix.
  public var text: String {
    var blocks = [headline]
    if let attributes = attributeTable { blocks.append(attributes) }
    blocks.append(classTable)
    blocks.append("Confusion: rows are labels, columns predictions\n" + confusionTable)
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private var headline: String {
    var rows = [
      ["Macro-F1", decimal(macroF1)], ["Micro-F1", decimal(microF1)], ["Weighted F1", decimal(weightedF1)],
      ["Accuracy", decimal(accuracy)], ["UAR", decimal(uar)],
    ]
    if let logLoss { rows.append(["Log-loss", decimal(logLoss)]) }
    if let bs = balancedSubsetF1 {
      rows.append([
        "BS-F1",
        "\(decimal(bs.mean)) [\(decimal(bs.lowest)), \(decimal(bs.highest))], \(bs.subsets) subsets of \(bs.perClass) per class",
      ])
    }
    return countLine + "\n" + aligned(rows, leading: 2)
  }

  /// How many utterances there are, and what was left out.
  var countLine: String {
    var sentence = count == 1 ? "1 utterance" : "\(count) utterances"
    if let left = excluded.sentence { sentence += "; left out: \(left)" }
    return sentence
  }

  private var attributeTable: String? {
    guard let ccc else { return nil }
    let rows = ccc.sorted { $0.key < $1.key }.map { [$0.key, decimal($0.value.ccc), "\($0.value.count)"] }
    return aligned([["Attribute", "CCC", "Count"]] + rows, leading: 1)
  }

  private var classTable: String {
    let rows = confusion.classes.compactMap { name in
      perClass[name].map {
        [name, decimal($0.precision), decimal($0.recall), decimal($0.f1), "\($0.support)"]
      }
    }
    return aligned([["Class", "Precision", "Recall", "F1", "Support"]] + rows, leading: 1)
  }

  var confusionTable: String {
    let rows = zip(confusion.classes, confusion.counts).map { name, counts in [name] + counts.map { "\($0)" } }
    return aligned([[""] + confusion.classes] + rows, leading: 1)
  }

  var confusionShareTable: String {
    let rows = zip(confusion.classes, confusion.shares).map { name, shares in
      [name] + shares.map { String(format: "%.3f", $0) }
    }
    return aligned([[""] + confusion.classes] + rows, leading: 1)
  }
}

/// Four decimals, the same in every locale.
func decimal(_ value: Double) -> String { String(format: "%.4f", value) }

/// Columns padded to their widest cell; the first `leading` to the left, the others, which hold numbers, to the right
/// but for the last column where it is `trailing`.
func aligned(_ rows: [[String]], leading: Int, trailing: Bool = false) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    var line = ""
    for (column, cell) in row.enumerated() {
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      line +=
        (column == 0 ? "" : "  ")
        + (column < leading || trailing && column == row.count - 1 ? cell + padding : padding + cell)
    }
    while line.last == " " { line.removeLast() }
    return line
  }.joined(separator: "\n")
}
