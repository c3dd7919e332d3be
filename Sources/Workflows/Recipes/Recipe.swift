public import Audio
public import Emotion
public import Fusion
public import NN
public import Training

/// What is trained and how: a YAML file with every choice, each of which has a default.
public struct Recipe: Codable, Equatable, Sendable {
  /// The network.
  public var model = Model()
  /// The streams that it takes in, in order.
  public var streams: [Stream] = []
  /// What training clips are changed to beside themselves.
  public var augmentation = Augmentation()
  /// What clips should be recognised as.
  public var targets = Targets()
  /// How the network is trained.
  public var training = Training()

  /// A recipe of the defaults, which still needs streams and stages.
  public init() {}

  /// A fusion network. What a kind does not have makes no difference to it.
  public struct Model: Codable, Equatable, Sendable {
    /// `deepser`, `late-fusion` (DeepSER without its fusion encoders), `crossmodal`, `baseline`, `conv-pooling` or `mlp`
    public var kind: String
    /// The width of DeepSER's encoders, of CrossModal's streams and of each direction of their GRU, of the baseline's
    /// dense layer, of ConvPooling's convolutions, of the perceptron's hidden layer.
    public var width: Int
    /// Transformer layers of each encoder (DeepSER), or residual blocks (ConvPooling).
    public var layers: Int
    /// Frames that become one in the first convolution (ConvPooling).
    public var stride = 2
    /// Heads of each attention (DeepSER).
    public var heads = 1
    /// Width between the two linear layers of a transformer layer (DeepSER).
    public var feedForward = 2048
    /// `none`, or `sinusoidal` for frames that know their place in their stream (DeepSER).
    public var positions = PositionEncoding.absent
    /// Dropout of the transformer layers, or of the dense head.
    public var dropout: Double
    /// Dropout of the numbers that come in (MultilayerPerceptron).
    public var inputDropout = 0.2
    /// Dropout of attention weights (CrossModal).
    public var attentionDropout = 0.5
    /// `pair` for an attention of each ordered pair of streams, `query` for one of each stream (CrossModal).
    public var attentionSharing = CrossModal.AttentionSharing.pair
    /// `scaled` for Eq. 1 of the paper, `linear` for the released code's biased score (CrossModal).
    public var pooling = AttentionPooling.Score.scaled

    /// The published sizes of a kind.
    public init(kind: String = DeepSER.Configuration.kind) {
      self.kind = kind
      let isConv = kind == ConvPooling.Configuration.kind
      let isPerceptron = kind == MultilayerPerceptron.Configuration.kind
      width = isConv ? 128 : isPerceptron ? 256 : kind == CrossModal.Configuration.kind ? 512 : 1024
      layers = isConv ? 6 : 2
      dropout =
        isConv
        ? 0.2
        : isPerceptron || [CrossModal.Configuration.kind, Baseline.Configuration.kind].contains(kind) ? 0.5 : 0.1
    }
  }

  /// A stream.
  public struct Stream: Codable, Equatable, Sendable {
    /// The encoder's name, or the folder of a published model.
    public var encoder = ""
    /// Which hidden state of a published model: `last`, a number, `mean:FIRST-LAST` or `sum:FIRST-LAST`; or `all` or
    /// `all:FIRST-LAST` for weights of the states that the network learns.
    public var layer = "last"
    /// What a published model computes in: `auto`, `float32` or `bfloat16`.
    public var precision = "auto"
    /// What Whisper sees around a clip: `window` (silence up to 30 s, as it was trained) or `clip`.
    public var context = "window"
    /// Whether a text's special tokens are frames too.
    public var specialTokens = true
    /// How its numbers are stored: `bfloat16`, `float16` or `float32`.
    public var dtype = "bfloat16"
    /// How frames are made comparable between clips: `corpus`, `clip-mean`, `clip`, or `none` to leave them as they are.
    public var normalisation = StreamPreparation.Normalisation.corpus
    /// How many neighbouring frames become one.
    public var stack = 1
    /// Random masks in training.
    public var masking = FeatureMasking()
    /// The probability that a training clip comes without the stream: above 0 the network learns to do without it, and its
    /// bundle works where the stream is missing. A clip keeps one stream at least.
    public var dropout = 0.0

    /// A stream that still needs its encoder's name.
    public init() {}
  }

  /// Augmented copies of the training clips: each visit to a clip takes it as it is or one of its copies, all as often.
  /// Copies are made once, as features of their own; streams must be of front ends.
  public struct Augmentation: Codable, Equatable, Sendable {
    /// Copies of each clip; 0 makes none.
    public var copies = 0
    /// Everything random follows from it.
    public var seed: UInt64 = 1
    /// Training clips whose voices make babble.
    public var voices = 64
    /// What happens to a copy, how often and how much.
    public var effects = SpeechAugmentation()

    /// No copies.
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
    /// The share of a target that is its teacher's probabilities, for a system's student; all of it where a clip has no
    /// label.
    public var teacherShare = 0.0

    /// Soft targets from primary votes.
    public init() {}
  }

  /// A training run.
  public struct Training: Codable, Equatable, Sendable {
    /// Everything random follows from it.
    public var seed: UInt64 = 1
    /// The factor of the cross-entropy in the loss.
    public var classWeight = 1.5
    /// The factor of the attributes' squared error; it counts where the corpus has attributes and the network estimates
    /// them. With 0 it estimates none.
    public var attributeWeight = 0.4
    /// The factor of the soft-margin loss of a second head that tells neutral from expressive speech (CrossModal). With 0
    /// there is no such head.
    public var neutralWeight = 0.0
    /// What the best epoch is chosen by: `all` for Macro-F1 over all of dev, `balanced` for its mean over class-balanced
    /// subsets; `last` for the last epoch, whatever dev says.
    public var selection = "all"
    /// AdamW's weight decay.
    public var weightDecay = 0.01
    /// The learning rate of the weights of layers (`layer: all`) as a factor of the others'. They have no weight decay.
    public var layerRate = 1.0
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
    /// Epochs at the most; with 0 the stage is left out.
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
    /// `step` for a rate that changes with each step, `epoch` from epoch to epoch alone.
    public var schedulePer = "step"
    /// Steps over which the learning rate rises at first.
    public var warmupSteps = 0
    /// `natural`; `balanced` for as many clips of each class as the rarest has, drawn afresh each epoch; `weighted` for
    /// classes drawn with replacement, rare ones more often; `evened` for clips of rare corpora, speakers and classes more
    /// often; `neutral-expressive` for batches half neutral.
    public var sampling = "natural"
    /// How far weighted and evened sampling even classes out: 0 leaves them as they are, 1 draws all alike.
    public var samplingExponent = 1.0
    /// How far evened sampling evens out the corpora that were merged: 0 leaves them as they are, 1 draws all alike.
    public var corpusExponent = 0.0
    /// How far evened sampling evens out speakers.
    public var speakerExponent = 0.0
    /// Clips without consensus in a balanced epoch, as a share of those with one.
    public var noConsensusShare = 0.125
    /// `cross-entropy` or `focal`
    public var loss = "cross-entropy"
    /// The focal loss's exponent of 1 - p.
    public var focalGamma = 2.0
    /// What the costs of a batch's clips are divided by: `clips` for their number, `weights` for the class weights of
    /// their targets.
    public var lossMean = Losses.Mean.clips.rawValue
    /// The exponent of inverse class frequency in the loss; 0 weighs all classes alike.
    public var classWeightExponent = 0.0
    /// `relative` for (N / (C f)) to that exponent, with C classes, `absolute` for (N / f).
    public var classWeightScale = ClassWeights.Scale.relative.rawValue
    /// The probability that a batch is mixed (Manifold MixUp).
    public var mixupProbability = 0.0
    /// The parameter of the mixing shares' Beta distribution.
    public var mixupAlpha = 0.2

    /// A stage of the defaults.
    public init() {}
  }
}
