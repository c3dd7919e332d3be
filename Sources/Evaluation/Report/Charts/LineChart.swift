import Foundation

/// Curves over epochs, with lines where a stage begins.
struct LineChart {
  struct Series {
    var name: String
    /// One value per position; nil where there is none, which leaves a gap.
    var values: [Double?]
  }

  var label: String
  var series: [Series]
  /// The names of the positions on the horizontal axis.
  var positions: [String]
  /// Positions at which a stage begins, with its name.
  var stages: [(position: Int, name: String)]
  /// Fixed bounds of the vertical axis.
  var range: ClosedRange<Double>?
  /// Whether the greatest value of the first curve is marked.
  var marksBest: Bool

  /// Four line styles that differ without colour too.
  static let styles = 4

  /// The places of so many lines, a chart for each few: the lines of more can't be told apart.
  static func parts(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: styles).map { $0..<min($0 + styles, count) }
  }

  func markup() -> String {
    var svg = SVG(width: 360, height: 222, label: label)
    let (left, right, top, bottom) = (32.0, 350.0, 22.0, 190.0)
    let values = series.flatMap { $0.values.compactMap(\.self) }.filter(\.isFinite)
    let low = range?.lowerBound ?? min(0, values.min() ?? 0)
    let ticks = niceTicks(low, range?.upperBound ?? max(values.max() ?? 1, low + 1e-6), count: 5)
    let (bottomValue, topValue) = (ticks.first ?? 0, ticks.last ?? 1)
    func x(_ position: Int) -> Double {
      positions.count < 2 ? (left + right) / 2 : left + (right - left) * Double(position) / Double(positions.count - 1)
    }
    func y(_ value: Double) -> Double { bottom - (bottom - top) * (value - bottomValue) / (topValue - bottomValue) }

    for tick in ticks {
      svg.line(left, y(tick), right, y(tick), "grid")
      svg.text(left - 6, y(tick) + 4, Self.tickText(tick, step: ticks[1] - ticks[0]), "tick", anchor: .end)
    }
    let every = max(1, Int((Double(positions.count) / 7).rounded(.up)))
    for position in stride(from: positions.count - 1, through: 0, by: -every) {
      svg.text(x(position), bottom + 18, positions[position], "tick", anchor: .middle)
    }
    for (position, name) in stages {
      let at = position == 0 ? left : (x(position) + x(position - 1)) / 2
      if position > 0 { svg.line(at, top - 14, at, bottom, "stage") }
      svg.text(at + 5, top - 8, name, "tick")
    }
    for (index, one) in series.enumerated() {
      let style = index % Self.styles
      for run in Self.runs(one.values) {
        svg.polyline(run.map { (x($0.0), y($0.1)) }, "curve l\(style) d\(style)")
      }
      for (position, value) in one.values.enumerated() {
        guard let value, value.isFinite else { continue }
        svg.circle(
          x(position), y(value), positions.count > 40 ? 1.5 : 2.75, "f\(style)",
          title: "\(one.name), epoch \(positions[position]): \(String(format: "%.4f", value))")
      }
    }
    if marksBest, let best = Self.best(series.first?.values ?? []) {
      svg.circle(x(best.position), y(best.value), 6, "best l0")
      let anchor: SVG.Anchor = x(best.position) > 310 ? .end : x(best.position) < 70 ? .start : .middle
      svg.text(
        x(best.position), y(best.value) - 11, "best \(String(format: "%.3f", best.value))", "mark", anchor: anchor)
    }
    svg.text(right, bottom + 30, "epoch", "tick", anchor: .end)
    return svg.markup
  }

  /// The stretches without gaps.
  private static func runs(_ values: [Double?]) -> [[(Int, Double)]] {
    var runs: [[(Int, Double)]] = []
    var open = false
    for (position, value) in values.enumerated() {
      guard let value, value.isFinite else {
        open = false
        continue
      }
      if open { runs[runs.count - 1].append((position, value)) } else { runs.append([(position, value)]) }
      open = true
    }
    return runs.filter { $0.count > 1 }
  }

  private static func best(_ values: [Double?]) -> (position: Int, value: Double)? {
    values.enumerated().compactMap { entry in
      entry.element.flatMap { $0.isFinite ? (position: entry.offset, value: $0) : nil }
    }.max { $0.value < $1.value }
  }

  private static func tickText(_ value: Double, step: Double) -> String {
    let digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2
    return abs(value) >= 100_000 ? String(format: "%.0e", value) : String(format: "%.\(digits)f", value)
  }
}
