/// A confusion matrix as squares: shades by the share of the row, numbers by count.
struct ConfusionHeatMap {
  var confusion: ConfusionMatrix

  func markup() -> String {
    let names = confusion.classes
    let (left, top, gap) = (68.0, 62.0, 2.0)
    let cell = min(64, 272 / Double(max(names.count, 1)))
    let width = left + cell * Double(names.count) + 26
    var svg = SVG(
      width: max(width, 366), height: top + cell * Double(names.count) + 4,
      label: "Confusion matrix: rows are labels, columns are predictions. " + spoken)
    for (index, name) in names.enumerated() {
      let middle = (Double(index) + 0.5) * cell
      svg.text(left - 8, top + middle + 4, name, "name", anchor: .end)
      svg.text(left + middle - 2, top - 8, name, "name", rotated: -45)
    }
    for (row, shares) in confusion.rowNormalised.enumerated() {
      for (column, share) in shares.enumerated() {
        let count = confusion.counts[row][column]
        let step = Int((share * Double(Palette.heatSteps - 1)).rounded())
        let (x, y) = (left + Double(column) * cell, top + Double(row) * cell)
        svg.rectangle(
          x + gap / 2, y + gap / 2, cell - gap, cell - gap, "h\(step)", radius: 4,
          title: "\(names[row]) taken for \(names[column]): \(count) (\(percent(share)) of the row)")
        svg.text(x + cell / 2, y + cell / 2 + 4, "\(count)", "count t\(step)", anchor: .middle)
      }
    }
    return svg.markup
  }

  private var spoken: String {
    zip(confusion.classes, confusion.counts).map { name, counts in
      let taken = zip(confusion.classes, counts).filter { $0.1 > 0 }.map { "\($0.1) as \($0.0)" }
      return "\(name): \(taken.isEmpty ? "none" : taken.joined(separator: ", "))"
    }.joined(separator: "; ")
  }
}

/// A share as a whole percentage.
func percent(_ share: Double) -> String { "\(Int((share * 100).rounded()))%" }
