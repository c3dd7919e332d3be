import Emotion
import Evaluation
import Foundation
import TestSupport
import Testing

/// Intervals hold the true figure as often as they state: sets are drawn from systems whose figures are known.
@Suite struct CoverageTests {
  /// A system whose figures do not depend on the size of the set: what `ResamplingTests.clips` draws from.
  static func truth() throws -> [String: Double] {
    try ResampledMetrics(ResamplingTests.clips(count: 400_000, seed: 77), Resampling(count: 0)).namedValues
  }

  /// Sets have the same number of each class: utterances are drawn within each label, so that the intervals hold for sets
  /// composed as this one. The calibration error states no interval: it is biased upwards in small sets, its resamples are more so.
  @Test func intervalsOfEveryMetricCoverTheTruth() throws {
    let truth = try Self.truth()
    // The figures that follow from how the sets are drawn, without any of our metrics.
    let shares = [0.2, 0.1, 0.3, 0.4]
    let f1 = shares.map { share in 2 * share * 0.7 / (share + share * 0.7 + (1 - share) * 0.1) }
    for (name, value) in ["accuracy": 0.7, "uar": 0.7, "macroF1": f1.reduce(0, +) / 4, "microF1": 0.7] {
      #expect(abs((truth[name] ?? 0) - value) < 0.003, "\(name)")
    }
    var covered: [String: Int] = [:]
    let rounds = 400
    for round in 0..<rounds {
      let clips = try ResamplingTests.clips(count: 600, seed: UInt64(1000 + round), drawsLabels: false)
      let intervals = try ResampledMetrics(clips, Resampling(count: 300, seed: UInt64(round))).intervals
      for (name, value) in truth {
        guard let interval = intervals[name] else {
          #expect(name == "ece")
          continue
        }
        if interval.low <= value && value <= interval.high { covered[name, default: 0] += 1 }
      }
    }
    // 95 % of 400 is 380; chance moves it by 4.4 either way (one standard deviation).
    let report = covered.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    for name in truth.keys where name != "ece" {
      #expect((366...394).contains(covered[name] ?? 0), "\(name): \(report)")
    }
  }

  @Test(arguments: [(speakers: 60, clips: 1200), (speakers: 20, clips: 600)])
  func clusteredIntervalsCoverWhereSpeakersDiffer(speakers: Int, clips count: Int) throws {
    var (clustered, plain) = (0, 0)
    let rounds = 300
    for round in 0..<rounds {
      // Speakers whose accuracy spreads over 0.7 ± 0.2 (before the lucky guesses, 0.6 ± 0.2).
      let clips = try ResamplingTests.clips(count: count, seed: UInt64(5000 + round), speakers: speakers, effect: 0.4)
      for unit in [Resampling.Unit.groups(column: "SpkrID"), .utterances] {
        let found = try ResampledMetrics(clips, Resampling(unit: unit, count: 300, seed: UInt64(round)))
        let interval = try #require(found.intervals["accuracy"])
        if interval.low <= 0.7 && 0.7 <= interval.high {
          if unit == .utterances { plain += 1 } else { clustered += 1 }
        }
      }
    }
    // 95 % of 300 is 285, 4 either way; an interval that takes utterances of a speaker for independent is too narrow.
    #expect((273...297).contains(clustered), "\(clustered) of \(rounds)")
    #expect(plain < 265, "\(plain) of \(rounds) without speakers")
  }

  /// With few units the ends lie where Student's distribution has them: of resamples that are evenly spread, the ends are the
  /// shares themselves.
  @Test func endsOfFewUnitsAreStudents() throws {
    let values = (0...1_000_000).map { Double($0) / 1_000_000 }
    let units = [2, 3, 5, 8, 20, 100, 5000]
    let confidences = [0.5, 0.9, 0.95, 0.99]
    let script = """
      import json, sys
      import numpy as np
      from scipy.stats import norm, t
      print(json.dumps([[float(norm.cdf(-np.sqrt(n / (n - 1)) * t.ppf(0.5 + c / 2, n - 1))) for n in %UNITS] for c in %CONFIDENCES]))
      """.replacing("%UNITS", with: "\(units)").replacing("%CONFIDENCES", with: "\(confidences)")
    let expected = try JSONDecoder().decode([[Double]].self, from: Data(try Peer.python(script, []).utf8))
    for (confidence, row) in zip(confidences, expected) {
      for (count, low) in zip(units, row) {
        let interval = try #require(Interval(of: 0.5, resampled: values, confidence: confidence, units: count))
        #expect(abs(interval.low - low) < 1e-9 && abs(interval.high - (1 - low)) < 1e-9, "\(count), \(confidence)")
      }
    }
  }
}

extension ResampledMetrics {
  fileprivate var namedValues: [String: Double] {
    Dictionary(uniqueKeysWithValues: zip(names, values).filter { !$0.1.isNaN }.map { ($0.0, $0.1) })
  }
}
