import Evaluation
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

  @Test func argumentsAreChecked() {
    #expect(throws: EvaluationError.self) { try BalancedSubsetF1(labels: [], predictions: []) }
    #expect(throws: EvaluationError.self) { try BalancedSubsetF1(labels: [0], predictions: [0, 1]) }
    #expect(throws: EvaluationError.self) { try BalancedSubsetF1(labels: [0], predictions: [-1]) }
    #expect(throws: EvaluationError.self) { try BalancedSubsetF1(labels: [0], predictions: [0], perClass: 0) }
  }
}
