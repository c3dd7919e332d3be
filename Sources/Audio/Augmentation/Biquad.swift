import Foundation

/// A filter of second order at 16 kHz (Bristow-Johnson's formulas).
struct Biquad {
  private let b0, b1, b2, a1, a2: Double

  private static let sampleRate = 16_000.0

  private init(_ b: (Double, Double, Double), _ a: (Double, Double, Double)) {
    (b0, b1, b2) = (b.0 / a.0, b.1 / a.0, b.2 / a.0)
    (a1, a2) = (a.1 / a.0, a.2 / a.0)
  }

  private static func angles(_ frequency: Double, _ quality: Double) -> (cosine: Double, alpha: Double) {
    let angle = 2 * .pi * frequency / sampleRate
    return (cos(angle), sin(angle) / (2 * quality))
  }

  /// Dampens what is above a frequency in Hz.
  static func lowPass(frequency: Double, quality: Double = 0.7071) -> Biquad {
    let (c, alpha) = angles(frequency, quality)
    return Biquad(((1 - c) / 2, 1 - c, (1 - c) / 2), (1 + alpha, -2 * c, 1 - alpha))
  }

  /// Dampens what is below a frequency in Hz.
  static func highPass(frequency: Double, quality: Double = 0.7071) -> Biquad {
    let (c, alpha) = angles(frequency, quality)
    return Biquad(((1 + c) / 2, -(1 + c), (1 + c) / 2), (1 + alpha, -2 * c, 1 - alpha))
  }

  /// Lifts or dampens what is above a frequency in Hz by so many dB.
  static func highShelf(frequency: Double, decibels: Double) -> Biquad {
    let (c, alpha) = angles(frequency, 0.7071)
    let a = pow(10, decibels / 40)
    let root = 2 * a.squareRoot() * alpha
    return Biquad(
      (a * ((a + 1) + (a - 1) * c + root), -2 * a * ((a - 1) + (a + 1) * c), a * ((a + 1) + (a - 1) * c - root)),
      ((a + 1) - (a - 1) * c + root, 2 * ((a - 1) - (a + 1) * c), (a + 1) - (a - 1) * c - root))
  }

  /// The filtered signal, as long as it was.
  func applied(to x: [Float]) -> [Float] {
    var (first, second) = (0.0, 0.0)
    return x.map { value in
      let input = Double(value)
      let output = b0 * input + first
      first = b1 * input - a1 * output + second
      second = b2 * input - a2 * output
      return Float(output)
    }
  }
}
