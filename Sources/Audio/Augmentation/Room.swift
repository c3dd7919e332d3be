import Foundation

/// A room's impulse response: the sound itself, then echoes that come at random and fall by 60 dB in the given time (velvet
/// noise, Järvelinen and Karjalainen 2007: so few of them that a convolution is cheap, so many that no ear tells).
struct Room {
  /// Delay in samples and strength of each echo.
  private let echoes: [(delay: Int, strength: Float)]

  private static let sampleRate = 16_000.0
  /// Echoes in a second.
  private static let density = 1200.0

  /// A room drawn at random.
  ///
  /// - Parameter seconds: the time in which the echo falls by 60 dB
  init(seconds: Double, _ draws: inout Draws) {
    let spacing = Self.sampleRate / Self.density
    let count = Int(min(seconds, 1) * Self.density)
    // How loud all echoes are together against the sound itself: near the microphone, or away from it.
    let share = pow(10, (-12 + 12 * draws.uniform()) / 10)
    var echoes: [(delay: Int, strength: Float)] = []
    var energy = 0.0
    for i in 0..<count {
      let delay = Int((Double(i) + draws.uniform()) * spacing) + 16
      let fall = pow(10, -3 * Double(delay) / (seconds * Self.sampleRate))
      echoes.append((delay, Float(draws.uniform() < 0.5 ? -fall : fall)))
      energy += fall * fall
    }
    let scale = energy > 0 ? Float((share / energy).squareRoot()) : 0
    self.echoes = echoes.map { (delay: $0.delay, strength: $0.strength * scale) }
  }

  /// The clip in the room, as long as it was.
  func applied(to x: [Float]) -> [Float] {
    var y = x
    y.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        for (delay, strength) in echoes where delay < x.count {
          for i in delay..<x.count { y[i] += strength * x[i - delay] }
        }
      }
    }
    return y
  }
}
