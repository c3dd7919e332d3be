import Ensemble
import Foundation
import Testing

@Suite("Random forest")
struct ForestTests {
  @Test("The same seed gives the same forest on any number of threads, another seed another")
  func threads() throws {
    let (values, labels) = Problem.scores(900, columns: 12, classes: 4, lift: 0.5, seed: 5)
    let features = try FeatureMatrix(values, columns: 12)
    var settings = ForestSettings()
    settings.trees = 30
    let one = try RandomForest(features, labels: labels, classCount: 4, settings: settings, threads: 1)
    for threads in [2, 3, 7, 64] {
      let many = try RandomForest(features, labels: labels, classCount: 4, settings: settings, threads: threads)
      #expect(many == one)
      #expect(
        try many.probabilities(of: features, threads: threads) == one.probabilities(of: features, threads: 1))
    }
    #expect(try RandomForest(features, labels: labels, classCount: 4, settings: settings, seed: 1) != one)
  }

  @Test("Rows are told alone as among others, whatever their number")
  func batches() throws {
    let (values, labels) = Problem.scores(700, columns: 9, classes: 3, lift: 0.5, seed: 6)
    let features = try FeatureMatrix(values, columns: 9)
    var settings = ForestSettings()
    settings.trees = 15
    let forest = try RandomForest(features, labels: labels, classCount: 3, settings: settings)
    let all = try forest.probabilities(of: features)
    for count in [0, 1, 15, 16, 17, 255, 256, 257, 700] {
      let part = try forest.probabilities(of: FeatureMatrix(Array(values[..<(count * 9)]), columns: 9))
      #expect(part == Array(all[..<(count * 3)]), "\(count) rows")
    }
    #expect(all.allSatisfy { (0...1).contains($0) })
    for row in 0..<700 { #expect(abs(all[row * 3..<row * 3 + 3].reduce(0, +) - 1) < 1e-12) }
  }

  @Test("More rows than 16 bits count are grown on as well")
  func manyRows() throws {
    let count = 66_000
    let values = (0..<count).map { Float($0) }
    let labels = (0..<count).map { $0 < 65_900 ? 0 : 1 }
    var settings = ForestSettings()
    (settings.trees, settings.bootstrap) = (1, false)
    let forest = try RandomForest(
      FeatureMatrix(values, columns: 1), labels: labels, classCount: 2, settings: settings)
    let told = try forest.probabilities(of: FeatureMatrix([65_899, 65_899.4, 65_899.6, 65_900], columns: 1))
    #expect(told == [1, 0, 1, 0, 0, 1, 0, 1])
    #expect(forest.importances == [1])
  }

  @Test("NaN and infinite features are refused, and the place is named", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(_ value: Float) {
    #expect {
      try FeatureMatrix([1, 2, 3, 4, value, 6], columns: 3)
    } throws: {
      "\($0)" == "row 1, column 1 (counted from 0) is \(value); a stack needs finite numbers"
    }
  }

  @Test("What can't be is refused in words")
  func refusals() throws {
    let features = try FeatureMatrix([1, 2, 3, 4], columns: 2)
    func message(_ labels: [Int], _ classCount: Int, _ change: (inout ForestSettings) -> Void = { _ in }) -> String {
      var settings = ForestSettings()
      change(&settings)
      do {
        _ = try RandomForest(features, labels: labels, classCount: classCount, settings: settings)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(message([0, 1], 2) == "accepted")
    #expect(message([0], 2) == "there are 2 rows and 1 labels; each row has one label")
    #expect(message([0, 2], 2) == "the label of row 1 is 2; allowed is 0 to 1")
    #expect(message([0, 1], 257) == "the number of classes is 257; allowed is 1 to 256")
    #expect(message([0, 1], 2) { $0.trees = 0 } == "the number of trees is 0; allowed is 1 or more")
    #expect(message([0, 1], 2) { $0.depth = 0 } == "the depth is 0; allowed is 1 or more")
    #expect(
      message([0, 1], 2) { $0.minLeaf = 0 } == "the least number of rows in a leaf is 0; allowed is 1 or more")
    #expect(
      message([0, 1], 2) { $0.minSplit = 1 } == "the least number of rows to split is 1; allowed is 2 or more")
    #expect(
      message([0, 1], 2) { $0.featuresPerSplit = .count(3) }
        == "the number of features per split is 3; allowed is 1 to 2")
    let empty = try FeatureMatrix([], columns: 2)
    #expect(throws: EnsembleError.self) { try RandomForest(empty, labels: [], classCount: 2) }
    let forest = try RandomForest(features, labels: [0, 1], classCount: 2)
    #expect(throws: EnsembleError.self) { try forest.probabilities(of: FeatureMatrix([1, 2, 3], columns: 3)) }
  }
}
