import Corpora
import Emotion
import Evaluation
import Foundation

/// What a student learns beside the labels: the probabilities that its teacher gives each version of each training clip
/// (Hinton, Vinyals and Dean 2015).
public struct Teacher: Sendable {
  /// The version, 0 for the clip as it is, then its augmented copies; the clip's name; a probability for each class.
  private let versions: [[String: [EmotionClass: Double]]]

  /// A teacher of its predictions for each version of the training clips, first of the clips as they are.
  init(_ versions: [Predictions]) {
    self.versions = versions.map { predictions in
      Dictionary(
        predictions.rows.map { row in
          (row.fileName, Dictionary(zip(predictions.classes, row.probabilities)) { first, _ in first })
        }
      ) { first, _ in first }
    }
  }

  /// How many versions of a clip the teacher heard.
  var count: Int { versions.count }

  /// What the teacher says of a version of a clip, over the model's classes that count; nil where it did not hear it, or
  /// gives these classes nothing.
  func distribution(_ clip: String, version: Int, classes: [EmotionClass], known: [Bool]?) -> [Double]? {
    guard let all = versions[version][clip] else { return nil }
    let shares = classes.enumerated().map { i, name in known?[i] ?? true ? all[name] ?? 0 : 0 }
    let sum = shares.reduce(0, +)
    return sum > 0 ? shares.map { $0 / sum } : nil
  }
}
