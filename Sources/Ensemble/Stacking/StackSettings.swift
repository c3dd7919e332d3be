import Emotion

/// How models are brought together.
public enum StackMethod: String, Codable, CaseIterable, Equatable, Sendable {
  /// Random forests on the scores of all models (System A).
  case forest
  /// The mean of the models' probabilities.
  case softVote = "soft-vote"
  /// The class that most models decide on; among equally many, the one with the highest mean probability.
  case majority
}

/// What a forest sees of a model's scores.
public enum ScoreScale: String, Codable, CaseIterable, Equatable, Sendable {
  /// The numbers of the files.
  case asIs = "as-is"
  /// Probabilities; logits go through a softmax.
  case probabilities
  /// The natural logarithm of the probabilities, which for logits is a log-softmax; 0 counts as 1e-12.
  case logProbabilities = "log-probabilities"
}

/// Which of the training utterances the forests see.
public enum StackSubset: Codable, Equatable, Sendable {
  /// All.
  case all
  /// Equally many of each class, as many as the rarest has.
  case rarest
  /// So many of each class.
  case perClass(Int)
}

/// How a stack is fitted. The defaults are System A's, but for the subset, which there is 1,120 per class.
public struct StackSettings: Codable, Equatable, Sendable {
  /// How models are brought together.
  public var method = StackMethod.forest
  /// What a forest sees of the scores.
  public var scale = ScoreScale.asIs
  /// Which training utterances the forests see.
  public var subset = StackSubset.rarest
  /// Stratified folds: one forest for each, grown on the others; 1 grows a single forest on all.
  public var folds = 5
  /// The forests' settings. Its seed decides the subset and the folds too.
  public var forest = ForestSettings()
  /// Whether the scores are of networks that were not trained on the utterances; recorded, see
  /// `ModelScores.checkOutOfFold`.
  public var isOutOfFold = false

  /// System A's settings.
  public init() {}
}

/// What a stack is, beside its forests.
struct StackConfiguration: Codable, Equatable, Sendable {
  /// The latest format that this code reads and writes.
  static let currentFormat = 1

  struct Model: Codable, Equatable, Sendable {
    let name: String
    let kind: ScoreFile.Kind
  }

  var format = currentFormat
  /// The classes that the stack tells apart.
  var classes: [EmotionClass]
  /// The classes that each model has a score for.
  var inputs: [EmotionClass]
  /// In the order of the forests' features.
  var models: [Model]
  var settings: StackSettings
  /// How many forests there are.
  var forests: Int
}
