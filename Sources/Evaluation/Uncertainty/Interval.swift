/// The range in which a figure would lie had other utterances, or other speakers, been drawn.
public struct Interval: Codable, Equatable, Sendable {
  /// The lower end.
  public var low: Double
  /// The upper end.
  public var high: Double

  /// A range, as it is.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// Whether zero lies outside: a difference that is more than chance at the interval's confidence.
  public var excludesZero: Bool { low > 0 || high < 0 }

  /// The bias-corrected percentile interval (Efron 1981) of a figure from its values in resamples: the percentiles are
  /// moved by twice the normal score of the share of values below the figure. Values that are not defined are left out;
  /// nil where fewer than half are.
  ///
  /// - Parameter units: how many groups of utterances were drawn from; nil where single utterances were. Resamples of few
  ///   units spread less than samples do, as an average of `n` varies by `n / (n - 1)` too little: the percentiles are moved
  ///   outwards to where Student's distribution has them (Hesterberg 2015, "expanded percentiles").
  public init?(of figure: Double, resampled values: [Double], confidence: Double = 0.95, units: Int? = nil) {
    let sorted = values.filter(\.isFinite).sorted()
    guard figure.isFinite, !sorted.isEmpty, sorted.count * 2 >= values.count else { return nil }
    let count = Double(sorted.count)
    let below = Double(sorted.count { $0 < figure }) + Double(sorted.count { $0 == figure }) / 2
    let share = min(max(below / count, 0.5 / count), 1 - 0.5 / count)
    // A metric at its bound, such as an accuracy of 1, has all values on one side; nothing is to be corrected there.
    let bias = sorted.first == sorted.last ? 0 : NormalDistribution.quantile(share)
    let edge = Self.edge(confidence, units: units)
    func percentile(_ z: Double) -> Double {
      let place = NormalDistribution.cumulative(2 * bias + z) * (count - 1)
      let lower = Int(place.rounded(.down))
      let upper = min(lower + 1, sorted.count - 1)
      return sorted[lower] + (sorted[upper] - sorted[lower]) * (place - Double(lower))
    }
    low = percentile(-edge)
    high = percentile(edge)
  }

  /// The normal score of the interval's ends.
  private static func edge(_ confidence: Double, units: Int?) -> Double {
    let share = 0.5 + confidence / 2
    guard let units, units > 1 else { return NormalDistribution.quantile(share) }
    let count = Double(units)
    return (count / (count - 1)).squareRoot() * StudentDistribution.quantile(share, freedom: count - 1)
  }
}
