import Foundation

/// A colour of the sRGB space, and the contrast of two by WCAG 2.
package struct Colour: Equatable, Sendable {
  /// Red, green and blue from 0 to 255.
  package let red, green, blue: Double

  /// A colour from a number such as `0x2f5bd0`.
  package init(_ hex: UInt32) {
    red = Double(hex >> 16 & 255)
    green = Double(hex >> 8 & 255)
    blue = Double(hex & 255)
  }

  private init(red: Double, green: Double, blue: Double) {
    (self.red, self.green, self.blue) = (red.rounded(), green.rounded(), blue.rounded())
  }

  /// The colour on the straight way to another; `share` from 0 to 1.
  func mixed(with other: Colour, _ share: Double) -> Colour {
    Colour(
      red: red + (other.red - red) * share, green: green + (other.green - green) * share,
      blue: blue + (other.blue - blue) * share)
  }

  private var luminance: Double {
    func linear(_ value: Double) -> Double {
      let v = value / 255
      return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio").
  package func contrast(with other: Colour) -> Double {
    let (a, b) = (luminance, other.luminance)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  var css: String {
    let value = UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
    let digits = String(value, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }
}

/// The colours of a page, light or dark.
package struct Palette: Sendable {
  /// Behind everything; behind sections; text; lesser text; lines that only divide.
  package let page, surface, ink, muted, line: Colour
  /// The outline of what can be pressed: 3 to 1 against what is behind it.
  package var edge: Colour { muted }
  /// The curves and bars, in the order of use.
  package let series: [Colour]
  /// Behind the statement on synthetic speech, and its text.
  package let notice, noticeInk: Colour
  let heatLow, heatHigh: Colour

  /// The number of shades of the heat-map.
  package static let heatSteps = 11

  /// A shade of the heat-map (0 for nothing, 10 for all) and black or white, whichever reads better on it. One of the
  /// two always has a contrast above 4.5.
  package func heat(_ step: Int) -> (fill: Colour, text: Colour) {
    let fill = heatLow.mixed(with: heatHigh, Double(step) / Double(Self.heatSteps - 1))
    let (black, white) = (Colour(0x000000), Colour(0xffffff))
    return (fill, fill.contrast(with: black) >= fill.contrast(with: white) ? black : white)
  }

  /// For light screens and paper.
  package static let light = Palette(
    page: Colour(0xf4f6f9), surface: Colour(0xffffff), ink: Colour(0x15181e), muted: Colour(0x525967),
    line: Colour(0xdde2ea), series: [0x2b57cc, 0xb3430c, 0x0b6f66, 0x8436ab].map { Colour($0) },
    notice: Colour(0xfff3d6), noticeInk: Colour(0x5c3d00), heatLow: Colour(0xf2f5fb), heatHigh: Colour(0x14368f))

  /// For dark screens.
  package static let dark = Palette(
    page: Colour(0x0f1216), surface: Colour(0x181c23), ink: Colour(0xe9ebef), muted: Colour(0xa7afbd),
    line: Colour(0x2d343f), series: [0x8fb0ff, 0xffb077, 0x5bd1c1, 0xd8a6f6].map { Colour($0) },
    notice: Colour(0x3a2e12), noticeInk: Colour(0xffdf9e), heatLow: Colour(0x20262f), heatHigh: Colour(0xa9c3ff))

  /// The colours as CSS variables.
  var css: String { css(":root") }

  /// The same for what a selector matches.
  func css(_ selector: String) -> String {
    var variables = [
      "--edge:\(edge.css)",
      "--page:\(page.css)", "--surface:\(surface.css)", "--ink:\(ink.css)", "--muted:\(muted.css)",
      "--line:\(line.css)",
      "--notice:\(notice.css)", "--notice-ink:\(noticeInk.css)",
    ]
    variables += series.enumerated().map { "--s\($0.offset):\($0.element.css)" }
    for step in 0..<Self.heatSteps {
      let (fill, text) = heat(step)
      variables.append("--h\(step):\(fill.css);--t\(step):\(text.css)")
    }
    return selector + "{" + variables.joined(separator: ";") + "}"
  }

  /// What gives the classes of SVG elements their colours.
  static let chartCSS =
    (0..<4).map { ".l\($0){stroke:var(--s\($0));fill:none}.f\($0){fill:var(--s\($0))}" }.joined()
    + (0..<heatSteps).map { ".h\($0){fill:var(--h\($0))}.t\($0){fill:var(--t\($0))}" }.joined()
}
