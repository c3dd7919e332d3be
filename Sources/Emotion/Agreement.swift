import Foundation

/// How far raters agree beyond chance. Units are what was rated, such as utterances; each has as many values as it had
/// raters, and those with fewer than two say nothing about agreement and do not count.
public enum Agreement {
  /// The distance between two values that Krippendorff's alpha weighs a disagreement with.
  public enum Level: String, CaseIterable, Codable, Hashable, Sendable {
    /// Values are names: equal or not.
    case nominal
    /// Values are ranks: how many values lie between them.
    case ordinal
    /// Values are amounts: the square of their difference.
    case interval
  }

  /// Fleiss' kappa (Fleiss 1971) of votes for categories, generalised to units with different numbers of raters.
  ///
  /// With `n_ij` votes for category j in unit i and `n_i` votes in all, `P_i = Σ_j n_ij (n_ij - 1) / (n_i (n_i - 1))` is
  /// the share of agreeing pairs, and `p_j` the share of all votes. `κ = (mean P_i - Σ p_j²) / (1 - Σ p_j²)`. Where every
  /// unit has equally many raters, this is Fleiss' own. Units weigh the same in the mean, whatever their raters.
  ///
  /// - Parameter counts: for each unit the votes for each category.
  /// - Returns: nil where fewer than one unit has two votes, or all votes are for one category.
  public static func fleissKappa(_ counts: some Sequence<[Int]>) -> Double? {
    var (units, agreeing, votes) = (0, 0.0, 0.0)
    var totals = [Double]()
    for unit in counts {
      let n = Double(unit.reduce(0, +))
      guard n >= 2 else { continue }
      if totals.count < unit.count { totals += Array(repeating: 0, count: unit.count - totals.count) }
      var pairs = 0.0
      for (category, count) in unit.enumerated() {
        pairs += Double(count) * Double(count - 1)
        totals[category] += Double(count)
      }
      agreeing += pairs / (n * (n - 1))
      votes += n
      units += 1
    }
    guard units > 0 else { return nil }
    let chance = totals.reduce(0) { $0 + ($1 / votes) * ($1 / votes) }
    return chance < 1 ? (agreeing / Double(units) - chance) / (1 - chance) : nil
  }

  /// Krippendorff's alpha, `1 - D_o / D_e` (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"), for any
  /// number of raters and missing values.
  ///
  /// Linear in the values: the sums over pairs have a closed form for each level. The ordinal distance is the difference
  /// of mid-ranks, since `Σ_{g=c}^{k} n_g - (n_c + n_k) / 2` is just that.
  ///
  /// - Parameter units: the values of each unit; for `nominal` only their equality counts. NaN does not count.
  /// - Returns: nil where no unit has two values, or all values are equal.
  public static func krippendorffAlpha(_ units: some Collection<[Double]>, level: Level) -> Double? {
    let units = units.map { $0.filter { !$0.isNaN } }.filter { $0.count >= 2 }
    var counts = [Double: Int]()
    for unit in units { for value in unit { counts[value, default: 0] += 1 } }
    let n = Double(counts.values.reduce(0, +))
    guard n > 0 else { return nil }
    var (observed, expected) = (0.0, 0.0)
    if level == .nominal {
      for unit in units {
        var own = [Double: Int]()
        for value in unit { own[value, default: 0] += 1 }
        let m = Double(unit.count)
        observed += (m * m - own.values.reduce(0) { $0 + Double($1 * $1) }) / (m - 1)
      }
      expected = n * n - counts.values.reduce(0) { $0 + Double($1) * Double($1) }
    } else {
      let places = level == .ordinal ? midRanks(counts) : [:]
      // Around the mean, the squares lose no digits to each other.
      var mean = 0.0
      for (value, count) in counts.sorted(by: { $0.key < $1.key }) {
        mean += (places[value] ?? value) * Double(count) / n
      }
      func place(_ value: Double) -> Double { (places[value] ?? value) - mean }
      // Σ over ordered pairs of (x - y)² is 2 m Σ x² - 2 (Σ x)².
      for unit in units {
        let (m, squares, sum) = unit.reduce((0.0, 0.0, 0.0)) {
          ($0.0 + 1, $0.1 + place($1) * place($1), $0.2 + place($1))
        }
        observed += (2 * m * squares - 2 * sum * sum) / (m - 1)
      }
      let (squares, sum) = counts.sorted { $0.key < $1.key }.reduce((0.0, 0.0)) {
        ($0.0 + Double($1.value) * place($1.key) * place($1.key), $0.1 + Double($1.value) * place($1.key))
      }
      expected = 2 * n * squares - 2 * sum * sum
    }
    return expected > 0 ? 1 - (n - 1) * observed / expected : nil
  }

  /// The mean of the ranks that equal values share.
  private static func midRanks(_ counts: [Double: Int]) -> [Double: Double] {
    var below = 0.0
    var ranks = [Double: Double]()
    for (value, count) in counts.sorted(by: { $0.key < $1.key }) {
      ranks[value] = below + Double(count) / 2
      below += Double(count)
    }
    return ranks
  }

  /// The Shannon entropy of votes in bits: 0 where all are for one category, log2 k where k categories have equally many.
  /// Nil without votes.
  public static func entropy(_ counts: some Sequence<Int>) -> Double? {
    let counts = counts.filter { $0 > 0 }
    let total = Double(counts.reduce(0, +))
    guard total > 0 else { return nil }
    return counts.reduce(0) { $0 - Double($1) / total * log2(Double($1) / total) }
  }
}
