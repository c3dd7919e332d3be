import Evaluation
import Foundation
public import NN
public import Tensors

/// What a model says of one clip.
public struct ClipPrediction: Equatable, Sendable {
  /// One for each class, adding up to 1.
  public var probabilities: [Double]
  /// One for each class: the unnormalised log-probabilities that these come from.
  public var logits: [Double]
  /// One for each attribute on 1...7; empty for a model without attributes.
  public var attributes: [Double]
  /// The vector that these were made from; empty where it was not asked for.
  public var embedding: [Float] = []
}

/// Scores every clip of some data, in its order. The model must be set to use.
///
/// - Parameters:
///   - batchSize: how many clips of like length go through the model together; it does not change the scores.
///   - keepsEmbeddings: whether predictions have the vectors that scores were made from
///   - group: processes with the same model and data, which share the batches out among them; all get all predictions.
public func predict(
  _ model: any EmotionModel, _ data: any TrainingData, classCount: Int, batchSize: Int = 32,
  keepsEmbeddings: Bool = false, group: ProcessGroup? = nil
) throws -> [ClipPrediction] {
  var predictions = [ClipPrediction](repeating: .init(probabilities: [], logits: [], attributes: []), count: data.count)
  let order = (0..<data.count).sorted { (data.frames($0), $0) < (data.frames($1), $1) }
  let ranks = Ranks(group)
  try withoutGradients {
    let batches = stride(from: 0, to: order.count, by: batchSize).enumerated()
      .filter { $0.offset % ranks.count == ranks.rank }
      .map { Array(order[$0.element..<min($0.element + batchSize, order.count)]) }
    let feed = BatchFeed(data, batches, classCount: classCount)
    for clips in batches {
      guard let batch = try feed.next() else { break }
      let embedding = try model.embedding(of: batch.streams)
      let scores = try model.scores(from: embedding)
      let wide = try scores.logits.converted(to: .float64)
      let (logits, probabilities) = (try wide.array(of: Double.self), try wide.softmax(-1).array(of: Double.self))
      let attributes = try scores.attributes?.array(of: Double.self) ?? []
      let attributeCount = attributes.count / clips.count
      let vectors = keepsEmbeddings ? try embedding.converted(to: .float32).array(of: Float.self) : []
      let width = vectors.count / clips.count
      for (row, clip) in clips.enumerated() {
        predictions[clip] = ClipPrediction(
          probabilities: Array(probabilities[row * classCount..<(row + 1) * classCount]),
          logits: Array(logits[row * classCount..<(row + 1) * classCount]),
          attributes: Array(attributes[row * attributeCount..<(row + 1) * attributeCount]),
          embedding: Array(vectors[row * width..<(row + 1) * width]))
      }
    }
  }
  return try ranks.joined(predictions, classCount: classCount)
}

/// How well a model does on the development set, all of it.
struct DevScore {
  /// Cross-entropy against the soft targets, without class weights.
  let loss: Double
  let macroF1: Double
  let uar: Double
  let accuracy: Double
  /// The mean Macro-F1 over class-balanced subsets; nil where the selection does not need it.
  let balancedF1: Double?

  /// What the best epoch is chosen by.
  var selected: Double { balancedF1 ?? macroF1 }

  init(
    _ model: any EmotionModel, _ data: any TrainingData, classes: [String], batchSize: Int,
    selection: TrainingPlan.Selection = .all, group: ProcessGroup? = nil
  ) throws {
    model.setTraining(false)
    let predictions = try predict(model, data, classCount: classes.count, batchSize: batchSize, group: group)
    var (sum, count) = (0.0, 0)
    var (labels, answers): ([Int], [Int]) = ([], [])
    for (clip, prediction) in predictions.enumerated() {
      let target = data.target(clip)
      if let distribution = target.distribution {
        // As in training, classes that the clip's corpus does not know are left out.
        let room = target.known.map { zip($0, prediction.probabilities).reduce(0) { $0 + ($1.0 ? $1.1 : 0) } } ?? 1
        sum -= zip(distribution, prediction.probabilities).reduce(0) {
          $0 + Double($1.0) * log(max($1.1 / max(room, 1e-300), 1e-300))
        }
        count += 1
      }
      if let label = target.consensus {
        labels.append(label)
        answers.append(prediction.best)
      }
    }
    let metrics = try ClassMetrics(ConfusionMatrix(labels: labels, predictions: answers, classes: classes))
    let balanced =
      selection == .balanced ? try BalancedSubsetF1(labels: labels, predictions: answers).mean : metrics.macroF1
    // Of one rank for all: ranks that disagreed on the best epoch, on different processors, would part ways.
    let scores = try Ranks(group).shared([
      sum / Double(max(count, 1)), metrics.macroF1, metrics.uar, metrics.accuracy, balanced,
    ])
    (loss, macroF1, uar, accuracy) = (scores[0], scores[1], scores[2], scores[3])
    balancedF1 = selection == .balanced ? scores[4] : nil
  }
}

extension ClipPrediction {
  /// The index of the most probable class; the first of several.
  public var best: Int { probabilities.firstIndex(of: probabilities.max() ?? 0) ?? 0 }
}
