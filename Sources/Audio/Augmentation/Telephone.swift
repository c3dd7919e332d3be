import Foundation

/// Speech as it comes through a telephone: 300 to 3400 Hz, and 8 bits on G.711's mu-law scale.
enum Telephone {
  private static let band = [
    Biquad.highPass(frequency: 300), .highPass(frequency: 300), .lowPass(frequency: 3400, quality: 0.541),
    .lowPass(frequency: 3400, quality: 1.307),
  ]
  private static let mu: Float = 255

  /// The clip at the other end, as long as it was.
  static func heard(_ x: [Float]) -> [Float] {
    var y = x
    for filter in band { y = filter.applied(to: y) }
    y = y.map(coded)
    // The line's end has no frequencies above the band either, those of the coding's noise included.
    for filter in band.suffix(2) { y = filter.applied(to: y) }
    return y
  }

  /// The nearest of 256 values that lie the closer the smaller they are.
  static func coded(_ value: Float) -> Float {
    let clipped = min(max(value, -1), 1)
    let compressed = log(1 + mu * abs(clipped)) / log(1 + mu)
    let level = (compressed * 127).rounded() / 127
    let expanded = (pow(1 + mu, level) - 1) / mu
    return clipped < 0 ? -expanded : expanded
  }
}
