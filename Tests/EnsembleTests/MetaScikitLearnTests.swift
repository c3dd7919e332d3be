import Basics
import Emotion
import Ensemble
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite(
  "Meta-classifiers beside scikit-learn",
  .enabled(if: FileManager.default.isExecutableFile(atPath: Peer.interpreter.path), "needs scikit-learn in .deps/venv"))
struct MetaScikitLearnTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  struct Told: Decodable { let probabilities: [[Double]] }

  /// Without weight decay and trained to the end, a linear classifier is multinomial logistic regression, whose loss has
  /// one lowest point; for soft targets, scikit-learn sees each row once for each class, weighted by its share.
  @Test("Trained to convergence, it is multinomial logistic regression", arguments: [false, true])
  func optimum(_ isSoft: Bool) throws {
    let count = 400
    let models = try MetaProblem.models(count, lifts: [0.5, 0.9])
    var generator = SeededGenerator(seed: 8)
    let rows = MetaProblem.rows(count) { i, row in
      guard isSoft else { return }
      let votes = MetaProblem.classes.enumerated().map { c, emotion in
        (emotion, Double(generator.below(3)) + (c == i % 4 ? 3 : 0))
      }
      row.target = Distribution(weights: Dictionary(uniqueKeysWithValues: votes))
    }
    // Copies under other names: by their loss, which is the training loss, the last epoch is kept.
    let copies = try models.map { model in
      var lines = ["FileName,angry,sad,happy,neutral"]
      for i in 0..<count {
        lines.append("copy\(i)," + model.table.scores[i * 4..<i * 4 + 4].map { "\($0)" }.joined(separator: ","))
      }
      return try ModelScores(
        name: model.name, files: [ScoreFile(csv: lines.joined(separator: "\n") + "\n", source: model.name)])
    }
    let held = try StackHeldOut(
      models: copies,
      labels: StackLabels(
        rows: rows.enumerated().map { i, row in
          var row = row
          row.fileName = "copy\(i)"
          return row
        }))
    var settings = StackSettings(.meta)
    settings.scale = .asIs
    settings.meta.sampling = .natural
    settings.meta.batchSize = count
    settings.meta.leastBatches = 1
    settings.meta.learningRate = 0.05
    settings.meta.schedule = .cosine
    settings.meta.weightDecay = 0
    settings.meta.epochs = 1500
    settings.meta.patience = 1500
    settings.meta.selection = .logLoss
    let fit = try Stack.fit(models, labels: StackLabels(rows: rows), settings: settings, heldOut: held)
    let told = try fit.stack.predictions(models)

    struct Question: Encodable {
      let features: [[Double]]
      let targets: [[Double]]
    }
    let question = Question(
      features: (0..<count).map { i in models.flatMap { $0.table.scores[i * 4..<i * 4 + 4] } },
      targets: rows.enumerated().map { i, row in
        MetaProblem.classes.enumerated().map { c, emotion in row.target?[emotion] ?? (c == i % 4 ? 1 : 0) }
      })
    try JSONEncoder().encode(question).write(to: scratch("question.json"))
    let script = """
      import json, sys
      import numpy as np
      from sklearn.linear_model import LogisticRegression
      q = json.load(open(sys.argv[1]))
      x, t = np.array(q["features"], np.float32).astype(np.float64), np.array(q["targets"])
      repeated = np.repeat(x, 4, 0)
      model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=20000).fit(
          repeated, np.tile(np.arange(4), len(x)), sample_weight=t.ravel())
      print(json.dumps({"probabilities": model.predict_proba(x).tolist()}))
      """
    let peer = try JSONDecoder().decode(
      Told.self, from: Data(Peer.python(script, [scratch("question.json").path]).utf8))
    #expect(told.rows.count == count && peer.probabilities.count == count)
    let differences = zip(told.rows.map(\.probabilities).joined(), peer.probabilities.joined()).map { abs($0 - $1) }
    #expect(differences.count == count * 4)
    #expect(differences.max() ?? 1 < 1e-4, "\(differences.max() ?? 1)")
  }

  struct Scores: Decodable {
    let balanced: Double
    let macro: Double
    let accuracy: Double
    let loss: Double
  }

  @Test("Held-out figures are scikit-learn's, the balanced Macro-F1 with weights that make classes equally frequent")
  func figures() throws {
    let models = try MetaProblem.models(300, lifts: [0.6])
    // Classes of 15 to 150.
    let rows = MetaProblem.rows(300).enumerated().map { i, row in
      var row = row
      row.consensus = .emotion(i < 150 ? .angry : i < 250 ? .sad : i < 285 ? .happy : .neutral)
      return row
    }
    let fitted = try MetaProblem.models(4, lifts: [0.6], prefix: "f")
    let held = try StackHeldOut(models: models, labels: StackLabels(rows: rows))
    let fit = try Stack.fit(fitted, labels: nil, settings: StackSettings(.soft), heldOut: held)
    let found = try #require(fit.heldOut)
    let told = try fit.stack.predictions(models)
    struct Question: Encodable {
      let probabilities: [[Double]]
      let labels: [Int]
    }
    let question = Question(
      probabilities: told.rows.map(\.probabilities),
      labels: rows.map { row in row.consensus.emotion.flatMap { MetaProblem.classes.firstIndex(of: $0) } ?? 0 })
    try JSONEncoder().encode(question).write(to: scratch("question.json"))
    let script = """
      import json, sys
      import numpy as np
      from sklearn.metrics import accuracy_score, f1_score, log_loss
      q = json.load(open(sys.argv[1]))
      p, y = np.array(q["probabilities"]), np.array(q["labels"])
      d, w = p.argmax(1), 1 / np.bincount(y)[y]
      print(json.dumps({"balanced": f1_score(y, d, average="macro", sample_weight=w), "loss": log_loss(y, p),
                        "macro": f1_score(y, d, average="macro"), "accuracy": accuracy_score(y, d)}))
      """
    let peer = try JSONDecoder().decode(
      Scores.self, from: Data(Peer.python(script, [scratch("question.json").path]).utf8))
    #expect(abs(found.balancedMacroF1 - peer.balanced) < 1e-12)
    #expect(abs(found.macroF1 - peer.macro) < 1e-12 && abs(found.accuracy - peer.accuracy) < 1e-12)
    #expect(abs(found.logLoss - peer.loss) < 1e-9 && abs(peer.balanced - peer.macro) > 0.01)
  }
}
