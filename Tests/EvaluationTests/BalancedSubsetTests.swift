import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct BalancedSubsetTests {
  @Test func aPerfectSystemScoresOneInEverySubset() throws {
    let labels = (0..<1000).map { $0 % 4 }
    let score = try BalancedSubsetF1(labels: labels, predictions: labels)
    #expect(score.mean == 1 && score.lowest == 1 && score.highest == 1)
    #expect(score.subsets == 100 && score.perClass == 200)
  }

  @Test func theSmallestClassBoundsTheSubsets() throws {
    let labels = [0, 0, 0, 0, 0, 2, 2, 2]
    let score = try BalancedSubsetF1(labels: labels, predictions: labels)
    #expect(score.perClass == 3)
  }

  @Test func wholeClassesMakeOneSubset() throws {
    // As many per class as there are: without replacement, every subset is the whole set.
    var generator = CaseGenerator(state: 5)
    let labels = (0..<300).map { $0 % 3 }
    let predictions = labels.map { generator.below(3) == 0 ? generator.below(3) : $0 }
    let whole = try ClassMetrics(ConfusionMatrix(labels: labels, predictions: predictions, classes: ["0", "1", "2"]))
    let score = try BalancedSubsetF1(labels: labels, predictions: predictions, perClass: 100)
    #expect(score.lowest == whole.macroF1 && score.highest == whole.macroF1)
  }

  @Test func theSeedDecides() throws {
    var generator = CaseGenerator(state: 6)
    let labels = (0..<2000).map { _ in min(generator.below(9), 3) }
    let predictions = labels.map { generator.below(2) == 0 ? generator.below(4) : $0 }
    let one = try BalancedSubsetF1(labels: labels, predictions: predictions, seed: 1)
    #expect(try BalancedSubsetF1(labels: labels, predictions: predictions, seed: 1) == one)
    let two = try BalancedSubsetF1(labels: labels, predictions: predictions, seed: 2)
    #expect(two != one)
    #expect(one.lowest < one.mean && one.mean < one.highest)
    // Right with probability 5/8 whatever the class: balanced subsets score about that.
    #expect(abs(one.mean - 0.625) < 0.03 && abs(one.mean - two.mean) < 0.01)
  }

  @Test func drawsAreDistributedAsAPeers() throws {
    var generator = CaseGenerator(state: 8)
    let labels = (0..<1500).map { _ in min(generator.below(9), 3) }
    let predictions = labels.map { generator.below(2) == 0 ? generator.below(4) : $0 }
    let scratch = try TemporaryFolder()
    try JSONEncoder().encode([labels, predictions]).write(to: scratch("in.json"))
    let script = """
      import json, sys
      import numpy as np
      from sklearn.metrics import f1_score
      y, p = map(np.array, json.load(open(sys.argv[1])))
      scores = []
      for s in range(400):
          rng = np.random.default_rng(s)
          i = np.concatenate([rng.choice(np.flatnonzero(y == c), 100, replace=False) for c in range(4)])
          scores.append(f1_score(y[i], p[i], average="macro"))
      scores = np.array(scores)
      print(json.dumps([float(scores.mean()), float(scores.std(ddof=1))]))
      """
    let peer = try JSONDecoder().decode(
      [Double].self, from: Data(try Peer.python(script, [scratch("in.json").path]).utf8))
    let ours = try BalancedSubsetF1(labels: labels, predictions: predictions, subsets: 400, perClass: 100)
    // Two means of 400 draws differ by 0.07 deviations (one standard deviation).
    #expect(abs(ours.mean - peer[0]) < 0.25 * peer[1], "\(ours), \(peer)")
    #expect(
      (ours.highest - ours.lowest) / peer[1] > 4 && (ours.highest - ours.lowest) / peer[1] < 9, "\(ours), \(peer)")
  }

  @Test func argumentsAreChecked() {
    #expect(throws: EvaluationError.self) { try BalancedSubsetF1(labels: [], predictions: []) }
    #expect(throws: EvaluationError.self) { try BalancedSubsetF1(labels: [0], predictions: [0, 1]) }
    #expect(throws: EvaluationError.self) { try BalancedSubsetF1(labels: [0], predictions: [-1]) }
    #expect(throws: EvaluationError.self) { try BalancedSubsetF1(labels: [0], predictions: [0], perClass: 0) }
  }
}
