import Foundation

/// Curves over the unit square: reliability, ROC, precision and recall, risk and coverage.
struct XYChart {
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
    var style: Int
    /// Marks at the points, their radius; 0 for none.
    var radius = 0.0
  }

  var label: String
  var horizontal: String
  var vertical: String
  var series: [Series]
  /// A line from corner to corner: what perfect calibration, or chance, looks like.
  var diagonal = false
  /// Bars from below, such as the share of predictions in each bin.
  var bars: [(low: Double, high: Double, height: Double)] = []
  /// The upper end of the vertical axis.
  var top = 1.0

  func markup() -> String {
    var svg = SVG(width: 360, height: 290, label: label)
    let (left, right, above, below) = (52.0, 350.0, 12.0, 248.0)
    func x(_ value: Double) -> Double { left + (right - left) * min(max(value, 0), 1) }
    func y(_ value: Double) -> Double { below - (below - above) * min(max(value / top, 0), 1) }
    for bar in bars where bar.height > 0 {
      svg.rectangle(
        x(bar.low) + 0.5, y(bar.height * top), max(x(bar.high) - x(bar.low) - 1, 1), below - y(bar.height * top),
        "track",
        title: "\(percent(bar.height)) of the predictions")
    }
    for tick in [0, 0.25, 0.5, 0.75, 1] {
      svg.line(left, y(tick * top), right, y(tick * top), "grid")
      svg.text(
        left - 6, y(tick * top) + 4, String(format: top < 0.5 ? "%.3g" : "%.2g", tick * top), "tick", anchor: .end)
      svg.text(x(tick), below + 17, number(tick), "tick", anchor: .middle)
    }
    svg.line(left, below, right, below, "axis")
    if diagonal { svg.polyline([(x(0), y(0)), (x(1), y(1))], "ideal") }
    for one in series {
      let points = one.points.filter { $0.x.isFinite && $0.y.isFinite }
      svg.polyline(points.map { (x($0.x), y($0.y)) }, "curve l\(one.style % 4) d\(one.style % 4)")
      guard one.radius > 0 else { continue }
      for point in points {
        svg.circle(
          x(point.x), y(point.y), one.radius, "f\(one.style % 4)",
          title: "\(one.name): \(horizontal) \(three(point.x)), \(vertical) \(three(point.y))")
      }
    }
    svg.text((left + right) / 2, below + 35, horizontal, "tick", anchor: .middle)
    svg.text(11, (above + below) / 2, vertical, "tick", anchor: .middle, rotated: -90)
    return svg.markup
  }

  /// At most `count` of the points, the first and last among them: a drawing needs no million.
  static func thinned(_ points: [(x: Double, y: Double)], _ count: Int = 160) -> [(x: Double, y: Double)] {
    guard points.count > count else { return points }
    return (0..<count).map { points[$0 * (points.count - 1) / (count - 1)] }
  }
}
