import Basics
public import Foundation
public import NN
public import Tensors

/// Trains an emotion model in stages, with a checkpoint after every epoch from which a killed run goes on to the same
/// result.
public final class Trainer {
  /// Something that a person who waits would like to see.
  public enum Event: Sendable {
    /// A stage begins.
    case stage(name: String, clips: Int)
    /// Steps are being made: the share of the epoch done, the mean loss so far, clips a second, seconds left in it.
    case progress(stage: String, epoch: Int, share: Double, loss: Double, clipsPerSecond: Double, secondsLeft: Double)
    /// An epoch ended.
    case epoch(EpochRecord)
    /// The run goes on from a checkpoint.
    case resumed(stage: String, epoch: Int)
  }

  private let model: any EmotionModel
  private let generator: Generator
  private let plan: TrainingPlan
  private let classes: [String]
  private let train: any TrainingData
  private let dev: any TrainingData
  private let folder: URL
  private let identity: String
  private let report: (Event) -> Void

  /// A trainer of one run.
  ///
  /// - Parameters:
  ///   - generator: the random numbers that the model's dropout draws
  ///   - classes: the names of the model's classes, in its order
  ///   - folder: `RUN/`: gets `metrics.jsonl` and `checkpoints/`
  ///   - identity: what recipe and data these are; a checkpoint of another identity is refused
  public init(
    _ model: any EmotionModel, generator: Generator, plan: TrainingPlan, classes: [String], train: any TrainingData,
    dev: any TrainingData, folder: URL, identity: String, report: @escaping (Event) -> Void = { _ in }
  ) throws {
    self.model = model
    self.generator = generator
    self.plan = plan
    self.classes = classes
    self.train = train
    self.dev = dev
    self.folder = folder
    self.identity = identity
    self.report = report
    if let fault = plan.fault { throw TrainingError.impossiblePlan(fault) }
    let isLabelled = { (data: any TrainingData) in
      (0..<data.count).contains { data.target($0).consensus != nil && data.target($0).distribution != nil }
    }
    guard isLabelled(train) else { throw TrainingError.noClips(set: "training") }
    guard isLabelled(dev) else { throw TrainingError.noClips(set: "development") }
  }

  /// `RUN/events/`
  private var events: EventFile { EventFile(folder: folder.appending(path: "events")) }
  /// `RUN/checkpoints/last.safetensors`
  private var last: URL { folder.appending(path: "checkpoints/last.safetensors") }
  /// `RUN/checkpoints/best.safetensors`: the model's state alone.
  private var best: URL { folder.appending(path: "checkpoints/best.safetensors") }

  /// Runs all stages, from the last checkpoint if `resume` and there is one, and leaves the best weights in the model.
  ///
  /// - Returns: the record of every epoch.
  public func run(resume: Bool) throws -> [EpochRecord] {
    var state = TrainingState()
    var parts = try parts()
    if resume, FileManager.default.fileExists(atPath: last.path) {
      state = try Checkpoint.read(last, into: parts, identity: identity)
      // The run may have been killed after its checkpoint and before its metrics.
      try writeMetrics(state.history)
      if state.stage < plan.stages.count { report(.resumed(stage: plan.stages[state.stage].name, epoch: state.epoch)) }
    }
    try events.write(state.history)
    while state.stage < plan.stages.count {
      let stage = plan.stages[state.stage]
      if state.epoch == 0 { report(.stage(name: stage.name, clips: train.count)) }
      try runEpoch(stage, &state, parts)
      if state.epoch >= stage.epochs || state.epochsSinceBest >= stage.patience {
        (state.stage, state.epoch, state.step, state.epochsSinceBest) = (state.stage + 1, 0, 0, 0)
        // The checkpoint itself must hold what the next stage begins from: a kill in its first epoch may come when the
        // file of the best weights has been replaced already, and the checkpoint not yet.
        try model.load(SafeTensors(best).tensors())
        parts = try self.parts()
      }
      try Checkpoint.write(parts, state, identity: identity, to: last)
      try writeMetrics(state.history)
      if let record = state.history.last { try events.append(record, step: state.history.count) }
    }
    model.setTraining(false)
    return state.history
  }

  /// A fresh optimiser, which gets its learning rate at each step, and a fresh average of the present weights.
  private func parts() throws -> Checkpoint.Parts {
    Checkpoint.Parts(
      model: model, optimiser: try AdamW(model.namedParameters(), weightDecay: plan.weightDecay),
      average: try plan.averaging.map { try ExponentialMovingAverage(model, decay: $0) }, generator: generator)
  }

  private func runEpoch(_ stage: TrainingPlan.Stage, _ state: inout TrainingState, _ parts: Checkpoint.Parts) throws {
    let start = Date()
    state.epoch += 1
    let (loss, clips) = try trainEpoch(stage, &state, parts, start: start)
    let evaluate = {
      try DevScore(self.model, self.dev, classes: self.classes, batchSize: max(stage.batchSize, 16))
    }
    let score = try parts.average?.applied(evaluate) ?? evaluate()
    // The last step may have thrown the weights out although its loss, computed before, was finite.
    guard score.loss.isFinite else {
      throw TrainingError.diverged(stage: stage.name, epoch: state.epoch, learningRate: stage.learningRate)
    }
    let isBest = state.isBetter(score.macroF1, loss: score.loss)
    state.epochsSinceBest = isBest ? 0 : state.epochsSinceBest + 1
    if isBest {
      (state.bestScore, state.bestLoss) = (score.macroF1, score.loss)
      let write = { try SafeTensors.write(self.model.state(), to: self.best) }
      if let average = parts.average { try average.applied(write) } else { try write() }
    }
    let record = EpochRecord(
      stage: stage.name, epoch: state.epoch, clips: clips, trainLoss: loss, devLoss: score.loss,
      devMacroF1: score.macroF1, devUAR: score.uar, devAccuracy: score.accuracy,
      learningRate: parts.optimiser.learningRate, seconds: Date().timeIntervalSince(start), isBest: isBest)
    state.history.append(record)
    report(.epoch(record))
  }

  private func trainEpoch(
    _ stage: TrainingPlan.Stage, _ state: inout TrainingState, _ parts: Checkpoint.Parts, start: Date
  ) throws -> (loss: Double, clips: Int) {
    var random = SeededGenerator(seed: plan.seed, state.stage, state.epoch)
    let candidates = (0..<train.count).map { (clip: $0, target: train.target($0)) }
      .filter { $0.target.distribution != nil }.map { (clip: $0.clip, label: $0.target.consensus) }
    let order = stage.sampling.clips(candidates, using: &random)
    let batches = Sampling.batches(order, size: stage.batchSize, frames: train.frames, using: &random)
    let weights = try classWeights(stage)
    model.setTraining(true)
    var (sum, done) = (0.0, 0)
    for (number, clips) in batches.enumerated() {
      let (stageNumber, epoch) = (state.stage, state.epoch)
      let batch = try Batch(train, clips, classCount: classes.count) {
        SeededGenerator(seed: plan.seed, stageNumber, epoch, $0)
      }
      parts.optimiser.learningRate =
        stage.learningRate
        * stage.schedule.factor(step: state.step, of: stage.epochs * batches.count, warmup: stage.warmupSteps)
      let loss = try loss(of: batch, weights: weights, mixing: stage.mixUp?.draw(batch.count, using: &random))
      try loss.backward()
      if let limit = plan.gradientNorm { try clipGradientNorm(of: model.parameters, to: limit) }
      try parts.optimiser.step()
      try parts.average?.update()
      state.step += 1
      let value = try loss.item(of: Double.self)
      guard value.isFinite else {
        throw TrainingError.diverged(stage: stage.name, epoch: state.epoch, learningRate: stage.learningRate)
      }
      sum += value * Double(batch.count)
      done += batch.count
      let speed = Double(done) / max(Date().timeIntervalSince(start), 1e-9)
      report(
        .progress(
          stage: stage.name, epoch: state.epoch, share: Double(number + 1) / Double(batches.count),
          loss: sum / Double(done), clipsPerSecond: speed, secondsLeft: Double(order.count - done) / speed))
    }
    return (sum / Double(max(done, 1)), done)
  }

  private func classWeights(_ stage: TrainingPlan.Stage) throws -> Tensor? {
    guard stage.classWeightExponent != 0 else { return nil }
    return try Tensor(
      ClassWeights.inverseFrequency(
        (0..<train.count).map(train.target), classes: classes, exponent: stage.classWeightExponent))
  }

  private func loss(of batch: Batch, weights: Tensor?, mixing: MixUp.Mixing?) throws -> Tensor {
    let embedding = try model.embedding(of: batch.streams)
    let scores = try model.scores(from: mixing.map { try $0(embedding) } ?? embedding)
    let mix = { (targets: Tensor) in try mixing.map { try $0(targets) } ?? targets }
    let classLoss = try Losses.crossEntropy(scores.logits, targets: mix(batch.classes), weights: weights)
    guard let values = scores.attributes, plan.attributeWeight > 0 else { return try classLoss * plan.classWeight }
    let attributeLoss = try Losses.attributes(values, targets: mix(batch.attributes))
    return try classLoss * plan.classWeight + attributeLoss * plan.attributeWeight
  }

  /// `RUN/metrics.jsonl`: written whole each time, so that it always agrees with the checkpoint.
  private func writeMetrics(_ history: [EpochRecord]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let lines = try history.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
    try AtomicFile.write(lines.joined(), to: folder.appending(path: "metrics.jsonl"))
  }
}
