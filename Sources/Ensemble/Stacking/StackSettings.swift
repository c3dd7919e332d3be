import Emotion

/// How models are brought together.
public enum StackMethod: String, Codable, CaseIterable, Equatable, Sendable {
  /// Random forests on the scores of all models (System A).
  case forest
  /// A linear meta-classifier on the scores of all models (System B, stage 3).
  case meta
  /// The mean of the weights of several meta-classifiers (System B, stage 4; Wortsman et al. 2022).
  case soup
  /// The same of those that make it no worse on the held-out set (Wortsman et al. 2022, recipe 1).
  case greedySoup = "greedy-soup"
  /// The mean of the models' probabilities.
  case soft
  /// The class that most models decide on; among equally many, the one with the highest mean probability.
  case majority

  /// Whether it is made of trained layers.
  public var isMeta: Bool { self == .meta || self == .soup || self == .greedySoup }
  /// Whether nothing is fitted.
  public var isVote: Bool { self == .soft || self == .majority }
}

/// What a stack sees of a model's scores.
public enum ScoreScale: String, Codable, CaseIterable, Equatable, Sendable {
  /// The numbers of the files.
  case asIs = "as-is"
  /// Probabilities; logits go through a softmax.
  case probabilities
  /// The natural logarithm of the probabilities, which for logits is a log-softmax; 0 counts as 1e-12.
  case logProbabilities = "log-probabilities"
}

/// How a class is decided on.
public enum StackDecision: String, Codable, CaseIterable, Equatable, Sendable {
  /// The most probable one.
  case mostProbable = "most-probable"
  /// The most probable one after each class's probability is multiplied by a factor; the factors make the best Macro-F1 on
  /// utterances that neither networks nor stack were trained on.
  case macroF1 = "macro-f1"
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

/// How a stack is fitted. The defaults are those of the published system that has the method, but for the forest's
/// subset, which there is 1,120 per class.
public struct StackSettings: Codable, Equatable, Sendable {
  /// How models are brought together.
  public var method: StackMethod
  /// What the stack sees of the scores: forests the numbers as they are, meta-classifiers probabilities. Votes always
  /// take probabilities.
  public var scale: ScoreScale
  /// Which training utterances the forests see.
  public var subset = StackSubset.rarest
  /// Of forests: stratified folds, one forest for each, grown on the others; 1 grows a single forest on all. Of
  /// meta-classifiers: folds that are held out in turn, and what is trained for each is averaged in its probabilities;
  /// 1 holds out `meta.heldOutShare` once.
  public var folds: Int
  /// The forests' settings.
  public var forest = ForestSettings()
  /// The meta-classifiers' settings.
  public var meta = MetaSettings()
  /// Keeps so many of the models, those with the best balanced Macro-F1 by themselves; nil keeps all.
  public var topModels: Int?
  /// How a class is decided on.
  public var decision: StackDecision {
    get { decisions ?? .mostProbable }
    set { decisions = newValue == .mostProbable ? nil : newValue }
  }
  /// Nothing in the files of stacks that take the most probable class, as before there was another way.
  private var decisions: StackDecision?
  /// Decides every draw.
  public var seed: UInt64 = 0
  /// Whether the scores are of networks that were not trained on the utterances; recorded, see
  /// `ModelScores.checkOutOfFold`. Nothing is selected on scores that are not, unless others are held out.
  public var isOutOfFold = false

  /// A method's defaults.
  public init(_ method: StackMethod = .forest) {
    self.method = method
    scale = method == .forest ? .asIs : .probabilities
    folds = method == .forest ? 5 : 1
  }

  /// What is selected on utterances that no network was trained on, as the beginning of a sentence; nil where nothing is.
  public var selected: String? {
    if topModels != nil { return "the best models are" }
    if method.isMeta { return "a meta-classifier is" }
    return decision == .macroF1 ? "the classes' factors are" : nil
  }

  /// Throws `EnsembleError.setting` for a setting that can't be.
  func check() throws(EnsembleError) {
    guard (1...10_000).contains(folds) else {
      throw .setting(name: "the number of folds", value: "\(folds)", allowed: "1 to 10000")
    }
    if let topModels, topModels < 1 {
      throw .setting(name: "the number of models to keep", value: "\(topModels)", allowed: "1 or more")
    }
    if method == .majority, decision != .mostProbable {
      throw .setting(
        name: "the decision", value: decision.rawValue,
        allowed: "\(StackDecision.mostProbable.rawValue) where models vote by majority")
    }
    if method.isMeta { try meta.check() }
  }
}

/// What a stack is, beside its forests and layers.
struct StackConfiguration: Codable, Equatable, Sendable {
  /// The latest format that this code reads and writes.
  static let currentFormat = 2
  /// The first, of stacks without factors, which is still written for them.
  static let firstFormat = 1

  struct Model: Codable, Equatable, Sendable {
    let name: String
    let kind: ScoreFile.Kind
    /// Those that are among the stack's features, behind the classes.
    let attributes: [Attribute]
    /// Numbers of its embeddings that are among the features, behind the attributes; nil for none.
    let embedding: Int?

    /// How many features it has.
    func width(classes: Int) -> Int { classes + attributes.count + (embedding ?? 0) }
  }

  var format = Self.firstFormat
  /// The classes that the stack tells apart.
  var classes: [EmotionClass]
  /// The classes that each model has a score for.
  var inputs: [EmotionClass]
  /// In the order of the features.
  var models: [Model]
  /// The names of models that were given and not kept.
  var passedOver: [String] = []
  /// The attributes that the stack predicts by itself.
  var attributes: [Attribute] = []
  var settings: StackSettings
  /// How many forests or meta-classifiers there are.
  var parts: Int
  /// What each class's probability is multiplied by; nil for nothing.
  var factors: [Double]?

  /// The number of features of an utterance.
  var width: Int { models.reduce(0) { $0 + $1.width(classes: inputs.count) } }

  /// The features by name: `model class`, `model attribute`, and `model` with a number for each of its embedding's.
  var featureNames: [String] {
    models.flatMap { model in
      inputs.map { "\(model.name) \($0.rawValue)" } + model.attributes.map { "\(model.name) \($0.rawValue)" }
        + (0..<(model.embedding ?? 0)).map { "\(model.name) \($0)" }
    }
  }
}
