import Foundation

/// F1 per class as bars, with marks for precision and recall.
struct ClassBars {
  var scores: [(name: String, score: ClassScore)]

  func markup() -> String {
    let (left, right, row, top) = (68.0, 310.0, 34.0, 8.0)
    let bottom = top + row * Double(scores.count)
    var svg = SVG(width: 360, height: bottom + 22, label: "F1 per class. " + spoken)
    func x(_ value: Double) -> Double { left + (right - left) * value }
    for tick in [0, 0.25, 0.5, 0.75, 1] {
      svg.line(x(tick), top, x(tick), bottom, "grid")
      svg.text(x(tick), bottom + 16, number(tick), "tick", anchor: .middle)
    }
    for (index, (name, score)) in scores.enumerated() {
      let middle = top + row * (Double(index) + 0.5)
      svg.text(left - 8, middle - 3, name, "name", anchor: .end)
      svg.text(left - 8, middle + 11, "n = \(score.support)", "small", anchor: .end)
      svg.rectangle(
        left, middle - 7, max(x(score.f1) - left, 1), 14, "f0", radius: 3,
        title:
          "\(name): F1 \(Self.text(score.f1)), precision \(Self.text(score.precision)), recall \(Self.text(score.recall))"
      )
      svg.line(x(score.precision), middle - 12, x(score.precision), middle + 12, "precision l1")
      svg.circle(x(score.recall), middle, 4.5, "recall f2")
      svg.text(right + 12, middle + 4, Self.text(score.f1), "value")
    }
    return svg.markup
  }

  private static func text(_ value: Double) -> String { String(format: "%.3f", value) }

  private var spoken: String {
    scores.map { "\($0.name) \(Self.text($0.score.f1))" }.joined(separator: ", ")
  }
}
