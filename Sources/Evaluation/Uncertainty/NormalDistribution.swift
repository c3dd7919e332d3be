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

/// Student's t distribution (Student 1908).
enum StudentDistribution {
  /// P(T <= t) at so many degrees of freedom, by the incomplete beta function (Abramowitz and Stegun 26.7.1).
  static func cumulative(_ t: Double, freedom: Double) -> Double {
    let tail = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
    return t > 0 ? 1 - tail : tail
  }

  /// The t with P(T <= t) = `share`, from 0 to 1, by bisection.
  static func quantile(_ share: Double, freedom: Double) -> Double {
    guard share > 0 else { return -.infinity }
    guard share < 1 else { return .infinity }
    var (low, high) = (-1.0, 1.0)
    while cumulative(low, freedom: freedom) > share { low *= 2 }
    while cumulative(high, freedom: freedom) < share { high *= 2 }
    for _ in 0..<100 where low < high {
      let middle = (low + high) / 2
      if cumulative(middle, freedom: freedom) < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8), evaluated as Lentz
  /// (1976) does.
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast below the mean of the distribution.
    guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
    let factor = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    let least = 1e-300
    var (c, d) = (1.0, 1 - (a + b) * x / (a + 1))
    d = 1 / (abs(d) < least ? least : d)
    var value = d
    for step in 1..<500 {
      let m = Double(step)
      for term in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 + term * d
        d = 1 / (abs(d) < least ? least : d)
        c = 1 + term / c
        if abs(c) < least { c = least }
        value *= c * d
      }
      if abs(c * d - 1) < 1e-15 { break }
    }
    return factor * value
  }
}
