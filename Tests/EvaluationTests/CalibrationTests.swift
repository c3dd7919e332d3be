import Emotion
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct CalibrationTests {
  /// Probabilities that are too sure, with labels drawn from what they should have been.
  static func data(_ count: Int, classes: Int = 4, seed: UInt64 = 1) -> (probabilities: [[Double]], labels: [Int]) {
    var generator = CaseGenerator(state: seed)
    var rows: [[Double]] = []
    var labels: [Int] = []
    for _ in 0..<count {
      let logits = (0..<classes).map { _ in 2 * (generator.unit() + generator.unit() - 1) }
      let honest = softmax(logits)
      var place = generator.unit()
      var label = 0
      while label < classes - 1, place >= honest[label] {
        place -= honest[label]
        label += 1
      }
      rows.append(softmax(logits.map { $0 * 2.5 }))
      labels.append(label)
    }
    return (rows, labels)
  }

  static func softmax(_ logits: [Double]) -> [Double] {
    let values = logits.map { exp($0) }
    let sum = values.reduce(0, +)
    return values.map { $0 / sum }
  }

  @Test func fitsAgreeWithPeers() throws {
    let (rows, labels) = Self.data(600)
    struct Input: Codable {
      let p: [[Double]]
      let y: [Int]
    }
    struct Output: Codable {
      let temperature: Double
      let vector: [Double]
      let isotonic: [[Double]]
    }
    let scratch = try TemporaryFolder()
    try JSONEncoder().encode(Input(p: rows, y: labels)).write(to: scratch("in.json"))
    let script = """
      import json, sys
      import numpy as np
      from scipy.optimize import minimize, minimize_scalar
      from scipy.special import log_softmax
      from sklearn.isotonic import IsotonicRegression
      d = json.load(open(sys.argv[1])); p, y = np.array(d["p"]), np.array(d["y"]); z = np.log(p); n, k = p.shape
      t = minimize_scalar(lambda b: -log_softmax(z * b, axis=1)[np.arange(n), y].mean(), bounds=(0.01, 10), method="bounded",
          options=dict(xatol=1e-12)).x
      def loss(v):
          w, b = v[:k], v[k:]
          r = np.concatenate([w - 1, b])
          l = log_softmax(w * z + b, axis=1); e = np.exp(l); e[np.arange(n), y] -= 1
          return -l[np.arange(n), y].mean() + 0.5e-4 * (r ** 2).sum(), np.concatenate([(e * z).mean(0), e.mean(0)]) + 1e-4 * r
      v = minimize(loss, np.concatenate([np.ones(k), np.zeros(k)]), jac=True, method="BFGS", options=dict(gtol=1e-10)).x
      iso = [IsotonicRegression(out_of_bounds="clip").fit(p[:, j], y == j).predict(np.linspace(0, 1, 41)).tolist() for j in range(k)]
      print(json.dumps(dict(temperature=1 / t, vector=v.tolist(), isotonic=iso)))
      """
    let expected = try JSONDecoder().decode(
      Output.self, from: Data(try Peer.python(script, [scratch("in.json").path]).utf8))
    guard
      case .temperature(let value) = try Calibration.Method.fitting("temperature", probabilities: rows, labels: labels),
      case .vector(let weights, let offsets) = try Calibration.Method.fitting(
        "vector", probabilities: rows, labels: labels),
      case .isotonic(let functions) = try Calibration.Method.fitting("isotonic", probabilities: rows, labels: labels)
    else {
      Issue.record("other methods than asked for")
      return
    }
    // The peer's minimum is known to the root of its precision.
    #expect(abs(value - expected.temperature) < 1e-6)
    #expect(abs(value - 2.5) < 0.4)
    for (a, b) in zip(weights + offsets, expected.vector) { #expect(abs(a - b) < 1e-6) }
    for (function, values) in zip(functions, expected.isotonic) {
      for (step, theirs) in values.enumerated() {
        #expect(abs(function(Double(step) / 40) - theirs) < 1e-9, "at \(Double(step) / 40)")
      }
    }
  }

  @Test func isotonicFitsAreScikitLearns() throws {
    var generator = CaseGenerator(state: 17)
    let cases = (0..<1000).map { number -> [[Double]] in
      let count = number % 10 == 0 ? 1 : 1 + generator.below(40)
      let steps = [1, 4, 1000][number % 3]
      let places = (0..<count).map { _ in Double(generator.below(steps + 1)) / Double(steps) }
      let values = places.map { place in
        switch number % 4 {
        case 0: 1 - place  // falling: one pool
        case 1: 0.0
        case 2: generator.unit() < place ? 1.0 : 0.0
        default: generator.unit()
        }
      }
      return [places, values]
    }
    let scratch = try TemporaryFolder()
    try JSONEncoder().encode(cases).write(to: scratch("in.json"))
    let script = """
      import json, sys
      import numpy as np
      from sklearn.isotonic import IsotonicRegression
      print(json.dumps([IsotonicRegression(out_of_bounds="clip").fit(x, y).predict(np.linspace(-0.1, 1.1, 61)).tolist()
          for x, y in json.load(open(sys.argv[1]))]))
      """
    let expected = try JSONDecoder().decode(
      [[Double]].self, from: Data(try Peer.python(script, [scratch("in.json").path]).utf8))
    for (number, (c, values)) in zip(cases, expected).enumerated() {
      let function = IsotonicFunction(fitting: c[0], to: c[1])
      for (step, theirs) in values.enumerated() {
        let place = -0.1 + 1.2 * Double(step) / 60
        try #require(abs(function(place) - theirs) < 1e-9, "case \(number) at \(place): \(function(place)), \(theirs)")
      }
    }
  }

  @Test func riskByCoverageIsItsDefinition() throws {
    var generator = CaseGenerator(state: 23)
    let cases = (0..<400).map { number -> [[Double]] in
      let count = 1 + generator.below(30)
      let steps = number % 3 == 0 ? 3 : 10_000
      return [
        (0..<count).map { _ in Double(generator.below(steps) + 1) / Double(steps) },
        (0..<count).map { _ in number % 7 == 0 ? 0 : Double(generator.below(2)) },
      ]
    }
    let scratch = try TemporaryFolder()
    try JSONEncoder().encode(cases).write(to: scratch("in.json"))
    // Each answer's risk is that of all that are at least as sure.
    let script = """
      import json, sys
      import numpy as np
      out = []
      for c, r in json.load(open(sys.argv[1])):
          c, r = np.array(c), np.array(r)
          risk = np.array([1 - r[c >= t].mean() for t in c])
          best = np.sort(r)[::-1]
          out.append([float(risk.mean()), float((1 - np.cumsum(best) / np.arange(1, len(r) + 1)).mean())])
      print(json.dumps(out))
      """
    let expected = try JSONDecoder().decode(
      [[Double]].self, from: Data(try Peer.python(script, [scratch("in.json").path]).utf8))
    for (c, areas) in zip(cases, expected) {
      let found = try SelectivePrediction(confidences: c[0], right: c[1].map { $0 == 1 })
      #expect(abs(found.area - areas[0]) < 1e-9 && abs(found.bestArea - areas[1]) < 1e-9)
    }
  }

  @Test func calibrationLowersLossOnOtherData() throws {
    let (rows, labels) = Self.data(1500)
    let (others, truth) = Self.data(1500, seed: 9)
    let before = try ScoreMetrics.logLoss(probabilities: others, labels: truth)
    for name in Calibration.Method.names {
      let calibration = Calibration(
        classes: [.angry, .sad, .happy, .neutral],
        method: try .fitting(name, probabilities: rows, labels: labels))
      let after = others.map { calibration($0) }
      #expect(after.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-12 })
      #expect(try ScoreMetrics.logLoss(probabilities: after, labels: truth) < before - 0.02, "\(name)")
      let again = try JSONDecoder().decode(Calibration.self, from: JSONEncoder().encode(calibration))
      #expect(again == calibration && again.fault == nil)
    }
    let kept = Calibration(classes: [.angry, .sad, .happy, .neutral], method: .temperature(1))
    for row in others.prefix(20) { for (a, b) in zip(kept(row), row) { #expect(abs(a - b) < 1e-12) } }
  }

  @Test func faultsAreSentences() {
    let two: [EmotionClass] = [.sad, .fear]
    let faulty: [Calibration] = [
      .init(classes: two, method: .temperature(0)),
      .init(classes: two, method: .vector(weights: [1], offsets: [0, 0])),
      .init(
        classes: two, method: .isotonic([IsotonicFunction(x: [0, 1], y: [1, 0]), IsotonicFunction(x: [0], y: [0])])),
      .init(classes: two, method: nil, priorShift: PriorShift(source: [1], target: [1])),
      .init(classes: two, method: nil, conformal: ConformalSets(kind: .overall, coverage: 0.9, thresholds: [])),
    ]
    for calibration in faulty { #expect(calibration.fault != nil) }
  }

  @Test func priorsAreFoundWithoutLabels() throws {
    // Two normal scores a class; the shares of the classes are 0.5 where calibrated and 0.8 to 0.2 in use.
    var generator = CaseGenerator(state: 4)
    let rows = (0..<6000).map { row -> [Double] in
      let isFirst = row % 5 != 0
      let noise = (0..<12).reduce(-6.0) { sum, _ in sum + generator.unit() }
      return Self.softmax([2 * (isFirst ? 1 : -1) + 2 * noise, 0])
    }
    let shift = try PriorShift(estimatingFrom: rows, source: [0.5, 0.5])
    #expect(abs(shift.target[0] - 0.8) < 0.03)
    let own = rows.map { PriorShift(source: [0.5, 0.5], target: [0.8, 0.2])($0) }
    // Of clips that it was counted on the estimate is their own; not so where a class is overrated.
    #expect(throws: Never.self) { try PriorShift(estimatingFrom: rows, source: [0.8, 0.2], checkedOn: own) }
    let skewed = own.map { row in Self.softmax([log(row[0]) + 2, log(row[1])]) }
    let error = #expect(throws: EvaluationError.self) {
      try PriorShift(estimatingFrom: rows, source: [0.8, 0.2], checkedOn: skewed)
    }
    #expect(error?.description.contains("can't be estimated: for the clips of the calibration itself 0.") == true)
    let fixed = PriorShift(source: [0.5, 0.5], target: [0.9, 0.1])([0.5, 0.5])
    #expect(abs(fixed[0] - 0.9) < 1e-12)
  }

  @Test func setsHoldWhatTheyState() throws {
    // Over many fits on small sets the mean coverage is what is stated, whatever the scores are worth.
    var covered: [ConformalSets.Kind: Double] = [:]
    var least: [Double] = [0, 0, 0, 0]
    let rounds = 60
    for round in 0..<rounds {
      let (rows, labels) = Self.data(200, seed: UInt64(100 + round))
      let (others, truth) = Self.data(500, seed: UInt64(900 + round))
      for kind in ConformalSets.Kind.allCases {
        let sets = try ConformalSets(fitting: kind, coverage: 0.9, probabilities: rows, labels: labels)
        let hits = zip(others, truth).map { sets($0).contains($1) }
        covered[kind, default: 0] += Double(hits.count { $0 }) / 500 / Double(rounds)
        if kind == .perClass {
          for c in 0..<4 {
            let members = truth.indices.filter { truth[$0] == c }
            least[c] += Double(members.count { hits[$0] }) / Double(members.count) / Double(rounds)
          }
        }
      }
    }
    for kind in ConformalSets.Kind.allCases {
      #expect((0.89...0.93).contains(covered[kind] ?? 0), "\(kind) \(covered)")
    }
    #expect(least.allSatisfy { (0.885...0.95).contains($0) }, "\(least)")
    let few = try ConformalSets(fitting: .overall, coverage: 0.9, probabilities: [[1, 0]], labels: [0])
    #expect(few([0, 1]) == [0, 1], "too few for the promise: every class")
  }

  @Test func silenceLowersRisk() throws {
    let found = try SelectivePrediction(confidences: [0.9, 0.8, 0.8, 0.5], right: [true, true, false, false])
    #expect(found.curve.map(\.coverage) == [0.25, 0.75, 1])
    #expect(found.curve.map(\.risk) == [0, 1.0 / 3, 0.5])
    #expect(abs(found.area - (0 + 2.0 / 3 + 0.5) / 4) < 1e-12)
    #expect(abs(found.bestArea - (1.0 / 3 + 0.5) / 4) < 1e-12)
    #expect(found.risk(at: 0.5) == 1.0 / 3)
  }
}
