import Basics
import Emotion
import Ensemble
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("Decisions by factors of the classes")
struct StackDecisionTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  static let classes: [EmotionClass] = [.angry, .sad, .neutral]

  /// Utterances of which 2 in 20 are angry, 3 sad and the others neutral, and a model whose probabilities are right: Gaussian
  /// evidence for each class, times its share.
  static func problem(
    _ count: Int, seed: UInt64, names: String = "u", shares: [Double] = [0.1, 0.15, 0.75]
  ) throws -> (model: ModelScores, labels: StackLabels) {
    var generator = SeededGenerator(seed: seed)
    var lines = ["FileName,angry,sad,neutral"]
    var rows: [StackLabels.Row] = []
    for i in 0..<count {
      let label = generator.pick(weights: shares)
      let scores = (0..<3).map { c in
        log(shares[c]) + generator.normal(mean: c == label ? 1 : 0)
      }
      lines.append("\(names)\(i)," + scores.map { "\($0)" }.joined(separator: ","))
      rows.append(.init(fileName: "\(names)\(i)", consensus: .emotion(classes[label]), group: "s\(i % 12)"))
    }
    let file = try ScoreFile(csv: lines.joined(separator: "\n") + "\n", source: "\(names).csv")
    return (try ModelScores(name: "a", files: [file]), try StackLabels(rows: rows))
  }

  static func settings(_ decision: StackDecision = .macroF1) -> StackSettings {
    var settings = StackSettings(.soft)
    (settings.decision, settings.isOutOfFold, settings.seed) = (decision, true, 3)
    return settings
  }

  static func macroF1(_ stack: Stack, _ model: ModelScores, _ labels: StackLabels) throws -> Double {
    try EvaluationReport(
      predictions: stack.predictions([model]),
      labels: ReferenceLabels(rows: labels.rows.map { .init(fileName: $0.fileName, consensus: $0.consensus) })
    ).macroF1
  }

  @Test("Factors make a better Macro-F1 on utterances that they were not found on, and raise the rare classes")
  func better() throws {
    let (model, labels) = try Self.problem(2000, seed: 1)
    let (other, truth) = try Self.problem(4000, seed: 2, names: "v")
    let plain = try Stack.fit([model], labels: labels, settings: Self.settings(.mostProbable)).stack
    let stack = try Stack.fit([model], labels: labels, settings: Self.settings()).stack
    let factors = try #require(stack.factors)
    #expect(plain.factors == nil && factors.count == 3)
    #expect(factors[0] > factors[2] && factors[1] > factors[2])
    #expect(abs(factors.reduce(0) { $0 + log($1) }) < 1e-9)
    #expect(try Self.macroF1(stack, other, truth) > Self.macroF1(plain, other, truth) + 0.01)
    // No pair of factors on a grid is much better on what they were found on.
    var best = 0.0
    let told = try plain.predictions([model])
    for x in -8...8 {
      for y in -8...8 {
        let grid = [exp(Double(x) / 4), exp(Double(y) / 4), 1]
        let rows = told.rows.map { row in
          let products = zip(row.probabilities, grid).map(*)
          let winner = products.indices.max { products[$0] < products[$1] } ?? 0
          return Prediction(
            fileName: row.fileName, probabilities: row.probabilities, emotion: Self.classes[winner], attributes: [:])
        }
        let report = try EvaluationReport(
          predictions: Predictions(classes: told.classes, rows: rows),
          labels: ReferenceLabels(rows: labels.rows.map { .init(fileName: $0.fileName, consensus: $0.consensus) }))
        best = max(best, report.macroF1)
      }
    }
    #expect(try Self.macroF1(stack, model, labels) > best - 0.01)
  }

  @Test("Probabilities are multiplied, sum to 1 and agree with decisions; the file says the same, and the seed decides")
  func file() throws {
    let (model, labels) = try Self.problem(400, seed: 1)
    let stack = try Stack.fit([model], labels: labels, settings: Self.settings()).stack
    let plain = try Stack.fit([model], labels: labels, settings: Self.settings(.mostProbable)).stack
    let factors = try #require(stack.factors)
    let (told, before) = (try stack.predictions([model]), try plain.predictions([model]))
    for (row, old) in zip(told.rows, before.rows) {
      let products = zip(old.probabilities, factors).map(*)
      let sum = products.reduce(0, +)
      #expect(zip(row.probabilities, products).allSatisfy { abs($0 - $1 / sum) < 1e-12 })
      let most = row.probabilities.indices.max { row.probabilities[$0] < row.probabilities[$1] } ?? 0
      #expect(row.emotion == Self.classes[most])
    }
    let url = scratch("stack.safetensors")
    try stack.write(to: url)
    #expect(try Stack(contentsOf: url) == stack)
    #expect(try Stack.fit([model], labels: labels, settings: Self.settings()).stack == stack)
    var other = Self.settings()
    other.seed = 4
    #expect(try Stack.fit([model], labels: labels, settings: other).stack != stack)
  }

  @Test("Factors that gain nothing on speakers that they were not found on are not kept")
  func useless() throws {
    let (model, labels) = try Self.problem(600, seed: 1, shares: [1.0 / 3, 1.0 / 3, 1.0 / 3])
    #expect(try Stack.fit([model], labels: labels, settings: Self.settings()).stack.factors == [1, 1, 1])
  }

  @Test("A class that nothing was found for keeps its probability")
  func absent() throws {
    let (model, labels) = try Self.problem(400, seed: 1)
    var rows = labels.rows
    for i in rows.indices where rows[i].consensus == .emotion(.angry) { rows[i].consensus = .noAgreement }
    let factors = try #require(
      try Stack.fit([model], labels: StackLabels(rows: rows), settings: Self.settings()).stack.factors)
    #expect(factors[0] == 1 && factors[1] > factors[2])
  }

  @Test("Factors are found on held-out utterances where there are any, else on out-of-fold scores, else not at all")
  func honest() throws {
    let (model, labels) = try Self.problem(400, seed: 1)
    let (other, truth) = try Self.problem(400, seed: 2, names: "v")
    var settings = Self.settings()
    settings.isOutOfFold = false
    #expect {
      try Stack.fit([model], labels: labels, settings: settings)
    } throws: {
      "\($0)".hasPrefix("the classes' factors are selected on utterances that no network was trained on")
    }
    let held = try Stack.fit(
      [model], labels: nil, settings: settings, heldOut: StackHeldOut(models: [other], labels: truth))
    let own = try Stack.fit([other], labels: truth, settings: Self.settings())
    #expect(held.stack.factors == own.stack.factors)
    settings = StackSettings(.forest)
    (settings.decision, settings.isOutOfFold, settings.forest.trees) = (.macroF1, true, 5)
    #expect {
      try Stack.fit([model], labels: labels, settings: settings)
    } throws: {
      "\($0)".hasPrefix("the classes' factors are found on utterances that the stack was not fitted on")
    }
    #expect(
      try Stack.fit(
        [model], labels: labels, settings: settings, heldOut: StackHeldOut(models: [other], labels: truth)
      ).stack.factors != nil)
    settings = StackSettings(.majority)
    (settings.decision, settings.isOutOfFold) = (.macroF1, true)
    #expect(
      throws: EnsembleError.setting(
        name: "the decision", value: "macro-f1", allowed: "most-probable where models vote by majority")
    ) { try Stack.fit([model], labels: labels, settings: settings) }
  }
}
