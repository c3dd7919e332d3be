public import Emotion
import FeatureStore
public import Fusion
import NN
import Recognition
import Tensors
public import Training

/// What is trained and how: a YAML file with every choice, each of which has a default.
public struct Recipe: Codable, Equatable, Sendable {
  /// The network.
  public var model = Model()
  /// The streams that it takes in, in order.
  public var streams: [Stream] = []
  /// What clips should be recognised as.
  public var targets = Targets()
  /// How the network is trained.
  public var training = Training()

  /// A recipe of the defaults, which still needs streams and stages.
  public init() {}

  /// A fusion network.
  public struct Model: Codable, Equatable, Sendable {
    /// `deepser`
    public var kind = "deepser"
    /// The width of all encoders.
    public var width = 1024
    /// Transformer layers of each encoder.
    public var layers = 2
    /// Heads of each attention.
    public var heads = 1
    /// Width between the two linear layers of a transformer layer.
    public var feedForward = 2048
    /// Dropout of the transformer layers.
    public var dropout = 0.1

    /// The published sizes.
    public init() {}
  }

  /// A stream.
  public struct Stream: Codable, Equatable, Sendable {
    /// The encoder's name, or the folder of a published model.
    public var encoder = ""
    /// Which hidden state of a published model: `last`, a number, `mean:FIRST-LAST` or `sum:FIRST-LAST`.
    public var layer = "last"
    /// What a published model computes in: `auto`, `float32` or `bfloat16`.
    public var precision = "auto"
    /// What Whisper sees around a clip: `window` (silence up to 30 s, as it was trained) or `clip`.
    public var context = "window"
    /// Whether a text's special tokens are frames too.
    public var specialTokens = true
    /// How its numbers are stored: `bfloat16`, `float16` or `float32`.
    public var dtype = "bfloat16"
    /// How frames are made comparable between clips: `corpus`, `clip-mean` or `clip`.
    public var normalisation = StreamPreparation.Normalisation.corpus
    /// How many neighbouring frames become one.
    public var stack = 1
    /// Random masks in training.
    public var masking = FeatureMasking()

    /// A stream that still needs its encoder's name.
    public init() {}
  }

  /// Where targets come from.
  public struct Targets: Codable, Equatable, Sendable {
    /// A rule that turns ratings into soft targets, or `consensus` for one-hot targets.
    public var votes = "primary"
    /// The classes, in order; none stands for those that the training set has.
    public var classes: [EmotionClass] = []
    /// The share of a target that is spread over all classes in training (Szegedy et al. 2016).
    public var smoothing = 0.0

    /// Soft targets from primary votes.
    public init() {}
  }

  /// A training run.
  public struct Training: Codable, Equatable, Sendable {
    /// Everything random follows from it.
    public var seed: UInt64 = 1
    /// The factor of the cross-entropy in the loss.
    public var classWeight = 1.5
    /// The factor of the attributes' squared error; it counts where a corpus has attributes.
    public var attributeWeight = 0.4
    /// AdamW's weight decay.
    public var weightDecay = 0.01
    /// The highest norm of the gradient; 0 leaves it alone.
    public var gradientNorm = 0.0
    /// The decay of the running average of the weights that is scored and kept; 0 keeps the weights themselves.
    public var averaging = 0.0
    /// Minutes after which a checkpoint is written within an epoch too; 0 writes one at the end of each alone.
    public var checkpointMinutes = 15.0
    /// The stages, in order.
    public var stages: [Stage] = []

    /// A training that still needs its stages.
    public init() {}
  }

  /// A stage of training.
  public struct Stage: Codable, Equatable, Sendable {
    /// Its name in logs and metrics.
    public var name = "stage"
    /// Epochs at the most.
    public var epochs = 20
    /// Epochs without a better dev Macro-F1 after which the stage ends.
    public var patience = 8
    /// Clips in a batch; at the most, where there is a frame budget.
    public var batchSize = 16
    /// Frames of a batch at the most, padding included: long clips then come in smaller batches; 0 sets no limit.
    public var frameBudget = 0
    /// The highest learning rate.
    public var learningRate = 1e-5
    /// `constant` or `cosine`.
    public var schedule = "constant"
    /// Where a cosine ends, as a factor of the learning rate.
    public var floor = 0.0
    /// Steps over which the learning rate rises at first.
    public var warmupSteps = 0
    /// `natural`; `balanced` for as many clips of each class as the rarest has, drawn afresh each epoch; `weighted` for
    /// classes drawn with replacement, rare ones more often; `neutral-expressive` for batches half neutral.
    public var sampling = "natural"
    /// How far weighted sampling evens classes out: 0 leaves them as they are, 1 draws all alike.
    public var samplingExponent = 1.0
    /// Clips without consensus in a balanced epoch, as a share of those with one.
    public var noConsensusShare = 0.125
    /// The exponent of inverse class frequency in the loss; 0 weighs all classes alike.
    public var classWeightExponent = 0.0
    /// The probability that a batch is mixed (Manifold MixUp).
    public var mixupProbability = 0.0
    /// The parameter of the mixing shares' Beta distribution.
    public var mixupAlpha = 0.2

    /// A stage of the defaults.
    public init() {}
  }
}

extension Recipe {
  /// The plan that the trainer follows. Throws `RecipeError` for a value that is not one of the choices.
  func plan() throws -> TrainingPlan {
    let stages = try training.stages.enumerated().map { number, stage in
      try TrainingPlan.Stage(
        name: stage.name, epochs: stage.epochs, patience: stage.patience, batchSize: stage.batchSize,
        frameBudget: stage.frameBudget > 0 ? stage.frameBudget : nil, learningRate: stage.learningRate,
        schedule: Self.choice(
          stage.schedule, ["constant": .constant, "cosine": .cosine(floor: stage.floor)],
          "training.stages.\(number).schedule"),
        warmupSteps: stage.warmupSteps,
        sampling: Self.choice(
          stage.sampling,
          [
            "natural": .natural, "balanced": .balanced(noConsensusShare: stage.noConsensusShare),
            "weighted": .weighted(exponent: stage.samplingExponent), "neutral-expressive": .neutralExpressive,
          ],
          "training.stages.\(number).sampling"),
        classWeightExponent: stage.classWeightExponent,
        mixUp: stage.mixupProbability > 0
          ? MixUp(probability: stage.mixupProbability, alpha: stage.mixupAlpha) : nil)
    }
    return TrainingPlan(
      seed: training.seed, stages: stages, classWeight: training.classWeight,
      attributeWeight: training.attributeWeight, weightDecay: training.weightDecay,
      gradientNorm: training.gradientNorm > 0 ? training.gradientNorm : nil,
      averaging: training.averaging > 0 ? training.averaging : nil,
      checkpointSeconds: training.checkpointMinutes > 0 ? training.checkpointMinutes * 60 : nil)
  }

  /// The network for streams of given widths.
  func modelConfiguration(inputs: [Int], classes: Int, attributes: Int) throws -> ModelConfiguration {
    try Self.choice(
      model.kind,
      [
        "deepser": .deepSER(
          .init(
            inputs: inputs, width: model.width, layers: model.layers, heads: model.heads,
            feedForward: model.feedForward, dropout: model.dropout, classes: classes, attributes: attributes))
      ], "model.kind")
  }

  /// The rule that makes soft targets of ratings; nil for one-hot targets from the consensus.
  func voteRule() throws -> VoteRule? {
    var choices: [String: VoteRule?] = ["consensus": nil]
    for rule in VoteRule.allCases { choices[rule.rawValue] = rule }
    return try Self.choice(targets.votes, choices, "targets.votes")
  }

  /// A dtype that features can be stored in.
  static func dtype(_ name: String, _ key: String) throws -> DType {
    try choice(name, Dictionary(uniqueKeysWithValues: EncoderIdentity.dtypes.map { ($0.rawValue, $0) }), key)
  }

  static func choice<Value>(_ value: String, _ choices: [String: Value], _ key: String) throws -> Value {
    guard let choice = choices[value] else {
      throw RecipeError.value(
        key: key, problem: "'\(value)' is none of \(choices.keys.sorted().joined(separator: ", "))")
    }
    return choice
  }
}
