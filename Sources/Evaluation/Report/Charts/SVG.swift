import Foundation

/// A small builder of inline SVG. Colours come from the page by class names, so that one drawing serves light and dark.
struct SVG {
  private var body = ""
  let width: Double
  let height: Double
  /// What the drawing shows, for those who do not see it.
  let label: String

  init(width: Double, height: Double, label: String) {
    self.width = width
    self.height = height
    self.label = label
  }

  /// The element. It fills the width it is given, so that text keeps its proportion to the drawing.
  var markup: String {
    "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" role=\"img\" aria-label=\"\(HTML.escaped(label))\">"
      + body + "</svg>"
  }

  /// A drawing as a file of its own: with its colours, light, and its size.
  static func standalone(_ markup: String, title: String) -> String {
    let style =
      Palette.light.css("svg") + Palette.chartCSS + Page.charts + "svg{background:#fff;font-family:sans-serif}"
    return markup.replacing(
      "<svg ", with: "<svg xmlns=\"http://www.w3.org/2000/svg\" ", maxReplacements: 1
    ).replacing(
      ">", with: "><title>\(HTML.escaped(title))</title><style>\(style)</style>", maxReplacements: 1)
  }

  enum Anchor: String { case start, middle, end }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    element("line", style, ["x1": x1, "y1": y1, "x2": x2, "y2": y2])
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, radius: Double = 0,
    title: String? = nil
  ) {
    element("rect", style, ["x": x, "y": y, "width": width, "height": height, "rx": radius], title: title)
  }

  mutating func circle(_ x: Double, _ y: Double, _ radius: Double, _ style: String, title: String? = nil) {
    element("circle", style, ["cx": x, "cy": y, "r": radius], title: title)
  }

  mutating func polyline(_ points: [(x: Double, y: Double)], _ style: String) {
    let list = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    body += "<polyline class=\"\(style)\" points=\"\(list)\"/>"
  }

  /// A picture by its data URI.
  mutating func image(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ uri: String) {
    body +=
      "<image x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\" "
      + "preserveAspectRatio=\"none\" href=\"\(HTML.escaped(uri))\"/>"
  }

  mutating func text(
    _ x: Double, _ y: Double, _ text: String, _ style: String, anchor: Anchor = .start, rotated: Double? = nil
  ) {
    let turn = rotated.map { " transform=\"rotate(\(number($0)) \(number(x)) \(number(y)))\"" } ?? ""
    body +=
      "<text class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor.rawValue)\"\(turn)>"
      + HTML.escaped(text) + "</text>"
  }

  private mutating func element(
    _ name: String, _ style: String, _ values: KeyValuePairs<String, Double>, title: String? = nil
  ) {
    let attributes = values.map { " \($0.key)=\"\(number($0.value))\"" }.joined()
    body += "<\(name) class=\"\(style)\"\(attributes)"
    body += title.map { "><title>\(HTML.escaped($0))</title></\(name)>" } ?? "/>"
  }
}

/// A coordinate with at most two decimals, the same in every locale.
func number(_ value: Double) -> String {
  guard value.isFinite else { return "0" }
  let text = String(format: "%.2f", value)
  return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
}

/// Round steps that cover a range with about `count` of them.
func niceTicks(_ low: Double, _ high: Double, count: Int) -> [Double] {
  let span = max(high - low, 1e-9)
  let magnitude = pow(10, floor(log10(span / Double(count))))
  let step = [1, 2, 2.5, 5, 10].map { $0 * magnitude }.first { span / $0 <= Double(count) } ?? magnitude * 10
  let first = Int((low / step).rounded(.down))
  let last = Int((high / step).rounded(.up))
  return first < last ? (first...last).map { Double($0) * step } : [low, low + step]
}
