import Audio
import Encoders
import Foundation
import Fusion
import Hub
import Recognition
import Tensors
import Training

extension Recipe {
  /// Looks at every number and name. Throws `RecipeError` with the first that can't be.
  func validate() throws {
    try require(!streams.isEmpty, "streams", "at least one stream is needed")
    for (i, stream) in streams.enumerated() { try validate(stream, "streams.\(i).") }
    try validateAugmentation()
    try validateTargets()
    try require(training.classWeight >= 0, "training.class_weight", "0 or more is expected")
    try require(training.attributeWeight >= 0, "training.attribute_weight", "0 or more is expected")
    try require(training.neutralWeight >= 0, "training.neutral_weight", "0 or more is expected")
    try require(training.weightDecay >= 0, "training.weight_decay", "0 or more is expected")
    try require(
      training.layerRate >= 0 && training.layerRate.isFinite, "training.layer_rate", "0 or more is expected")
    try require(training.gradientNorm >= 0, "training.gradient_norm", "0 or more is expected")
    try require((0..<1).contains(training.averaging), "training.averaging", "a decay in 0..<1 is expected")
    try require(training.checkpointMinutes >= 0, "training.checkpoint_minutes", "0 or more is expected")
    for (i, stage) in training.stages.enumerated() { try validate(stage, "training.stages.\(i).") }
    try require(!trainedStages.isEmpty, "training.stages", "at least one stage with an epoch is needed")
    _ = try plan()
    _ = try voteRule()
    if let fault = try modelConfiguration(inputs: streams.map { _ in 1 }, classes: 2, attributes: 0).fault {
      throw RecipeError.value(key: "model", problem: fault)
    }
    try require(
      training.neutralWeight == 0 || model.kind == CrossModal.Configuration.kind, "training.neutral_weight",
      "a network of the kind \(model.kind) has no neutral-expressive head; crossmodal has")
  }

  private func require(_ condition: Bool, _ key: String, _ problem: String) throws {
    guard condition else { throw RecipeError.value(key: key, problem: problem) }
  }

  private func validate(_ stream: Stream, _ key: String) throws {
    try require(!stream.encoder.isEmpty, key + "encoder", "the name of an encoder is expected")
    try require(stream.stack >= 1, key + "stack", "\(stream.stack) frames can't be stacked; 1 or more can")
    let choice = try stream.choice(dtype: Self.dtype(stream.dtype, key + "dtype"))
    if let fault = choice.fault { throw RecipeError.value(key: key + fault.option, problem: fault.problem) }
    try require((0..<1).contains(stream.dropout), key + "dropout", "a probability in 0..<1 is expected")
    try require(stream.dropout == 0 || streams.count > 1, key + "dropout", "the only stream can't be left out")
    let masking = stream.masking
    try require(masking.timeMasks >= 0, key + "masking.time_masks", "0 or more is expected")
    try require(masking.bandMasks >= 0, key + "masking.band_masks", "0 or more is expected")
    try require((0...1).contains(masking.timeShare), key + "masking.time_share", "a share in 0...1 is expected")
    try require((0...1).contains(masking.bandShare), key + "masking.band_share", "a share in 0...1 is expected")
  }

  private func validateAugmentation() throws {
    try require((0...100).contains(augmentation.copies), "augmentation.copies", "0 to 100 are expected")
    try require((0...10_000).contains(augmentation.voices), "augmentation.voices", "0 to 10000 are expected")
    if let fault = augmentation.effects.fault {
      throw RecipeError.value(key: "augmentation.effects.\(fault.name)", problem: fault.problem)
    }
    guard augmentation.copies > 0 else { return }
    for (i, stream) in streams.enumerated() {
      try require(
        FrontEnds.names.contains(stream.encoder), "streams.\(i).encoder",
        "augmented copies are made for front ends alone: \(FrontEnds.names.joined(separator: ", "))")
    }
  }

  private func validateTargets() throws {
    try require((0...1).contains(targets.teacherShare), "targets.teacher_share", "a share in 0...1 is expected")
    try require((0..<1).contains(targets.smoothing), "targets.smoothing", "a share in 0..<1 is expected")
    try require(targets.classes.count != 1, "targets.classes", "at least two classes are needed, or none for all")
    try require(
      Set(targets.classes).count == targets.classes.count, "targets.classes", "each class may be there once")
  }

  private func validate(_ stage: Stage, _ key: String) throws {
    try require(stage.epochs >= 0, key + "epochs", "0 or more epochs are expected")
    try require(stage.patience >= 1, key + "patience", "at least one epoch is needed")
    try require(stage.batchSize >= 1, key + "batch_size", "at least one clip is needed")
    try require(stage.frameBudget >= 0, key + "frame_budget", "0 or more frames are expected")
    try require(
      stage.sampling != "neutral-expressive" || stage.batchSize.isMultiple(of: 2), key + "batch_size",
      "an even number is expected, half of it neutral")
    try require(
      stage.samplingExponent >= 0 && stage.samplingExponent.isFinite, key + "sampling_exponent", "0 or more is expected"
    )
    try require(stage.learningRate > 0, key + "learning_rate", "a positive number is expected")
    for (name, exponent) in [("corpus_exponent", stage.corpusExponent), ("speaker_exponent", stage.speakerExponent)] {
      try require(exponent >= 0 && exponent.isFinite, key + name, "0 or more is expected")
    }
    try require((0...1).contains(stage.floor), key + "floor", "a factor in 0...1 is expected")
    try require(stage.warmupSteps >= 0, key + "warmup_steps", "0 or more is expected")
    try require(
      stage.warmupSteps == 0 || stage.schedulePer == "step", key + "warmup_steps",
      "the learning rate can't rise with each step where it changes from epoch to epoch (schedule_per)")
    try require(
      stage.focalGamma == 0 || stage.focalGamma >= 1, key + "focal_gamma", "0, or a number of 1 or more, is expected")
    try require(stage.classWeightExponent >= 0, key + "class_weight_exponent", "0 or more is expected")
    try require((0...1).contains(stage.mixupProbability), key + "mixup_probability", "a share in 0...1 is expected")
    try require(stage.mixupAlpha > 0, key + "mixup_alpha", "a positive number is expected")
    // Far above what is sensible, and still a number of clips.
    try require(
      (0...1000).contains(stage.noConsensusShare), key + "no_consensus_share", "a share of 0 or more is expected")
  }
}

extension Recipe.Stream {
  /// The encoder, with what its numbers are stored in.
  func choice(dtype: DType) -> EncoderChoice {
    var choice = EncoderChoice(encoder, dtype: dtype)
    (choice.layer, choice.precision, choice.context, choice.specialTokens) = (layer, precision, context, specialTokens)
    return choice
  }

  /// How a bundle names the encoder, which may be used from another folder or, if it is of the hub, on another machine, and
  /// how a published model computes the stream.
  ///
  /// - Parameter model: the published model's folder; nil for a front end and for imported features
  func bundled(model: URL?, preparation: StreamPreparation.Settings) -> BundleConfiguration.Stream {
    .init(
      encoder: model.map { Hub.id(of: $0)?.description ?? $0.standardizedFileURL.path } ?? encoder, dtype: dtype,
      preparation: preparation,
      pretrained: model.map { _ in
        .init(layer: layer, precision: precision, context: context, specialTokens: specialTokens)
      }, mayBeMissing: dropout > 0 ? true : nil)
  }
}
