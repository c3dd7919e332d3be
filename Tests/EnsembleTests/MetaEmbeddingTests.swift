import Basics
import Emotion
import Ensemble
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("Meta-classifiers on embeddings")
struct MetaEmbeddingTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  private static let settings: StackSettings = {
    var settings = MetaProblem.settings(.soup)
    settings.meta.usesEmbeddings = true
    return settings
  }()

  /// Two models whose scores are noise; the second one's embeddings tell the class.
  private func models(_ count: Int, first: Int = 0) throws -> [ModelScores] {
    try MetaProblem.models(count, lifts: [0, 0], first: first).map { model in
      let file = try write(model, "\(model.name)-\(first).csv")
      var generator = SeededGenerator(seed: 9, first)
      let vectors = (first..<first + count).map { i in
        (0..<6).map { Float(generator.normal(mean: model.name == "m1" && $0 == i % 4 ? 3 : 0)) }
      }
      try Embeddings.write(vectors, of: model.table.fileNames, beside: file)
      return try ModelScores(name: model.name, files: [ScoreFile(contentsOf: file, embeddings: true)])
    }
  }

  private func write(_ model: ModelScores, _ name: String) throws -> URL {
    let lines = model.table.fileNames.enumerated().map { row, name in
      "\(name)," + (0..<4).map { "\(model.table.scores[row * 4 + $0])" }.joined(separator: ",")
    }
    try scratch.write("FileName,angry,sad,happy,neutral\n" + lines.joined(separator: "\n") + "\n", name)
    return scratch(name)
  }

  private func macroF1(_ stack: Stack, _ models: [ModelScores], first: Int) throws -> Double {
    let truth = MetaProblem.rows(models[0].table.fileNames.count, first: first).map {
      ReferenceLabels.Row(fileName: $0.fileName, consensus: $0.consensus)
    }
    return try EvaluationReport(predictions: stack.predictions(models), labels: ReferenceLabels(rows: truth)).macroF1
  }

  @Test("What scores hide and embeddings show is learnt, and kept in the stack's file")
  func learns() throws {
    let labels = try StackLabels(rows: MetaProblem.rows(400))
    let fit = try Stack.fit(models(400), labels: labels, settings: Self.settings)
    #expect(fit.stack.usesEmbeddings)
    let unseen = try models(400, first: 400)
    #expect(try macroF1(fit.stack, unseen, first: 400) > 0.9)
    var without = Self.settings
    without.meta.usesEmbeddings = false
    let blind = try Stack.fit(models(400), labels: labels, settings: without).stack
    #expect(!blind.usesEmbeddings)
    #expect(try macroF1(blind, unseen, first: 400) < 0.4)
    try fit.stack.write(to: scratch("stack.safetensors"))
    let read = try Stack(contentsOf: scratch("stack.safetensors"))
    #expect(read == fit.stack)
    #expect(try read.predictions(unseen) == fit.stack.predictions(unseen))
  }

  @Test("Files of one model bring their embeddings along, in whatever order the stack takes the utterances")
  func joined() throws {
    let labels = try StackLabels(rows: MetaProblem.rows(400))
    let whole = try models(400)
    let stack = try Stack.fit(whole, labels: labels, settings: Self.settings).stack
    let halves = try zip(models(200), models(200, first: 200)).map { one, two in
      try ModelScores(
        name: one.name,
        files: ["\(one.name)-200.csv", "\(two.name)-0.csv"].map {
          try ScoreFile(contentsOf: scratch($0), embeddings: true)
        })
    }
    #expect(halves[0].table.fileNames.first == "u200")
    #expect(try macroF1(stack, halves, first: 0) > 0.9)
  }

  @Test("Embeddings that are missing, of other utterances or of another width are named")
  func refused() throws {
    let given = try models(40)
    let labels = try StackLabels(rows: MetaProblem.rows(40))
    let stack = try Stack.fit(given, labels: labels, settings: Self.settings).stack
    let bare = try MetaProblem.models(40, lifts: [0, 0])
    let asked = #expect(throws: EnsembleError.self) {
      try Stack.fit(bare, labels: labels, settings: Self.settings)
    }
    #expect(asked?.description.contains("embeddings are asked for, and m0 comes with none") == true)
    let lacking = #expect(throws: EnsembleError.self) { try stack.predictions(bare) }
    #expect(lacking?.description.contains("takes embeddings of 6 numbers from m0") == true)
    let file = scratch("m0-0.csv")
    try Embeddings.write([[Float]](repeating: [1], count: 39), of: given[0].table.fileNames.dropLast(), beside: file)
    let others = #expect(throws: EnsembleError.self) { try ScoreFile(contentsOf: file, embeddings: true) }
    #expect(others?.description.contains("is of other utterances than m0-0.csv, or in another order") == true)
    try FileManager.default.removeItem(at: Embeddings.file(beside: file))
    let missing = #expect(throws: EnsembleError.self) { try ScoreFile(contentsOf: file, embeddings: true) }
    #expect(missing?.description.contains("m0-0.embeddings.safetensors is expected") == true)
  }
}
