import Foundation

/// Speech at another rate: the samples between the samples, by a windowed sinc, as a tape that runs faster or slower.
enum Speed {
  /// Samples on either side of a place that are looked at.
  private static let reach = 8
  /// Places between two samples that the kernel is computed for.
  private static let phases = 256

  /// The kernel at each place between two samples: 2 * reach numbers.
  private static func kernels(cutoff: Double) -> [[Float]] {
    (0...phases).map { phase in
      let offset = Double(phase) / Double(phases)
      return (0..<(2 * reach)).map { tap in
        let t = Double(tap - reach + 1) - offset
        let sinc = t == 0 ? cutoff : sin(.pi * cutoff * t) / (.pi * t)
        let window = abs(t) < Double(reach) ? 0.5 + 0.5 * cos(.pi * t / Double(reach)) : 0
        return Float(sinc * window)
      }
    }
  }

  /// A clip that is `factor` times as fast, and as much shorter; at least one sample.
  static func changed(_ x: [Float], by factor: Double) -> [Float] {
    let count = max(Int((Double(x.count) / factor).rounded(.down)), 1)
    // Faster speech has higher frequencies, of which those beyond the half of the rate must not come back as others.
    let kernels = kernels(cutoff: min(1, 1 / factor))
    return (0..<count).map { i in
      let place = Double(i) * factor
      let whole = Int(place)
      let kernel = kernels[Int(((place - Double(whole)) * Double(phases)).rounded())]
      var sum: Float = 0
      for tap in 0..<(2 * reach) {
        let at = whole + tap - reach + 1
        if at >= 0, at < x.count { sum += kernel[tap] * x[at] }
      }
      return sum
    }
  }
}
