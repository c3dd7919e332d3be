import Emotion
import Evaluation
import Foundation
import TestSupport
import Testing

/// Metrics of probabilities, votes and attributes against scikit-learn, scipy and torchmetrics: thousands of random and
/// degenerate cases, all in one Python process.
@Suite struct JudgementParityTests {
  struct Case: Codable {
    var labels: [Int]
    var probabilities: [[Double]]
    var votes: [[Double]]
    var predicted: [Double]
    var rated: [Double]
  }

  static let script = """
    import json, sys, warnings
    import numpy as np, torch
    import sklearn
    from sklearn import metrics as m
    from sklearn.calibration import calibration_curve
    from scipy import stats
    from scipy.spatial.distance import jensenshannon
    import torchmetrics.functional as F
    sklearn.set_config(skip_parameter_validation=True, assume_finite=True)
    warnings.simplefilter("ignore")
    out = []
    for c in json.load(open(sys.argv[1])):
        y, p, v = np.array(c["labels"]), np.array(c["probabilities"]), np.array(c["votes"])
        a, r = np.array(c["predicted"]), np.array(c["rated"])
        k = p.shape[1]; L = list(range(k))
        auc, ap = [], []
        for j in range(k):
            t = (y == j).astype(int)
            auc.append(float(m.roc_auc_score(t, p[:, j])) if 0 < t.sum() < len(t) else None)
            ap.append(float(m.average_precision_score(t, p[:, j])) if t.sum() else None)
        conf, right = p.max(1), (p.argmax(1) == y)
        pt, pp = calibration_curve(right, conf, n_bins=15) if len(set(right)) > 1 else (None, None)
        edges = np.linspace(0, 1, 16)
        ids = np.searchsorted(edges[1:-1], conf)
        ece = sum(abs(conf[ids == b].mean() - right[ids == b].mean()) * (ids == b).sum() for b in set(ids)) / len(y)
        top = [float(m.top_k_accuracy_score(y, p, k=n, labels=L)) if k > max(n, 2) else None for n in (2, 3)]
        d = np.var(a) + np.var(r) + (a.mean() - r.mean()) ** 2
        out.append(dict(
            auroc=auc, ap=ap, ece=float(ece), top=top,
            # torchmetrics puts an edge into the bin above it: its error is the same where no confidence lies on one.
            eceTorch=float(F.calibration_error(torch.tensor(p), torch.tensor(y), task="multiclass", num_classes=k, n_bins=15)) if k > 1 and not np.isin(conf, edges).any() else None,
            normalised=m.confusion_matrix(y, p.argmax(1), labels=L, normalize="true").tolist(),
            curve=None if pt is None else [pt.tolist(), pp.tolist()],
            logLoss=float(m.log_loss(y, p, labels=L)),
            brier=float(m.brier_score_loss(y, p, labels=L, scale_by_half=False)),
            kl=float(F.kl_divergence(torch.tensor(v), torch.tensor(p), reduction="mean")),
            klScipy=float(np.mean([stats.entropy(v[i], np.maximum(p[i], np.finfo(float).eps)) for i in range(len(y))])) if (p > 0).all() else None,
            js=float(np.mean([jensenshannon(v[i], p[i]) ** 2 for i in range(len(y))])),
            ccc=float(2 * np.mean((a - a.mean()) * (r - r.mean())) / d) if d > 1e-12 else None,
            pearson=float(stats.pearsonr(a, r)[0]) if len(a) > 1 and np.ptp(a) > 0 and np.ptp(r) > 0 else None,
            pearsonTorch=float(F.pearson_corrcoef(torch.tensor(a), torch.tensor(r))) if len(a) > 2 and np.ptp(a) > 0 and np.ptp(r) > 0 else None,
            rmse=float(m.root_mean_squared_error(r, a))))
    clean = lambda v: [clean(x) for x in v] if isinstance(v, list) else {k: clean(x) for k, x in v.items()} if isinstance(v, dict) else None if isinstance(v, float) and not np.isfinite(v) else v
    print(json.dumps(clean(out)))
    """

  struct Expected: Codable {
    var auroc, ap: [Double?]
    var ece: Double
    var top: [Double?]
    var curve: [[Double]]?
    var logLoss, brier, rmse: Double
    var normalised: [[Double]]
    var kl, js, eceTorch: Double?
    var klScipy, ccc, pearson, pearsonTorch: Double?
  }

  static func cases() -> [Case] {
    var generator = CaseGenerator(state: 77)
    return (0..<2200).map { number in
      let classes = 3 + generator.below(6)
      let count = number % 12 == 0 ? 1 : 2 + generator.below(number % 3 == 0 ? 6 : 50)
      // Labels of a part of the classes, so that some are absent.
      let labelled = 1 + generator.below(classes)
      let labels = (0..<count).map { _ in generator.below(labelled) }
      let probabilities = labels.map { label -> [Double] in
        switch number % 6 {
        case 0: (0..<classes).map { $0 == (label + number / 6 % 2) % classes ? 1.0 : 0.0 }  // sure, right or wrong
        case 1: [Double](repeating: 1 / Double(classes), count: classes)  // all tied
        case 2:  // ties between utterances and classes
          Self.normalised((0..<classes).map { _ in Double(1 + generator.below(3)) })
        default: generator.distribution(classes)
        }
      }
      let votes = labels.map { label in
        number % 4 == 0
          ? (0..<classes).map { $0 == label ? 1.0 : 0.0 }
          : Self.normalised((0..<classes).map { Double(generator.below(4)) + ($0 == label ? 1 : 0) })
      }
      let rated = (0..<count).map { _ in number % 17 == 0 ? 4 : 1 + 6 * generator.unit() }
      let predicted = rated.map { number % 5 == 0 ? 3 : min(7, max(1, $0 + generator.unit() - 0.5)) }
      return Case(labels: labels, probabilities: probabilities, votes: votes, predicted: predicted, rated: rated)
    }
  }

  static func normalised(_ values: [Double]) -> [Double] {
    let sum = values.reduce(0, +)
    return values.map { $0 / sum }
  }

  /// A case as the files that a user has.
  static func judgement(_ c: Case) throws -> Judgement {
    let classes = Array(EmotionClass.allCases.prefix(c.probabilities[0].count))
    var predictions = ["FileName," + classes.map(\.rawValue).joined(separator: ",") + ",EmoAct"]
    var labels = ["FileName,EmoClass,EmoAct," + EmotionClass.allCases.map(\.rawValue).joined(separator: ",")]
    for (row, label) in c.labels.enumerated() {
      predictions.append(
        "\(row)," + c.probabilities[row].map { "\($0)" }.joined(separator: ",") + ",\(c.predicted[row])")
      let votes = c.votes[row] + [Double](repeating: 0, count: 8 - c.votes[row].count)
      labels.append("\(row),\(classes[label].letter),\(c.rated[row])," + votes.map { "\($0)" }.joined(separator: ","))
    }
    let clips = try JudgedClips(
      PredictionColumns(csv: predictions.joined(separator: "\n")), LabelColumns(csv: labels.joined(separator: "\n")),
      trustingColumns: true)
    return try Judgement(clips, Resampling(count: 0))
  }

  @Test func everyMetricAgreesOnRandomAndDegenerateCases() throws {
    let cases = Self.cases()
    let scratch = try TemporaryFolder()
    try JSONEncoder().encode(cases).write(to: scratch("cases.json"))
    let printed = try Peer.python(Self.script, [scratch("cases.json").path])
    let expected = try JSONDecoder().decode([Expected].self, from: Data(printed.utf8))
    #expect(expected.count == cases.count)
    for (number, (c, e)) in zip(cases, expected).enumerated() {
      let found = try Self.judgement(c)
      func check(_ name: String, _ ours: Double?, _ theirs: Double?, _ tolerance: Double = 1e-9) throws {
        guard let theirs, theirs.isFinite else { return }
        let ours = try #require(ours, "case \(number): \(name) is missing")
        try #require(abs(ours - theirs) <= tolerance, "case \(number): \(name) \(ours), \(theirs)\n\(c)")
      }
      let names = EmotionClass.allCases.map(\.rawValue)
      for (place, area) in e.auroc.enumerated() { try check("auroc", found.rankings?[names[place]]?.auroc, area) }
      for (place, area) in e.ap.enumerated() { try check("ap", found.rankings?[names[place]]?.averagePrecision, area) }
      let areas = e.auroc.compactMap(\.self)
      if !areas.isEmpty { try check("auroc", found.metrics["auroc"], areas.reduce(0, +) / Double(areas.count)) }
      try check("ece", found.metrics["ece"], e.ece)
      // It sums in 32 bits.
      try check("ece of torchmetrics", found.metrics["ece"], e.eceTorch, 1e-6)
      let shares = try ConfusionMatrix(
        classes: Array(names.prefix(e.normalised.count)),
        counts: found.clips.confusion.counts.prefix(e.normalised.count).map { Array($0.prefix(e.normalised.count)) })
      for (ours, theirs) in zip(shares.rowNormalised, e.normalised) {
        for (a, b) in zip(ours, theirs) { try check("share of a row", a, b) }
      }
      try check("top2", found.metrics["top2"], e.top[0])
      try check("top3", found.metrics["top3"], e.top[1])
      try check("log-loss", found.metrics["logLoss"], e.logLoss)
      try check("brier", found.metrics["brier"], e.brier)
      try check("kl", found.metrics["klDivergence"], e.kl)
      try check("kl of scipy", found.metrics["klDivergence"], e.klScipy)
      // The root that scipy takes loses digits of divergences near 0.
      try check("js", found.metrics["jsDivergence"], e.js)
      try check("ccc", found.attributes?["arousal"]?.ccc, e.ccc)
      try check("pearson", found.attributes?["arousal"]?.pearson, e.pearson)
      try check("pearson of torchmetrics", found.attributes?["arousal"]?.pearson, e.pearsonTorch)
      try check("rmse", found.attributes?["arousal"]?.rmse, e.rmse)
      if let curve = e.curve {
        let bins = (found.reliability?.bins ?? []).filter { $0.count > 0 }
        try #require(bins.count == curve[0].count)
        for (place, bin) in bins.enumerated() {
          try check("accuracy of a bin", bin.accuracy, curve[0][place])
          try check("confidence of a bin", bin.confidence, curve[1][place])
        }
      }
    }
  }

  @Test func testsAgreeWithSciPy() throws {
    var generator = CaseGenerator(state: 5)
    let pairs = (0..<400).map { number in
      let bound = number % 3 == 0 ? 5 : number % 3 == 1 ? 100 : 5000
      return [generator.below(bound), generator.below(bound)]
    }
    let values = (0..<200).map { _ in (0..<(1 + generator.below(12))).map { _ in generator.unit() } }
    struct Input: Codable {
      let pairs: [[Int]]
      let values: [[Double]]
    }
    struct Output: Codable {
      let exact, asymptotic: [Double]
      let holm: [[Double]]
    }
    let scratch = try TemporaryFolder()
    try JSONEncoder().encode(Input(pairs: pairs, values: values)).write(to: scratch("in.json"))
    let script = """
      import json, sys
      import numpy as np
      from scipy import stats
      d = json.load(open(sys.argv[1]))
      def holm(p):
          p = np.array(p); o = np.argsort(p); m = len(p)
          q = np.minimum(1, np.maximum.accumulate(p[o] * (m - np.arange(m))))
          r = np.empty(m); r[o] = q
          return r.tolist()
      exact = [float(stats.binomtest(a, a + b, 0.5).pvalue) if a + b else 1.0 for a, b in d["pairs"]]
      chi = [float(stats.chi2.sf(max(abs(a - b) - 1, 0) ** 2 / (a + b), 1)) if a + b else 1.0 for a, b in d["pairs"]]
      print(json.dumps(dict(exact=exact, asymptotic=chi, holm=[holm(v) for v in d["values"]])))
      """
    let expected = try JSONDecoder().decode(
      Output.self, from: Data(try Peer.python(script, [scratch("in.json").path]).utf8))
    for (place, pair) in pairs.enumerated() {
      let found = PairedTests.mcNemar(onlyFirst: pair[0], onlySecond: pair[1])
      #expect(abs(found.exact - expected.exact[place]) <= 1e-9, "\(pair)")
      #expect(abs(found.asymptotic - expected.asymptotic[place]) <= 1e-9, "\(pair)")
    }
    for (place, list) in values.enumerated() {
      for (a, b) in zip(PairedTests.holm(list), expected.holm[place]) { #expect(abs(a - b) <= 1e-12) }
    }
    #expect(PairedTests.holm([0.01, .nan, 0.04])[0] == 0.02)
  }

  @Test func nanIsRefusedWithItsRow() throws {
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    #expect(message { _ = try RankMetrics(scores: [1, .nan], isOfClass: [true, false]) }.hasPrefix("row 1:"))
    #expect(
      message { _ = try ScoreMetrics.logLoss(probabilities: [[1, 0], [.nan, 0]], labels: [0, 0]) }.hasPrefix("row 1:"))
    #expect(message { _ = try ScoreMetrics.concordance([1, .nan], [1, 2]) }.hasPrefix("row 1:"))
    #expect(message { _ = try Reliability(confidences: [0.5, .nan], right: [true, true]) }.hasPrefix("row 1:"))
    #expect(message { _ = try SelectivePrediction(confidences: [.nan], right: [true]) }.hasPrefix("row 0:"))
    let text = message {
      _ = try JudgedClips(
        PredictionColumns(csv: "FileName,sad,fear\na,1,0\nb,nan,0\n"),
        LabelColumns(csv: "FileName,EmoClass\na,S\nb,F\n"))
    }
    #expect(text.contains("b (row 3, sad 'nan')"))
    let everywhere = MismatchTests.message(
      "FileName,sad,fear,EmoAct,EmoDom\na,1,0,NaN,2\nb,1,0,3,-inf\nc,1,0,,4\n",
      "FileName,EmoClass,EmoAct,EmoDom\na,S,2,nan\nb,F,3,4\nc,F,inf,5\n")
    #expect(
      everywhere.hasSuffix(
        "4 fields that hold no number: a (row 2, EmoAct 'NaN'), b (row 3, EmoDom '-inf'), a (l.csv row 2, EmoDom 'nan'), "
          + "c (l.csv row 4, EmoAct 'inf')"))
  }
}
