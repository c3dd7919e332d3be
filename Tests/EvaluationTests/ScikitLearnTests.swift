import Evaluation
import Foundation
import TestSupport
import Testing

/// The metrics are scikit-learn's: thousands of random and degenerate cases, all in one Python process.
@Suite struct ScikitLearnTests {
  struct Case: Codable {
    var classes: Int
    var labels: [Int]
    var predictions: [Int]
    var fixed: [Int]
    var probabilities: [[Double]]
  }

  struct Expected: Codable {
    var macro: Double
    var micro: Double
    var weighted: Double
    var accuracy: Double
    var uar: Double
    var names: [Int]
    var precision: [Double]
    var recall: [Double]
    var f1: [Double]
    var support: [Int]
    var fixedMacro: Double
    var fixedMicro: Double
    var fixedWeighted: Double
    var logLoss: Double
    var confusion: [[Int]]
  }

  static let script = """
    import json, sys, warnings
    import numpy as np
    import sklearn
    from sklearn import metrics as m
    sklearn.set_config(skip_parameter_validation=True, assume_finite=True)
    warnings.simplefilter("ignore")
    out = []
    for c in json.load(open(sys.argv[1])):
        y, p, k = np.array(c["labels"]), np.array(c["predictions"]), list(range(c["classes"]))
        names = sorted(set(c["labels"]) | set(c["predictions"]))
        f = lambda a, l=None: float(m.f1_score(y, p, average=a, labels=l, zero_division=0))
        pr, re, f1, su = m.precision_recall_fscore_support(y, p, zero_division=0)
        out.append(dict(
            macro=f("macro"), micro=f("micro"), weighted=f("weighted"), accuracy=float(m.accuracy_score(y, p)),
            uar=float(m.balanced_accuracy_score(y, p)), names=names, precision=pr.tolist(), recall=re.tolist(),
            f1=f1.tolist(), support=su.tolist(), fixedMacro=f("macro", c["fixed"]), fixedMicro=f("micro", c["fixed"]),
            fixedWeighted=f("weighted", c["fixed"]),
            logLoss=float(m.log_loss(y, np.array(c["probabilities"]), labels=k)) if len(k) > 1 else 0.0,
            confusion=m.confusion_matrix(y, p, labels=k).tolist()))
    print(json.dumps(out))
    """

  static func cases() -> [Case] {
    var generator = CaseGenerator(state: 2025)
    var cases: [Case] = []
    for number in 0..<2400 {
      let classes = 2 + generator.below(7)
      let count = number % 10 == 0 ? 1 : 1 + generator.below(number % 3 == 0 ? 5 : 60)
      // Labels and predictions from parts of the classes, so that some occur on one side only, or nowhere.
      let labelled = 1 + generator.below(classes)
      let predicted = 1 + generator.below(classes)
      let labels = (0..<count).map { _ in generator.below(labelled) }
      let predictions = labels.map { label in
        switch number % 5 {
        case 0: (label + 1) % classes  // all wrong
        case 1: label  // all right
        default: generator.below(2) == 0 ? label : classes - 1 - generator.below(predicted)
        }
      }
      let fixed = number % 7 == 0 ? Array(0..<classes) : (0..<classes).filter { _ in generator.below(2) == 0 }
      let probabilities = labels.map { label in
        // One-hot rows, right and wrong, meet the clipping of log-loss.
        number % 11 == 0
          ? (0..<classes).map { $0 == (label + number % 2) % classes ? 1.0 : 0.0 } : generator.distribution(classes)
      }
      cases.append(
        Case(
          classes: classes, labels: labels, predictions: predictions, fixed: fixed.isEmpty ? [0] : fixed,
          probabilities: probabilities))
    }
    return cases
  }

  @Test func everyMetricAgreesOnRandomAndDegenerateCases() throws {
    let cases = Self.cases()
    let file = FileManager.default.temporaryDirectory.appending(path: "cases-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try JSONEncoder().encode(cases).write(to: file)
    let expected = try JSONDecoder().decode([Expected].self, from: Data(Peer.python(Self.script, [file.path]).utf8))
    #expect(expected.count == cases.count)

    var worst = 0.0
    for (c, e) in zip(cases, expected) {
      let names = (0..<c.classes).map { "\($0)" }
      let confusion = try ConfusionMatrix(labels: c.labels, predictions: c.predictions, classes: names)
      let metrics = try ClassMetrics(confusion)
      let fixed = try ClassMetrics(confusion, over: .fixed(c.fixed.map { "\($0)" }))
      let ours =
        [
          metrics.macroF1, metrics.microF1, metrics.weightedF1, metrics.accuracy, metrics.uar, fixed.macroF1,
          fixed.microF1, fixed.weightedF1, try ScoreMetrics.logLoss(probabilities: c.probabilities, labels: c.labels),
        ] + metrics.perClass.flatMap { [$0.score.precision, $0.score.recall, $0.score.f1] }
      let theirs =
        [
          e.macro, e.micro, e.weighted, e.accuracy, e.uar, e.fixedMacro, e.fixedMicro, e.fixedWeighted, e.logLoss,
        ] + e.names.indices.flatMap { [e.precision[$0], e.recall[$0], e.f1[$0]] }
      try #require(ours.count == theirs.count)
      worst = zip(ours, theirs).reduce(worst) { max($0, abs($1.0 - $1.1)) }
      try #require(worst <= 1e-9, "\(c)\nours \(ours)\ntheirs \(theirs)")
      #expect(metrics.perClass.map(\.name) == e.names.map { "\($0)" })
      #expect(metrics.perClass.map(\.score.support) == e.support)
      #expect(confusion.counts == e.confusion)
    }
  }

  @Test func concordanceAgreesWithItsDefinitionInNumPy() throws {
    var generator = CaseGenerator(state: 7)
    let pairs = (0..<300).map { number in
      let count = 1 + generator.below(40)
      let x = (0..<count).map { _ in number % 9 == 0 ? 4 : 1 + 6 * generator.unit() }
      return [x, x.map { number % 4 == 0 ? 1 + 6 * generator.unit() : $0 + generator.unit() }]
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "pairs-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try JSONEncoder().encode(pairs).write(to: file)
    let script = """
      import json, sys
      import numpy as np
      def ccc(x, y):
          d = np.var(x) + np.var(y) + (np.mean(x) - np.mean(y)) ** 2
          return float(2 * np.mean((x - np.mean(x)) * (y - np.mean(y))) / d)
      print(json.dumps([ccc(np.array(x), np.array(y)) for x, y in json.load(open(sys.argv[1]))]))
      """
    let expected = try JSONDecoder().decode([Double].self, from: Data(Peer.python(script, [file.path]).utf8))
    for (pair, value) in zip(pairs, expected) {
      let ours = try #require(try ScoreMetrics.concordance(pair[0], pair[1]))
      #expect(abs(ours - value) <= 1e-9)
    }
    #expect(try ScoreMetrics.concordance([3, 3], [3, 3]) == nil)
    #expect(try ScoreMetrics.concordance([], []) == nil)
  }
}
