import Foundation

/// Other sounds beside speech.
enum Mixing {
  /// The root of the mean square.
  static func level(_ x: [Float]) -> Float {
    guard !x.isEmpty else { return 0 }
    return Float((x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(x.count)).squareRoot())
  }

  /// Speech and another sound as long, so loud that the levels of both have a ratio in dB. Silence stays silence.
  static func sum(_ speech: [Float], _ other: [Float], ratio: Double) -> [Float] {
    let (own, foreign) = (level(speech), level(other))
    guard own > 0, foreign > 0 else { return speech }
    let scale = own / foreign * Float(pow(10, -ratio / 20))
    return zip(speech, other).map { $0 + scale * $1 }
  }

  /// Noise of a colour drawn at random, from white to a deep rumble, at times with the hum of the mains.
  static func noise(_ count: Int, _ draws: inout Draws) -> [Float] {
    let colour = Float(0.98 * draws.uniform().squareRoot())
    let hum = draws.happens(0.2) ? draws.uniform() : 0
    let step = 2 * .pi * (draws.uniform() < 0.5 ? 50.0 : 60.0) / 16_000
    var last: Float = 0
    return (0..<count).map { i in
      last = colour * last + (1 - colour) * draws.normal()
      guard hum > 0 else { return last }
      let angle = step * Double(i)
      return last + Float(hum * (sin(angle) + 0.5 * sin(3 * angle) + 0.25 * sin(5 * angle))) * (1 - colour)
    }
  }
}
