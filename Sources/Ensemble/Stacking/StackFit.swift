public import Emotion

/// How well a stack does on utterances that were held out. Where epochs, ingredients or models were selected on them, it
/// looks somewhat better there than it is.
public struct HeldOutScores: Codable, Equatable, Sendable {
  /// The utterances.
  public let count: Int
  /// The share told right.
  public let accuracy: Double
  /// Macro-F1 over the classes that occur.
  public let macroF1: Double
  /// Macro-F1 where every class counts alike, however often it occurs.
  public let balancedMacroF1: Double
  /// Mean -ln p(true class), in nats.
  public let logLoss: Double
}

/// One trained meta-classifier.
public struct MetaRun: Codable, Equatable, Sendable {
  /// The fold that was held out, from 0.
  public let fold: Int
  /// Which of the fold's runs it is, from 0.
  public let run: Int
  /// The epochs that it was trained for.
  public let epochs: Int
  /// The epoch that it was kept as, from 1.
  public let bestEpoch: Int
  /// Its balanced Macro-F1 on what was held out.
  public let balancedMacroF1: Double
  /// Its cross-entropy there against the targets, every class counting alike.
  public let logLoss: Double
  /// Whether its weights are in the stack.
  public internal(set) var isIngredient: Bool
}

/// What a model is worth by itself.
public struct ModelRank: Codable, Equatable, Sendable {
  /// The model.
  public let name: String
  /// Its balanced Macro-F1.
  public let balancedMacroF1: Double
  /// Whether the stack has it.
  public let isKept: Bool
}

/// A stack, and what fitting it came to.
public struct StackFit: Sendable {
  /// The stack.
  public let stack: Stack
  /// Utterances in the files.
  public let utteranceCount: Int
  /// Those of them that have a class.
  public let labelledCount: Int
  /// Those that the stack may learn from, of each class; empty where models vote.
  public let perClass: [EmotionClass: Int]
  /// Those without consensus that it may learn from by their votes.
  public let withoutConsensus: Int
  /// Scores on what was held out; nil where nothing was.
  public let heldOut: HeldOutScores?
  /// The utterances with a class that were held out, fold by fold.
  public let heldOutFiles: [String]
  /// The meta-classifiers, fold by fold; empty for other methods.
  public let runs: [MetaRun]
  /// All models, the best first, where the best were to be kept; else empty.
  public let ranking: [ModelRank]
}

/// How fitting goes on.
public enum StackEvent: Equatable, Sendable {
  /// A meta-classifier went through an epoch; all are counted from 1.
  case epoch(Int, run: Int, of: Int, balancedMacroF1: Double)
  /// A meta-classifier is trained, or was found finished.
  case run(MetaRun, wasFinished: Bool)
  /// A forest is grown, or was found finished; counted from 1.
  case forest(Int, of: Int, wasFinished: Bool)
}
