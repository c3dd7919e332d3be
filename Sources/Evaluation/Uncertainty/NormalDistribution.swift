import Foundation

/// The normal distribution.
enum NormalDistribution {
  /// P(Z <= z).
  static func cumulative(_ z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }

  /// The z with P(Z <= z) = `share`, from 0 to 1, by bisection on the cumulative function: exact to the last digits and
  /// needed a few times per report.
  static func quantile(_ share: Double) -> Double {
    guard share > 0 else { return -.infinity }
    guard share < 1 else { return .infinity }
    var (low, high) = (-40.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if cumulative(middle) < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
