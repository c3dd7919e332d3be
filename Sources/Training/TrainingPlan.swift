public import NN

/// How a model is trained: its stages in order, and what they share.
public struct TrainingPlan: Equatable, Sendable {
  /// One stage: a way of drawing clips, trained until its dev score stops rising.
  public struct Stage: Equatable, Sendable {
    /// Its name in logs and metrics.
    public var name: String
    /// Epochs at the most.
    public var epochs: Int
    /// Epochs without a better dev score after which the stage ends.
    public var patience: Int
    /// Clips in a batch; at the most, where there is a frame budget.
    public var batchSize: Int
    /// Frames of a batch at the most, padding included: long clips then come in smaller batches. nil sets no limit.
    public var frameBudget: Int?
    /// The highest learning rate.
    public var learningRate: Double
    /// How it changes over the stage.
    public var schedule: LearningRateSchedule
    /// Whether it changes from epoch to epoch alone, as in the released code of UNICAMP's system, and not with each step.
    public var schedulesByEpoch: Bool
    /// Steps over which it rises at first.
    public var warmupSteps: Int
    /// Which clips an epoch goes through.
    public var sampling: Sampling
    /// The exponent of inverse class frequency in the loss; 0 weighs all classes alike.
    public var classWeightExponent: Double
    /// What class frequencies are held against.
    public var classWeightScale: ClassWeights.Scale
    /// What a clip's class costs.
    public var classLoss: Losses.ClassLoss
    /// What the costs of a batch are divided by.
    public var classMean: Losses.Mean
    /// Mixing of clips; nil for none.
    public var mixUp: MixUp?

    /// Makes a stage of its parts.
    public init(
      name: String, epochs: Int, patience: Int, batchSize: Int, frameBudget: Int? = nil, learningRate: Double,
      schedule: LearningRateSchedule = .constant, schedulesByEpoch: Bool = false, warmupSteps: Int = 0,
      sampling: Sampling = .natural, classWeightExponent: Double = 0, classWeightScale: ClassWeights.Scale = .relative,
      classLoss: Losses.ClassLoss = .crossEntropy, classMean: Losses.Mean = .clips, mixUp: MixUp? = nil
    ) {
      self.name = name
      self.epochs = epochs
      self.patience = patience
      self.batchSize = batchSize
      self.frameBudget = frameBudget
      self.learningRate = learningRate
      self.schedule = schedule
      self.schedulesByEpoch = schedulesByEpoch
      self.warmupSteps = warmupSteps
      self.sampling = sampling
      self.classWeightExponent = classWeightExponent
      self.classWeightScale = classWeightScale
      self.classLoss = classLoss
      self.classMean = classMean
      self.mixUp = mixUp
    }

    fileprivate var fault: String? {
      if epochs < 1 || patience < 1 || batchSize < 1 {
        return "\(epochs) epochs, a patience of \(patience) and batches of \(batchSize) clips; each must be at least 1"
      }
      if let frameBudget, frameBudget < 1 { return "a frame budget of \(frameBudget); at least 1 is expected" }
      if case .weighted(let exponent) = sampling, !(exponent >= 0 && exponent.isFinite) {
        return "the exponent of weighted sampling is \(exponent); 0 or more is expected"
      }
      if case .evened(let shares) = sampling, let fault = shares.fault { return fault }
      if sampling == .neutralExpressive, !batchSize.isMultiple(of: 2) {
        return "batches of \(batchSize) clips can't be half neutral and half expressive"
      }
      if !(learningRate >= 0 && learningRate.isFinite) { return "the learning rate is \(learningRate)" }
      if schedulesByEpoch, warmupSteps > 0 {
        return "the learning rate can't rise over \(warmupSteps) steps where it changes from epoch to epoch"
      }
      if case .focal(let gamma) = classLoss, !(gamma == 0 || gamma >= 1) {
        return "the focal loss's gamma is \(gamma); 0, or 1 or more, is expected"
      }
      if case .balanced(let share) = sampling, !(share >= 0) {
        return "the share of clips without consensus is \(share); 0 or more is expected"
      }
      if let mixUp, !((0...1).contains(mixUp.probability) && mixUp.alpha > 0) {
        return
          "MixUp has probability \(mixUp.probability) and alpha \(mixUp.alpha); 0...1 and a positive number are expected"
      }
      return nil
    }
  }

  /// What the best epoch is chosen by.
  public enum Selection: String, CaseIterable, Sendable {
    /// Macro-F1 over all of dev.
    case all
    /// The mean Macro-F1 over class-balanced subsets of dev, for a test set in which all classes are equally frequent.
    case balanced
    /// Nothing: each epoch counts as better than those before it, and none ends a stage early. For small developments, whose
    /// best epoch is one of chance, with a schedule that comes to rest.
    case last
  }

  /// Everything random follows from it.
  public var seed: UInt64
  /// The stages, in order; each begins with the best weights so far and a fresh optimiser.
  public var stages: [Stage]
  /// The factor of the cross-entropy in the loss (1.5 in MEDUSA).
  public var classWeight: Double
  /// The factor of the attributes' squared error in the loss (0.4 in MEDUSA).
  public var attributeWeight: Double
  /// The factor of the soft-margin loss of a neutral-expressive head (1 in the second design of UNICAMP's system).
  public var neutralWeight: Double
  /// What the best epoch is chosen by.
  public var selection: Selection
  /// AdamW's weight decay.
  public var weightDecay: Double
  /// The learning rate of the weights of layers (`LayerMixing`) as a factor of the others'; they have no weight decay.
  public var layerRate: Double
  /// The highest norm of the gradient; nil leaves it alone.
  public var gradientNorm: Double?
  /// The decay of the running average of the weights that is scored and kept; nil keeps the weights themselves.
  public var averaging: Double?

  /// Seconds after which a checkpoint is written within an epoch too; nil writes one at the end of each alone. It makes
  /// no difference to what comes out.
  public var checkpointSeconds: Double?

  /// Makes a plan of its parts.
  public init(
    seed: UInt64, stages: [Stage], classWeight: Double = 1.5, attributeWeight: Double = 0.4,
    neutralWeight: Double = 0, selection: Selection = .all, weightDecay: Double = 1e-2, layerRate: Double = 1,
    gradientNorm: Double? = nil, averaging: Double? = nil, checkpointSeconds: Double? = nil
  ) {
    self.seed = seed
    self.stages = stages
    self.classWeight = classWeight
    self.attributeWeight = attributeWeight
    self.neutralWeight = neutralWeight
    self.selection = selection
    self.weightDecay = weightDecay
    self.layerRate = layerRate
    self.gradientNorm = gradientNorm
    self.averaging = averaging
    self.checkpointSeconds = checkpointSeconds
  }

  /// What is wrong with the plan, as a sentence; nil when it can be followed.
  public var fault: String? {
    if stages.isEmpty { return "it has no stage" }
    for stage in stages {
      if let fault = stage.fault { return "\(stage.name): \(fault)" }
    }
    if !(layerRate >= 0 && layerRate.isFinite) {
      return "the rate of layers' weights is \(layerRate); 0 or more is expected"
    }
    if let averaging, !(0..<1).contains(averaging) { return "averaging is \(averaging); a decay in 0..<1 is expected" }
    return nil
  }
}
