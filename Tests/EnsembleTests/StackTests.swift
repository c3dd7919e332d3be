import Basics
import Emotion
import Ensemble
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("Stack")
struct StackTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  static let classes: [EmotionClass] = [.angry, .sad, .neutral]

  /// A model's logits for utterances `u0`, `u1`, ..., whose class goes round; `lift` says how much it knows.
  static func logits(_ count: Int, lift: Double, seed: UInt64, from first: Int = 0) -> String {
    var generator = SeededGenerator(seed: seed)
    var lines = ["FileName,angry,sad,neutral"]
    for i in 0..<first + count {
      let row = (0..<3).map { generator.normal(mean: $0 == i % 3 ? lift : 0, deviation: 1) }
      if i >= first { lines.append("u\(i)," + row.map { "\($0)" }.joined(separator: ",")) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  static func labels(_ count: Int) throws -> ReferenceLabels {
    try ReferenceLabels(
      rows: (0..<count).map { .init(fileName: "u\($0)", consensus: .emotion(classes[$0 % 3])) })
  }

  static func model(_ name: String, _ csv: String) throws -> ModelScores {
    try ModelScores(name: name, files: [ScoreFile(csv: csv, source: "\(name).csv")])
  }

  static func models(_ count: Int) throws -> [ModelScores] {
    try ["a", "b", "c"].enumerated().map { try model($1, logits(count, lift: 1, seed: UInt64($0))) }
  }

  static func settings() -> StackSettings {
    var settings = StackSettings()
    settings.forest.trees = 40
    return settings
  }

  @Test("A forest on three models' logits knows more than any of them, and the file it is saved in says the same")
  func forest() throws {
    let models = try Self.models(600)
    let labels = try Self.labels(600)
    let known = StackLabels(labels)
    let fit = try Stack.fit(models, labels: known, settings: Self.settings())
    #expect(fit.utteranceCount == 600 && fit.labelledCount == 600)
    #expect(fit.perClass == [.angry: 200, .sad: 200, .neutral: 200])
    let stack = fit.stack
    #expect(stack.forests.count == 5 && stack.classes == Self.classes)
    #expect(stack.importances.map(\.name).prefix(4) == ["a angry", "a sad", "a neutral", "b angry"])
    #expect(abs(stack.importances.reduce(0) { $0 + $1.share } - 1) < 1e-12)
    func score(_ stack: Stack, _ given: [ModelScores]) throws -> EvaluationReport {
      try EvaluationReport(predictions: stack.predictions(given), labels: labels)
    }
    let vote = StackSettings(.soft)
    let heldOut = try #require(fit.heldOut)
    #expect(heldOut.count == 600)
    for model in models {
      let single = try Stack.fit([model], labels: nil, settings: vote).stack
      #expect(try heldOut.macroF1 > score(single, [model]).macroF1 + 0.1)
    }
    // Seen in growing, and therefore no worse than held out.
    #expect(try score(stack, models).macroF1 > heldOut.macroF1)

    let file = scratch("stack.safetensors")
    try stack.write(to: file)
    let read = try Stack(contentsOf: file)
    #expect(read == stack)
    #expect(try read.predictions(models.reversed()) == stack.predictions(models))
  }

  @Test("The balanced subset and the folds follow the seed; too many of a class are refused")
  func subsets() throws {
    let models = try Self.models(301)
    let labels = StackLabels(try Self.labels(301))
    var settings = Self.settings()
    settings.subset = .perClass(60)
    let fit = try Stack.fit(models, labels: labels, settings: settings, threads: 1)
    #expect(fit.perClass == [.angry: 60, .sad: 60, .neutral: 60])
    #expect(try Stack.fit(models, labels: labels, settings: settings, threads: 3).stack == fit.stack)
    settings.seed = 1
    #expect(try Stack.fit(models, labels: labels, settings: settings).stack != fit.stack)
    settings.subset = .all
    #expect(try Stack.fit(models, labels: labels, settings: settings).perClass[.angry] == 101)
    settings.subset = .rarest
    #expect(try Stack.fit(models, labels: labels, settings: settings).perClass[.angry] == 100)
    settings.folds = 1
    let one = try Stack.fit(models, labels: labels, settings: settings)
    #expect(one.stack.forests.count == 1 && one.heldOut == nil)
    settings.subset = .perClass(101)
    #expect(
      throws: EnsembleError.division(
        "101 utterances per class are asked for, but sad has 100; allowed is 1 to 100")
    ) { try Stack.fit(models, labels: labels, settings: settings) }
    settings.subset = .perClass(4)
    settings.folds = 5
    #expect(throws: EnsembleError.division("angry has 4 utterances, too few for 5 folds")) {
      try Stack.fit(models, labels: labels, settings: settings)
    }
  }

  @Test("Utterances without a class are left out, but may not be missing")
  func unlabelled() throws {
    let models = try Self.models(300)
    var rows = StackLabels(try Self.labels(300)).rows
    rows[0].consensus = .noAgreement
    rows[1].consensus = .other
    let fit = try Stack.fit(models, labels: StackLabels(rows: rows), settings: Self.settings())
    #expect(fit.labelledCount == 298)
    rows.removeSubrange(7...8)
    rows.append(.init(fileName: "extra", consensus: .emotion(.sad)))
    rows.append(.init(fileName: "unclear", consensus: .noAgreement))
    #expect(
      throws: EnsembleError.mismatch([
        UtteranceMismatch(file: "the labels file", missing: ["u7", "u8"], surplus: ["extra"])
      ])
    ) { try Stack.fit(models, labels: StackLabels(rows: rows), settings: Self.settings()) }
  }

  @Test("Every mismatch between the files is named")
  func mismatches() throws {
    let scores = Self.logits(6, lift: 1, seed: 1)
    let lines = scores.split(separator: "\n").map(String.init)
    let short = lines.filter { !$0.hasPrefix("u3,") }.joined(separator: "\n")
    let models = try [
      Self.model("a", scores), Self.model("b", short), Self.model("c", scores + "w,1,2,3\nv,1,2,3\n"),
    ]
    do {
      _ = try Stack.fit(models, labels: StackLabels(Self.labels(6)), settings: Self.settings())
      Issue.record("accepted")
    } catch {
      #expect(
        "\(error)" == "all files must hold the same utterances, but b.csv lacks u3; c.csv has v, w too much. "
          + "FileName must agree to the letter, and a split can choose the labels' rows")
    }
    let other = try Self.model("d", "FileName,angry,neutral\nu0,1,2\n")
    #expect(
      throws: EnsembleError.models(
        "d.csv has the classes angry, neutral, but a.csv has angry, sad, neutral; all models score the same classes")
    ) { try Stack.fit([models[0], other], labels: StackLabels(Self.labels(6)), settings: Self.settings()) }
    #expect(throws: EnsembleError.models("two models have the name 'a'; each has a name of its own")) {
      try Stack.fit([models[0], models[0]], labels: StackLabels(Self.labels(6)), settings: Self.settings())
    }
  }

  @Test("A stack takes the models that it was fitted with, and no others")
  func otherModels() throws {
    let models = try Self.models(300)
    let stack = try Stack.fit(models, labels: StackLabels(Self.labels(300)), settings: Self.settings()).stack
    #expect(
      throws: EnsembleError.models(
        "the stack was fitted with 3 models (a, b, c), but is given 2 (a, b)")
    ) { try stack.predictions(Array(models.prefix(2))) }
    let probabilities = try Self.model(
      "c", "FileName,angry,sad,neutral\n" + (0..<300).map { "u\($0),0.2,0.3,0.5\n" }.joined())
    #expect(
      throws: EnsembleError.models(
        "c.csv holds probabilities, but the stack was fitted with logits of c")
    ) { try stack.predictions([models[0], models[1], probabilities]) }
  }

  @Test("Soft votes average probabilities, majorities count decisions; logits go through a softmax")
  func votes() throws {
    let a = try Self.model("a", "FileName,angry,sad,neutral,EmoClass\nx,0.5,0.3,0.2,A\ny,0.1,0.2,0.7,N\n")
    let b = try Self.model("b", "FileName,angry,sad,neutral\ny,0,1.0986122886681098,0\nx,0,2,1\n")
    let c = try Self.model("c", "FileName,sad,angry,neutral,EmoClass\nx,0.6,0.2,0.2,N\ny,0.1,0.1,0.8,N\n")
    var settings = StackSettings(.soft)
    let soft = try Stack.fit([a, b, c], labels: nil, settings: settings).stack
    try soft.write(to: scratch("soft.safetensors"))
    let mean = try Stack(contentsOf: scratch("soft.safetensors")).predictions([c, b, a])
    #expect(mean.rows.map(\.fileName) == ["x", "y"] && mean.rows.map(\.emotion) == [.sad, .neutral])
    #expect(zip(mean.rows[1].probabilities, [0.4 / 3, 0.9 / 3, 1.7 / 3]).allSatisfy { abs($0 - $1) < 1e-12 })
    settings.method = .majority
    let votes = try Stack.fit([a, b, c], labels: nil, settings: settings).stack.predictions([a, b, c])
    // x: one vote for each of the three, of which sad has the highest mean probability.
    #expect(votes.rows[0].emotion == .sad)
    #expect(zip(votes.rows[0].probabilities, [1.0 / 3, 1.0 / 3, 1.0 / 3]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(votes.rows[1].emotion == .neutral)
    #expect(zip(votes.rows[1].probabilities, [0, 1.0 / 3, 2.0 / 3]).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("Files of folds are joined, and checked against the folds; others are averaged")
  func folds() throws {
    let parts = try [(0, 100), (100, 200)].map { first, count in
      try ScoreFile(csv: Self.logits(count, lift: 1, seed: 1, from: first), source: "fold\(first).csv")
    }
    let joined = try ModelScores(name: "a", files: parts)
    #expect(try joined.table.scores == ScoreFile(csv: Self.logits(300, lift: 1, seed: 1), source: "").scores)
    var folds = Dictionary(uniqueKeysWithValues: (0..<300).map { ("u\($0)", $0 < 100 ? 0 : 1) })
    try joined.checkOutOfFold(folds)
    folds["u250"] = 0
    #expect(
      throws: EnsembleError.division(
        "fold100.csv holds utterances of the folds 0, 1; the network of one fold predicts that fold alone")
    ) { try joined.checkOutOfFold(folds) }
    folds["u3"] = nil
    #expect(throws: EnsembleError.self) { try joined.checkOutOfFold(folds) }
    #expect(
      throws: EnsembleError.models(
        "'u0' is in fold0.csv and in fold0.csv; of one model, each utterance is in one file (predictions can be averaged "
          + "instead: --average)")
    ) { try ModelScores(name: "a", files: [parts[0], parts[0]]) }
    let mean = try ModelScores(
      name: "a",
      files: [
        ScoreFile(csv: "FileName,sad,angry\nx,3,2\ny,5,4\n", source: "1"),
        ScoreFile(csv: "FileName,angry,sad\ny,8,7\nx,6,5\n", source: "2"),
      ], .average)
    #expect(mean.table.fileNames == ["x", "y"] && mean.table.scores == [4, 4, 6, 6])
    #expect(throws: EnsembleError.self) { try ModelScores(name: "a", files: parts, .average) }
  }
}
