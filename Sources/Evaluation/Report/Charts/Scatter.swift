import Foundation

/// Points over a square: a prediction against what the raters said.
struct Scatter {
  var label: String
  var horizontal: String
  var vertical: String
  var points: [(x: Double, y: Double, name: String)]
  var range: ClosedRange<Double>

  /// More points than this say no more.
  static let most = 800

  func markup() -> String {
    var svg = SVG(width: 360, height: 300, label: label)
    let (left, right, above, below) = (52.0, 350.0, 12.0, 258.0)
    let width = range.upperBound - range.lowerBound
    func x(_ value: Double) -> Double {
      left + (right - left) * min(max((value - range.lowerBound) / width, 0), 1)
    }
    func y(_ value: Double) -> Double {
      below - (below - above) * min(max((value - range.lowerBound) / width, 0), 1)
    }
    for step in 0...4 {
      let tick = range.lowerBound + width * Double(step) / 4
      svg.line(left, y(tick), right, y(tick), "grid")
      svg.text(left - 6, y(tick) + 4, number(tick), "tick", anchor: .end)
      svg.text(x(tick), below + 17, number(tick), "tick", anchor: .middle)
    }
    svg.line(left, below, right, below, "axis")
    svg.polyline([(left, below), (right, above)], "ideal")
    let step = max(1, (points.count + Self.most - 1) / Self.most)
    for (index, point) in points.enumerated() where index % step == 0 {
      svg.circle(x(point.x), y(point.y), 2.6, "dot f0", title: points.count <= 300 ? point.name : nil)
    }
    svg.text((left + right) / 2, below + 35, horizontal, "tick", anchor: .middle)
    svg.text(11, (above + below) / 2, vertical, "tick", anchor: .middle, rotated: -90)
    return svg.markup
  }
}
