import Basics
import Corpora
import Emotion
import Ensemble
import Evaluation
import Foundation
import NN
import Training

extension TrainingRun {
  /// What a finished run came to, as its files have it.
  struct Finished: Codable {
    let history: [EpochRecord]
    let evaluation: EvaluationReport
    let split: Split
    let predictions: String

    func with(_ failures: [FeatureExtraction.Failure]) -> Outcome {
      Outcome(
        history: history, evaluation: evaluation, split: split, predictions: URL(filePath: predictions),
        failures: failures)
    }
  }

  /// What a run of this recipe on these clips came to, if it is finished with all its files; nothing is computed anew.
  func finished(_ identity: String, _ usable: [Utterance]) throws -> Finished? {
    guard let record = try RunRecord.read(output), record.identity == identity else { return nil }
    let splits = Split.allCases.filter { split in usable.contains { $0.split == split } }
    let scores =
      keepsScores
      ? (0...recipe.augmentation.copies).map(scoresFile) + splits.filter { $0 != .train }.map(scoresFile) : []
    let files =
      splits.filter { $0 != .train }.map(predictionsFile) + scores
      + (keepsEmbeddings ? scores.map { Embeddings.file(beside: $0) } : [])
      + [output.appending(path: "bundle/config.json")]
    guard files.allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) else { return nil }
    let labelled = splits.filter { split in
      split != .train && usable.contains { $0.split == split && $0.consensus.emotion != nil }
    }
    guard let split = labelled.first(where: \.isTest) ?? labelled.first else { return nil }
    let lines = try String(contentsOf: output.appending(path: "metrics.jsonl"), encoding: .utf8).split(separator: "\n")
    let evaluation = try EvaluationReport(
      predictions: Predictions(contentsOf: predictionsFile(split)),
      labels: ReferenceLabels(usable.filter { $0.split == split }))
    return Finished(
      history: try lines.map { try JSONDecoder().decode(EpochRecord.self, from: Data($0.utf8)) },
      evaluation: evaluation, split: split, predictions: predictionsFile(split).path)
  }

  /// `RUN/predictions/SPLIT.csv`
  func predictionsFile(_ split: Split) -> URL { output.appending(path: "predictions/\(split.rawValue).csv") }

  /// `RUN/scores/SPLIT.csv`
  func scoresFile(_ split: Split) -> URL { output.appending(path: "scores/\(split.rawValue).csv") }

  /// `RUN/scores/Train.csv`, of the augmented copies `RUN/scores/Train-1.csv` and so on.
  func scoresFile(version: Int) -> URL {
    output.appending(path: "scores/\(Self.scoresName(version: version)).csv")
  }

  /// The name of the scores of a version of the training clips.
  static func scoresName(version: Int) -> String {
    Split.train.rawValue + (version == 0 ? "" : "-\(version)")
  }

  /// Writes the logits of a version of the training clips.
  func writeScores(_ model: any EmotionModel, _ data: CorpusData, _ version: Int, _ rule: TargetRule) throws {
    try writeScores(
      predict(model, data, classCount: rule.classes.count, keepsEmbeddings: keepsEmbeddings, group: group),
      data.utterances, scoresFile(version: version), rule)
  }

  /// Writes `scores/SPLIT.csv`: `FileName`, a column of logits for each class, attributes where there are any. Numbers
  /// keep every bit. Embeddings come first, so that scores that are there are whole.
  func writeScores(
    _ found: [ClipPrediction], _ utterances: [Utterance], _ file: URL, _ rule: TargetRule
  ) throws {
    guard leads else { return }
    if keepsEmbeddings {
      try Embeddings.write(found.map(\.embedding), of: utterances.map(\.fileName), beside: file)
    }
    let places = rule.classes.indices.sorted { rule.classes[$0] < rule.classes[$1] }
    let header = ["FileName"] + places.map { rule.classes[$0].rawValue } + rule.attributes.map(\.column)
    let lines = zip(utterances, found).map { utterance, prediction in
      ([CSVTable.quoted(utterance.fileName)] + places.map { "\(prediction.logits[$0])" }
        + prediction.attributes.map { "\($0)" }).joined(separator: ",")
    }
    try AtomicFile.write(
      ([header.joined(separator: ",")] + lines).joined(separator: "\n") + "\n", to: file)
  }
}
