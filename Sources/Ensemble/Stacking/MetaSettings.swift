/// How a meta-classifier is trained: one linear layer on the scores of all models, with stage 3 of System B as defaults.
public struct MetaSettings: Codable, Equatable, Sendable {
  /// What is learnt.
  public enum Targets: String, Codable, CaseIterable, Equatable, Sendable {
    /// The votes' shares, where there are votes.
    case soft
    /// The class that the raters agreed on; what has none keeps its votes' shares.
    case hard
  }

  /// Which utterances an epoch goes through.
  public enum Sampling: String, Codable, CaseIterable, Equatable, Sendable {
    /// As many of each class as the rarest has, drawn afresh each time, and a share of those without consensus.
    case balanced
    /// All that have a target, once.
    case natural
  }

  /// By what epochs and the ingredients of greedy soups are selected, on what is held out. Classes count alike in both.
  public enum Selection: String, Codable, CaseIterable, Equatable, Sendable {
    /// Balanced Macro-F1, and among equal ones the log-loss.
    case macroF1 = "macro-f1"
    /// Balanced log-loss, which asks for good probabilities too.
    case logLoss = "log-loss"
  }

  /// How the learning rate changes over the epochs.
  public enum Schedule: String, Codable, CaseIterable, Equatable, Sendable {
    /// The same throughout.
    case constant
    /// Half a cosine down to 0.
    case cosine
  }

  /// Whether attributes take part: each model's as inputs, and the ratings as targets beside the classes.
  public var usesAttributes = false
  /// Whether each model's embeddings are inputs too: the hidden vectors from which its heads make the scores.
  public var usesEmbeddings: Bool {
    get { embeddings ?? false }
    set { embeddings = newValue ? true : nil }
  }
  /// Nothing in the files of stacks without them, as before there were any.
  private var embeddings: Bool?
  /// Widths of hidden layers with ReLU before the last; none makes the classifier linear.
  public var hiddenWidths: [Int] = []
  /// What is learnt.
  public var targets = Targets.soft
  /// Which utterances an epoch goes through.
  public var sampling = Sampling.balanced
  /// Utterances without consensus in a balanced epoch, as a share of those with one; nil takes as many as of one class.
  public var noConsensusShare: Double?
  /// Utterances in a batch.
  public var batchSize = 128
  /// The learning rate of AdamW.
  public var learningRate = 1e-3
  /// How it changes.
  public var schedule = Schedule.constant
  /// The weight decay of AdamW; the default is PyTorch's.
  public var weightDecay = 1e-2
  /// By what epochs and ingredients are selected.
  public var selection = Selection.macroF1
  /// Epochs at the most.
  public var epochs = 200
  /// Epochs without a better held-out score after which training ends.
  public var patience = 20
  /// Batches in an epoch at the least: of a small set, subsets are drawn until there are so many.
  public var leastBatches = 50
  /// The factor of the cross-entropy in the loss.
  public var classFactor = 1.5
  /// The factor of the attributes' squared error in the loss.
  public var attributeFactor = 0.4
  /// Classifiers in a soup, which differ in their seed; a single meta-classifier is the first of them.
  public var runs = 6
  /// The share of the utterances that is held out where `folds` is 1 and nothing is held out otherwise.
  public var heldOutShare = 0.1

  /// System B's stage 3.
  public init() {}

  /// Throws `EnsembleError.setting` for a setting that can't be.
  func check() throws(EnsembleError) {
    func require(_ isSound: Bool, _ name: String, _ value: some Any, _ allowed: String) throws(EnsembleError) {
      guard isSound else { throw .setting(name: name, value: "\(value)", allowed: allowed) }
    }
    for width in hiddenWidths {
      try require((1...65_536).contains(width), "the width of a hidden layer", width, "1 to 65536")
    }
    try require(hiddenWidths.count <= 16, "the number of hidden layers", hiddenWidths.count, "0 to 16")
    if let noConsensusShare {
      try require(
        noConsensusShare >= 0 && noConsensusShare.isFinite, "the share of utterances without consensus",
        noConsensusShare, "0 or more")
    }
    try require(batchSize >= 1, "the batch size", batchSize, "1 or more")
    try require(learningRate > 0 && learningRate.isFinite, "the learning rate", learningRate, "above 0")
    try require(weightDecay >= 0 && weightDecay.isFinite, "the weight decay", weightDecay, "0 or more")
    try require(epochs >= 1, "the number of epochs", epochs, "1 or more")
    try require(patience >= 1, "the patience", patience, "1 or more")
    try require(leastBatches >= 1, "the least number of batches in an epoch", leastBatches, "1 or more")
    try require(classFactor >= 0 && classFactor.isFinite, "the factor of the classes' loss", classFactor, "0 or more")
    try require(
      attributeFactor >= 0 && attributeFactor.isFinite, "the factor of the attributes' loss", attributeFactor,
      "0 or more")
    try require((1...1000).contains(runs), "the number of runs", runs, "1 to 1000")
    try require(heldOutShare > 0 && heldOutShare <= 0.5, "the share held out", heldOutShare, "above 0, to 0.5")
  }
}
