import Ensemble

/// A system of many models and what brings them together: a YAML file that states every model as a row, with what it shares
/// with the others written once.
public struct SystemRecipe: Equatable, Sendable {
  /// A model of the system.
  public struct Model: Equatable, Sendable {
    /// Its name, also that of its folder.
    public var id: String
    /// What models that differ in their seed alone have in common; the id for one that stands alone.
    public var group: String
    /// The names of its streams among the system's encoders.
    public var streams: [String]
    /// The training design, empty where the system has but one.
    public var design: String
    /// How it is trained, all told.
    public var recipe: Recipe
    /// What was published of it.
    public var published: PublishedScores
  }

  /// A network that is trained when the stacks are fitted, on the probabilities of one of them.
  public struct Student: Equatable, Sendable {
    /// The network.
    public var model: Model
    /// The stack that it learns from.
    public var teacher: String
  }

  /// How the training set is divided for scores of networks that did not see the clip.
  public struct Folds: Codable, Equatable, Sendable {
    /// How many parts there are.
    public var count = 5
    /// `speakers` for parts without a common speaker, `clips` for parts with the same share of each class.
    public var by = "speakers"

    /// Five parts by speakers.
    public init() {}
  }

  /// The system's name.
  public var name: String
  /// What a reader of the tables should know.
  public var notes: [String]
  /// The models, in the order in which they are trained.
  public var models: [Model]
  /// How training clips are divided where a stack asks for scores out of fold.
  public var folds: Folds
  /// What brings the models together, in order.
  public var stacks: [StackRecipe]
  /// The network that learns from a stack; nil where there is none.
  public var student: Student?
  /// How the probabilities of the system's bundle are corrected: `none`, or a method of `affect calibrate`.
  public var calibration: String
  /// The stack or model whose predictions are the system's; nil for a system that only compares its models.
  public var final: String?
  /// The whole file as resolved.
  let tree: Tree

  /// The whole recipe with what `--set` changed; it reads back to an equal one.
  public func yaml() throws -> String { try tree.yaml() }

  /// Whether some stack asks for scores out of fold.
  var needsFolds: Bool { stacks.contains { $0.inputs == StackRecipe.Inputs.outOfFold.rawValue } }

  /// Whether some stack asks for embeddings.
  var needsEmbeddings: Bool { stacks.contains(where: \.embeddings) }

  /// The first value that differs from another system's, "there" being the other; nil when they are equal.
  func difference(from other: SystemRecipe) -> String? {
    let (mine, theirs) = (tree.leaves(), other.tree.leaves())
    let here = Dictionary(mine.map { ($0.path.joined(separator: "."), $0.value) }) { first, _ in first }
    let there = Dictionary(theirs.map { ($0.path.joined(separator: "."), $0.value) }) { first, _ in first }
    return Set(here.keys).union(there.keys).sorted().first { here[$0] != there[$0] }.map {
      "\($0) is \(there[$0]?.brief ?? "not given") there and \(here[$0]?.brief ?? "not given") here"
    }
  }
}

/// What was published of a model or a stack; nil where nothing was.
public struct PublishedScores: Codable, Equatable, Sendable {
  /// Macro-F1 on development.
  public var macroF1: Double?
  /// Accuracy on development.
  public var accuracy: Double?
  /// The mean Macro-F1 over class-balanced subsets of development, or Macro-F1 on a balanced set.
  public var bsF1: Double?
  /// Its lowest and highest.
  public var bsLow, bsHigh: Double?
  /// Macro-F1 on the challenge's test set.
  public var testMacroF1: Double?
  /// Accuracy on the challenge's test set.
  public var testAccuracy: Double?

  /// Nothing.
  public init() {}

  /// The keys with nothing, which decoding leaves out.
  static let prototype = Tree.group(
    Dictionary(
      uniqueKeysWithValues: [
        "macro_f1", "accuracy", "bs_f1", "bs_low", "bs_high", "test_macro_f1", "test_accuracy",
      ].map { ($0, Tree.nothing) }))

  private enum CodingKeys: String, CodingKey {
    case macroF1 = "macro_f1"
    case accuracy
    case bsF1 = "bs_f1"
    case bsLow = "bs_low"
    case bsHigh = "bs_high"
    case testMacroF1 = "test_macro_f1"
    case testAccuracy = "test_accuracy"
  }
}

/// What brings models together, one row of a system's `stacks`.
public struct StackRecipe: Codable, Equatable, Sendable {
  /// Which scores a stack is fitted on.
  enum Inputs: String, CaseIterable {
    /// Those of the training clips by the networks that were trained on them, as both papers have it.
    case inSample = "in-sample"
    /// Those of the training clips by networks that did not see them.
    case outOfFold = "out-of-fold"
    /// Those of the development clips, on which nothing was trained; the stack says nothing of development then.
    case heldOut = "held-out"
  }

  /// Its name, also that of its folder.
  public var id = ""
  /// One of `StackMethod`.
  public var method = "forest"
  /// The models by their ids; none stands for all.
  public var models: [String] = []
  /// How many of them are kept, the best by themselves; 0 keeps all.
  public var top = 0
  /// `in-sample`, `out-of-fold` or `held-out`
  public var inputs = Inputs.inSample.rawValue
  /// What is seen of the models' scores: `logits`, `probabilities` or `log-probabilities`.
  public var scores = "logits"
  /// One of `StackDecision`; with `macro-f1`, the classes' factors are found on development for a stack that is fitted on
  /// in-sample scores, and on what a soft vote is fitted on otherwise.
  public var decision = StackDecision.mostProbable.rawValue
  /// Everything random follows from it.
  public var seed: UInt64 = 0
  /// Clips of each class that forests see; 0 for as many as the rarest has.
  public var perClass = 0
  /// Parts of these clips: a forest for each that does not see it (forest), or meta-classifiers that are averaged.
  public var folds = 0
  /// Trees of each forest.
  public var trees = 200
  /// Splits between root and leaf at the most.
  public var depth = 8
  /// Clips in a leaf at the least.
  public var minLeaf = 10
  /// Clips of a node that may be split at the least.
  public var minSplit = 10
  /// Seeds of a soup.
  public var runs = 6
  /// Clips in a batch of a meta-classifier.
  public var batchSize = 128
  /// The rate of a meta-classifier.
  public var learningRate = 1e-3
  /// Epochs of a meta-classifier at the most.
  public var epochs = 50
  /// Epochs without a better held-out score after which it ends.
  public var patience = 8
  /// Clips without consensus in a meta-classifier's epoch, as a share of those with one.
  public var noConsensusShare = 0.125
  /// Whether a meta-classifier sees the models' attributes, and estimates them.
  public var attributes = false
  /// Whether a meta-classifier sees the models' embeddings, the hidden vectors that their scores are made from.
  public var embeddings = false
  /// Widths of hidden layers of a meta-classifier; none for a linear one.
  public var hiddenWidths: [Int] = []
  /// What was published of it.
  public var published = PublishedScores()

  /// A forest of the published sizes.
  public init() {}
}
