import Emotion
import Foundation
import TestSupport
import Testing

@Suite("Agreement")
struct AgreementTests {
  /// Ten subjects, fourteen raters, five categories: the worked example that goes with Fleiss (1971) in textbooks.
  static let fleiss = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
  ]

  /// Krippendorff (2011), section E: four observers, twelve units, missing values.
  static let krippendorff: [[Double]] = [
    [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4], [4, 4, 4, 4], [1, 1, 2, 1],
    [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
  ]

  @Test("Published examples")
  func published() throws {
    // By hand: mean P_i = 0.378022, Σ p_j² = 0.212755.
    let kappa = try #require(Agreement.fleissKappa(Self.fleiss))
    #expect(abs(kappa - 0.20993070442195522) < 1e-9)
    let alphas = try Agreement.Level.allCases.map {
      try #require(Agreement.krippendorffAlpha(Self.krippendorff, level: $0))
    }
    // Printed there as 0.743, 0.815 and 0.849.
    #expect(alphas.map { ($0 * 1000).rounded() } == [743, 815, 849])
  }

  @Test("Random ratings: the peer's alpha, and kappa by its definition, to 1e-9")
  func peer() throws {
    var state: UInt64 = 7
    func draw(_ below: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % below)
    }
    // Values that share a tendency within a unit; two to seven raters, one unit of one rater.
    let units = (0..<200).map { unit -> [Double] in
      let base = draw(4)
      return (0..<(unit == 17 ? 1 : 2 + draw(6))).map { _ in Double(1 + base + draw(4)) }
    }
    let printed = try Peer.python(
      """
      import json, sys
      import krippendorff, numpy as np
      units = json.loads(sys.argv[1])
      width = max(len(u) for u in units)
      data = np.array([u + [np.nan] * (width - len(u)) for u in units], dtype=float).T
      out = [krippendorff.alpha(reliability_data=data, level_of_measurement=l) for l in ('nominal', 'ordinal', 'interval')]
      counts = np.array([[u.count(c) for c in range(1, 8)] for u in units], dtype=float)
      counts = counts[counts.sum(1) >= 2]
      n = counts.sum(1)
      agree = ((counts * (counts - 1)).sum(1) / (n * (n - 1))).mean()
      chance = ((counts.sum(0) / counts.sum()) ** 2).sum()
      print(json.dumps(out + [(agree - chance) / (1 - chance)]))
      """, [String(decoding: try JSONEncoder().encode(units), as: UTF8.self)])
    let expected = try JSONDecoder().decode([Double].self, from: Data(printed.utf8))
    let counts = units.map { unit in (1...7).map { value in unit.count { $0 == Double(value) } } }
    let found =
      try Agreement.Level.allCases.map { try #require(Agreement.krippendorffAlpha(units, level: $0)) }
      + [try #require(Agreement.fleissKappa(counts))]
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-9, "\(a) \(b)") }
  }

  @Test("Agreement has bounds, and no value where it means nothing")
  func bounds() {
    #expect(Agreement.fleissKappa([[3, 0], [0, 4]]) == 1)
    #expect(Agreement.fleissKappa([[3, 0], [5, 0]]) == nil)
    #expect(Agreement.fleissKappa([[1, 0], [0, 1]]) == nil)
    #expect(Agreement.krippendorffAlpha([[1, 1], [2, 2, 2]], level: .interval) == 1)
    #expect(Agreement.krippendorffAlpha([[1, 1], [1, .nan]], level: .nominal) == nil)
    #expect(Agreement.krippendorffAlpha([], level: .ordinal) == nil)
    #expect(Agreement.entropy([2, 2, 0, 2, 2]) == 2)
    #expect(Agreement.entropy([5]) == 0)
    #expect(Agreement.entropy([0, 0]) == nil)
  }

  @Test("Rules decide which clips have a target")
  func rules() {
    let ratings = [Rating(primary: .emotion(.sad), secondary: [.emotion(.fear)]), Rating(primary: .other)]
    let has = VoteRule.allCases.map { rule in
      [Consensus.emotion(.sad), .other, .noAgreement, .unlabelled].map {
        Distribution(of: ratings, consensus: $0, rule: rule) != nil
      }
    }
    let kinds = [
      [true, true, true, false], [true, false, true, false], [true, true, false, false], [true, false, false, false],
    ]
    #expect(has == kinds + kinds)
    let both = Distribution(of: ratings, consensus: .emotion(.sad), rule: .primaryAndSecondaryWithoutEither)
    #expect(both?[.fear] == 0.5)
  }
}
