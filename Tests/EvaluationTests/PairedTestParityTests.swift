import Emotion
import Evaluation
import Foundation
import TestSupport
import Testing

/// Tests between systems against peers that go through every exchange, or draw for themselves.
@Suite struct PairedTestParityTests {
  struct Case: Codable {
    var labels, first, second, groups: [Int]
  }

  static func cases() -> [Case] {
    var generator = CaseGenerator(state: 31)
    return (0..<12).map { number in
      let count = number < 8 ? 12 : 240
      let labels = (0..<count).map { _ in generator.below(3) }
      func system(_ share: Int) -> [Int] { labels.map { generator.below(10) < share ? $0 : generator.below(3) } }
      return Case(
        labels: labels, first: system(7 - number % 3), second: system(3 + number % 4),
        groups: (0..<count).map { $0 % (number < 8 ? 12 : 10) })
    }
  }

  static func comparison(_ c: Case, _ unit: Resampling.Unit, count: Int) throws -> Comparison.Pair {
    func clips(_ decisions: [Int]) throws -> JudgedClips {
      let letters = EmotionClass.allCases.map(\.letter)
      let predictions = decisions.enumerated().map { "\($0),\(letters[$1])" }
      let labels = c.labels.enumerated().map { "\($0),\(letters[$1]),\(c.groups[$0])" }
      return try JudgedClips(
        PredictionColumns(csv: "FileName,EmoClass\n" + predictions.joined(separator: "\n")),
        LabelColumns(csv: "FileName,EmoClass,SpkrID\n" + labels.joined(separator: "\n")))
    }
    return try Comparison(
      [("a", clips(c.first)), ("b", clips(c.second))], Resampling(unit: unit, count: count, seed: 3),
      averaged: [0, 1, 2], rounds: 20_000
    ).pairs[0]
  }

  @Test func randomisationAgreesWithEveryExchange() throws {
    struct Output: Codable {
      let single, grouped: [String: Double]?
    }
    let script = """
      import itertools, json, sys
      import numpy as np
      from scipy.stats import permutation_test
      def scores(y, p):
          # (…, n) decisions to (…) of each metric
          hit = p == y
          tp = np.stack([(hit & (y == c)).sum(-1) for c in range(3)]); sup = np.array([(y == c).sum() for c in range(3)])
          pred = np.stack([(p == c).sum(-1) for c in range(3)])
          s = sup.reshape((3,) + (1,) * (tp.ndim - 1))
          f1 = np.where(pred + s > 0, 2 * tp / np.maximum(pred + s, 1), 0).mean(0)
          rec = np.stack([tp[c] / sup[c] for c in range(3) if sup[c]]).mean(0)
          return dict(macroF1=f1, uar=rec, accuracy=hit.mean(-1))
      out = []
      for c in json.load(open(sys.argv[1])):
          y, a, b, g = (np.array(c[k]) for k in ("labels", "first", "second", "groups"))
          single = None
          if len(y) <= 14:
              single = {k: float(permutation_test((a, b), lambda x, z, axis: scores(y, x)[k] - scores(y, z)[k], vectorized=True,
                  permutation_type="samples", n_resamples=np.inf).pvalue) for k in ("macroF1", "uar", "accuracy")}
          flips = np.array(list(itertools.product([False, True], repeat=g.max() + 1)))[:, g]
          x, z = np.where(flips, b, a), np.where(flips, a, b)
          sx, sz, sa, sb = scores(y, x), scores(y, z), scores(y, a), scores(y, b)
          grouped = {k: float((abs(sx[k] - sz[k]) >= abs(sa[k] - sb[k]) - 1e-12).mean()) for k in sx}
          out.append(dict(single=single, grouped=grouped))
      print(json.dumps(out))
      """
    let cases = Self.cases()
    let scratch = try TemporaryFolder()
    try JSONEncoder().encode(cases).write(to: scratch("in.json"))
    let expected = try JSONDecoder().decode(
      [Output].self, from: Data(try Peer.python(script, [scratch("in.json").path]).utf8))
    for (number, (c, e)) in zip(cases, expected).enumerated() {
      // 20,000 rounds know a p within 0.0035 (one standard deviation, at 0.5).
      let single = try Self.comparison(c, .utterances, count: 10)
      for (key, value) in e.single ?? [:] {
        let ours = try #require(single.differences[key]?.randomisationP)
        #expect(abs(ours - value) < 0.015, "case \(number), \(key): \(ours), \(value)")
      }
      let grouped = try Self.comparison(c, .groups(column: "SpkrID"), count: 10)
      for (key, value) in e.grouped ?? [:] {
        let ours = try #require(grouped.differences[key]?.randomisationP)
        #expect(abs(ours - value) < 0.015, "case \(number) by groups, \(key): \(ours), \(value)")
      }
    }
  }

  /// Intervals and p of the paired bootstrap against NumPy's own resamples within labels.
  @Test func bootstrapDifferencesAgreeWithAPeer() throws {
    struct Output: Codable {
      let low, high, p: [String: Double]
    }
    let script = """
      import json, sys
      import numpy as np
      from scipy.stats import norm
      from sklearn.metrics import f1_score
      rng = np.random.default_rng(5)
      out = []
      for c in json.load(open(sys.argv[1])):
          y, a, b = (np.array(c[k]) for k in ("labels", "first", "second"))
          strata = [np.flatnonzero(y == k) for k in range(3)]
          def macro(i, p):
              m = np.bincount(y[i] * 3 + p[i], minlength=9).reshape(3, 3)
              return (2 * np.diag(m) / (m.sum(0) + m.sum(1))).mean()
          assert abs(macro(np.arange(len(y)), a) - f1_score(y, a, average="macro")) < 1e-12
          stats = dict(accuracy=lambda i: (a[i] == y[i]).mean() - (b[i] == y[i]).mean(), macroF1=lambda i: macro(i, a) - macro(i, b))
          draws = [np.concatenate([rng.choice(s, len(s)) for s in strata]) for _ in range(6000)]
          low, high, p = {}, {}, {}
          for k, f in stats.items():
              d = np.array([f(i) for i in draws]); t = f(np.arange(len(y)))
              z = norm.ppf((d < t).mean() + (d == t).mean() / 2)
              low[k], high[k] = (float(np.quantile(d, norm.cdf(2 * z + e))) for e in norm.ppf([0.025, 0.975]))
              p[k] = float(min(1, 2 * min((d <= 0).mean(), (d >= 0).mean())))
          out.append(dict(low=low, high=high, p=p))
      print(json.dumps(out))
      """
    let cases = Array(Self.cases().suffix(4))
    let scratch = try TemporaryFolder()
    try JSONEncoder().encode(cases).write(to: scratch("in.json"))
    let expected = try JSONDecoder().decode(
      [Output].self, from: Data(try Peer.python(script, [scratch("in.json").path]).utf8))
    for (c, e) in zip(cases, expected) {
      let pair = try Self.comparison(c, .utterances, count: 6000)
      for key in ["accuracy", "macroF1"] {
        let ours = try #require(pair.differences[key])
        let (interval, low, high) = (try #require(ours.interval), try #require(e.low[key]), try #require(e.high[key]))
        // Ends of 6,000 resamples are known within some 3 % of the width.
        let slack = 0.08 * (high - low)
        #expect(abs(interval.low - low) < slack && abs(interval.high - high) < slack, "\(interval), \(low) to \(high)")
        #expect(abs(ours.bootstrapP - (e.p[key] ?? 2)) < 0.02, "\(ours.bootstrapP), \(e.p)")
      }
    }
  }
}
