import Basics
import Foundation

/// Whether two systems differ on the same utterances.
public enum PairedTests {
  /// McNemar's test of two systems' right and wrong decisions (McNemar 1947).
  public struct McNemar: Codable, Equatable, Sendable {
    /// Utterances that the first has right and the second wrong.
    public var onlyFirst: Int
    /// Utterances that the second has right and the first wrong.
    public var onlySecond: Int
    /// The exact two-sided p: of a fair coin's falls.
    public var exact: Double
    /// Edwards's chi-squared with continuity correction, 0 where they never differ.
    public var chiSquared: Double
    /// Its p at one degree of freedom.
    public var asymptotic: Double
  }

  /// McNemar's test.
  public static func mcNemar(onlyFirst: Int, onlySecond: Int) -> McNemar {
    let total = onlyFirst + onlySecond
    let less = min(onlyFirst, onlySecond)
    let statistic = total == 0 ? 0 : pow(max(abs(Double(onlyFirst - onlySecond)) - 1, 0), 2) / Double(total)
    return McNemar(
      onlyFirst: onlyFirst, onlySecond: onlySecond,
      exact: onlyFirst == onlySecond ? 1 : min(1, 2 * coinFalls(atMost: less, of: total)), chiSquared: statistic,
      asymptotic: erfc((statistic / 2).squareRoot()))
  }

  /// P(X <= k) for X of a binomial distribution of n trials at 1/2.
  private static func coinFalls(atMost k: Int, of n: Int) -> Double {
    let n = Double(n)
    // From the greatest term down: each is the one before times (i / (n - i + 1)), and small ones end the sum.
    let ways = lgamma(n + 1) - lgamma(Double(k) + 1) - lgamma(n - Double(k) + 1)
    var term = exp(ways - n * log(2.0))
    var sum = 0.0
    var i = Double(k)
    while i >= 0 {
      sum += term
      if term < sum * 1e-18 { break }
      term *= i / (n - i + 1)
      i -= 1
    }
    return sum
  }

  /// The two-sided p of approximate randomisation (Noreen 1989) for the difference of two systems' Macro-F1, UAR or
  /// accuracy: how often a difference at least as great comes of exchanging the systems' decisions by the flip of a coin
  /// for each utterance, or each group of them.
  ///
  /// - Parameters:
  ///   - first, second: decisions, `labels`: true classes, all from 0 to 7
  ///   - groups: utterances of one group are exchanged together; empty exchanges each alone
  ///   - metric: of a confusion matrix, (8, 8)
  /// - Returns: (greater or equal + 1) / (rounds + 1)
  static func randomisation(
    labels: [Int], first: [Int], second: [Int], groups: [Int32], rounds: Int, seed: UInt64,
    metric: @Sendable ([Int]) -> Double
  ) -> Double {
    // All that matters of an utterance is its label and both decisions: equal ones are flipped together, by counting the
    // set bits of as many random ones.
    var cells: [Int: Int] = [:]
    for row in labels.indices where first[row] != second[row] || !groups.isEmpty {
      let group = groups.isEmpty ? 0 : Int(groups[row])
      cells[group * 512 + labels[row] * 64 + first[row] * 8 + second[row], default: 0] += 1
    }
    var base = [Int](repeating: 0, count: 64)
    var same = base
    for row in labels.indices {
      base[labels[row] * 8 + first[row]] += 1
      same[labels[row] * 8 + second[row]] += 1
    }
    let observed = abs(metric(base) - metric(same))
    let entries = cells.sorted { $0.key < $1.key }
    let starts = base
    let others = same
    let blocks = concurrently(Array(0..<max(1, (rounds + 63) / 64))) { block in
      var hits = 0
      for round in block * 64..<min(rounds, block * 64 + 64) {
        var random = SeededGenerator(seed: seed, 1, round)
        var (a, b) = (starts, others)
        var (group, flips) = (-1, false)
        for (key, count) in entries {
          var exchanged = 0
          if groups.isEmpty {
            var left = count
            while left > 0 {
              let bits = left >= 64 ? random.next() : random.next() >> UInt64(64 - left)
              exchanged += bits.nonzeroBitCount
              left -= 64
            }
          } else {
            if key / 512 != group {
              group = key / 512
              flips = random.next() >> 63 == 1
            }
            exchanged = flips ? count : 0
          }
          let label = key % 512 / 64
          let (x, y) = (key % 64 / 8, key % 8)
          a[label * 8 + x] -= exchanged
          a[label * 8 + y] += exchanged
          b[label * 8 + y] -= exchanged
          b[label * 8 + x] += exchanged
        }
        // Differences that are equal but for the order of additions count as equal.
        if abs(metric(a) - metric(b)) >= observed - 1e-12 { hits += 1 }
      }
      return hits
    }
    return Double(blocks.reduce(0, +) + 1) / Double(rounds + 1)
  }

  /// Holm's correction for many tests (Holm 1979): adjusted p values, in the order given. A NaN stays one and does not count.
  public static func holm(_ values: [Double]) -> [Double] {
    let order = values.indices.filter { !values[$0].isNaN }.sorted { values[$0] < values[$1] }
    var adjusted = values
    var greatest = 0.0
    for (rank, place) in order.enumerated() {
      greatest = max(greatest, min(1, values[place] * Double(order.count - rank)))
      adjusted[place] = greatest
    }
    return adjusted
  }

  /// The two-sided p of a difference from its values in paired resamples: twice the share on the far side of zero.
  static func bootstrapP(_ differences: [Double]) -> Double {
    let values = differences.filter { !$0.isNaN }
    guard !values.isEmpty else { return .nan }
    let count = Double(values.count)
    let below = Double(values.count { $0 <= 0 }) + 1
    let above = Double(values.count { $0 >= 0 }) + 1
    return min(1, 2 * min(below, above) / (count + 1))
  }
}
