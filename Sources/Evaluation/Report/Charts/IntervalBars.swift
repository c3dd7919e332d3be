import Foundation

/// Bars with intervals, one for each name: metrics of groups, or of systems.
struct IntervalBars {
  struct Bar {
    var name: String
    var note: String
    var value: Double
    var interval: Interval?
    var isFlagged = false
    var style = 0
  }

  var label: String
  var bars: [Bar]

  /// How many bars a drawing has room for.
  static let most = 24

  func markup() -> String {
    let shown = bars.prefix(Self.most)
    let (left, right, row, top) = (118.0, 300.0, 32.0, 6.0)
    let bottom = top + row * Double(shown.count)
    var svg = SVG(
      width: 366, height: bottom + 22,
      label: "\(label). " + shown.map { "\($0.name) \(three($0.value))" }.joined(separator: ", "))
    func x(_ value: Double) -> Double { left + (right - left) * min(max(value, 0), 1) }
    for tick in [0, 0.25, 0.5, 0.75, 1] {
      svg.line(x(tick), top, x(tick), bottom, "grid")
      svg.text(x(tick), bottom + 16, number(tick), "tick", anchor: .middle)
    }
    for (index, bar) in shown.enumerated() where bar.value.isFinite {
      let middle = top + row * (Double(index) + 0.5)
      svg.text(left - 8, middle - 3, Self.short(bar.name), "name", anchor: .end)
      svg.text(left - 8, middle + 11, bar.note, "small", anchor: .end)
      let range = bar.interval.map { " (\(three($0.low)) to \(three($0.high)))" } ?? ""
      svg.rectangle(
        left, middle - 7, max(x(bar.value) - left, 1), 14, "f\(bar.style)", radius: 3,
        title: "\(bar.name): \(three(bar.value))\(range)")
      if let interval = bar.interval, interval.low.isFinite, interval.high.isFinite {
        svg.line(x(interval.low), middle, x(interval.high), middle, "whisker")
        for end in [interval.low, interval.high] { svg.line(x(end), middle - 5, x(end), middle + 5, "whisker") }
      }
      svg.text(right + 10, middle + 4, three(bar.value) + (bar.isFlagged ? " *" : ""), "value")
    }
    return svg.markup
  }

  /// A name that fits beside its bar.
  private static func short(_ name: String) -> String { name.count > 17 ? name.prefix(16) + "…" : name }
}
