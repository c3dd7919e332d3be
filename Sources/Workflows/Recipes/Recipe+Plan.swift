import Emotion
import FeatureStore
import Fusion
import NN
import Recognition
import Tensors
import Training

extension Recipe {
  /// The stages that are trained, with their numbers: those of no epochs are left out.
  var trainedStages: [(number: Int, stage: Stage)] {
    training.stages.enumerated().filter { $0.element.epochs > 0 }.map { ($0.offset, $0.element) }
  }

  /// The plan that the trainer follows. Throws `RecipeError` for a value that is not one of the choices.
  func plan() throws -> TrainingPlan {
    TrainingPlan(
      seed: training.seed, stages: try trainedStages.map { try plan($1, "training.stages.\($0).") },
      classWeight: training.classWeight, attributeWeight: training.attributeWeight,
      neutralWeight: training.neutralWeight,
      selection: try Self.choice(training.selection, Self.named(TrainingPlan.Selection.self), "training.selection"),
      weightDecay: training.weightDecay, layerRate: training.layerRate,
      gradientNorm: training.gradientNorm > 0 ? training.gradientNorm : nil,
      averaging: training.averaging > 0 ? training.averaging : nil,
      checkpointSeconds: training.checkpointMinutes > 0 ? training.checkpointMinutes * 60 : nil)
  }

  private func plan(_ stage: Stage, _ key: String) throws -> TrainingPlan.Stage {
    try TrainingPlan.Stage(
      name: stage.name, epochs: stage.epochs, patience: stage.patience, batchSize: stage.batchSize,
      frameBudget: stage.frameBudget > 0 ? stage.frameBudget : nil, learningRate: stage.learningRate,
      schedule: Self.choice(
        stage.schedule, ["constant": .constant, "cosine": .cosine(floor: stage.floor)], key + "schedule"),
      schedulesByEpoch: Self.choice(stage.schedulePer, ["step": false, "epoch": true], key + "schedule_per"),
      warmupSteps: stage.warmupSteps,
      sampling: Self.choice(
        stage.sampling,
        [
          "natural": .natural, "balanced": .balanced(noConsensusShare: stage.noConsensusShare),
          "weighted": .weighted(exponent: stage.samplingExponent), "neutral-expressive": .neutralExpressive,
          "evened": .evened(
            .init(
              corpora: stage.corpusExponent, speakers: stage.speakerExponent, classes: stage.samplingExponent)),
        ], key + "sampling"),
      classWeightExponent: stage.classWeightExponent,
      classWeightScale: Self.choice(
        stage.classWeightScale, Self.named(ClassWeights.Scale.self), key + "class_weight_scale"),
      classLoss: Self.choice(
        stage.loss, ["cross-entropy": .crossEntropy, "focal": .focal(gamma: stage.focalGamma)], key + "loss"),
      classMean: Self.choice(stage.lossMean, Self.named(Losses.Mean.self), key + "loss_mean"),
      mixUp: stage.mixupProbability > 0
        ? MixUp(probability: stage.mixupProbability, alpha: stage.mixupAlpha) : nil)
  }

  /// The attributes that the network estimates, of those that the corpus has.
  func attributes(of rated: [Attribute]) -> [Attribute] {
    model.kind == CrossModal.Configuration.kind || training.attributeWeight == 0 ? [] : rated
  }

  /// The network for streams of given widths.
  ///
  /// - Parameter layers: the states that are mixed to frames of these widths; nil, or nothing, for streams of one state
  func modelConfiguration(
    inputs: [Int], layers: [LayerMixing.Sizes?] = [], classes: Int, attributes: Int
  ) throws -> ModelConfiguration {
    let deepSER = DeepSER.Configuration(
      inputs: inputs, width: model.width, layers: model.layers, heads: model.heads, feedForward: model.feedForward,
      dropout: model.dropout, positions: model.positions, classes: classes, attributes: attributes)
    let sizes: [any NetworkConfiguration] = [
      deepSER, LateFusion.Configuration(deepSER),
      CrossModal.Configuration(
        inputs: inputs, hidden: model.width, classes: classes, dropout: model.dropout,
        attentionDropout: model.attentionDropout, attentionSharing: model.attentionSharing, pooling: model.pooling,
        hasNeutralHead: training.neutralWeight > 0),
      Baseline.Configuration(
        inputs: inputs, hidden: model.width, dropout: model.dropout, classes: classes, attributes: attributes),
      ConvPooling.Configuration(
        inputs: inputs, width: model.width, blocks: model.layers, stride: model.stride, dropout: model.dropout,
        classes: classes, attributes: attributes),
      MultilayerPerceptron.Configuration(
        inputs: inputs, hidden: model.width, inputDropout: model.inputDropout, dropout: model.dropout,
        classes: classes, attributes: attributes),
    ]
    let byKind = Dictionary(
      uniqueKeysWithValues: sizes.map { (type(of: $0).kind, ModelConfiguration($0, layers: layers)) })
    return try Self.choice(model.kind, byKind, "model.kind")
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

  /// The cases of an enumeration by their names.
  static func named<Value: CaseIterable & RawRepresentable<String>>(_ type: Value.Type) -> [String: Value] {
    Dictionary(uniqueKeysWithValues: type.allCases.map { ($0.rawValue, $0) })
  }

  static func choice<Value>(_ value: String, _ choices: [String: Value], _ key: String) throws -> Value {
    guard let choice = choices[value] else {
      throw RecipeError.value(
        key: key, problem: "'\(value)' is none of \(choices.keys.sorted().joined(separator: ", "))")
    }
    return choice
  }
}
