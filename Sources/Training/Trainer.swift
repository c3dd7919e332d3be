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
  private let ranks: Ranks
  private let report: (Event) -> Void
  /// The clips that can be learned from, with their classes.
  private let candidates: [(clip: Int, label: Int?)]
  /// The class that is neutral.
  private let neutral: Int?
  /// Class weights that are known already.
  private var knownWeights: [(exponent: Double, scale: ClassWeights.Scale, weights: Tensor)] = []

  /// A trainer of one run.
  ///
  /// - Parameters:
  ///   - generator: the random numbers that the model's dropout draws
  ///   - classes: the names of the model's classes, in its order
  ///   - folder: `RUN/`: gets `metrics.jsonl` and `checkpoints/`
  ///   - identity: what recipe and data these are; a checkpoint of another identity is refused
  ///   - group: the processes that train together, each with all of this: they share every batch out among them, and
  ///     rank 0 alone writes. Nil for a process on its own.
  public init(
    _ model: any EmotionModel, generator: Generator, plan: TrainingPlan, classes: [String], train: any TrainingData,
    dev: any TrainingData, folder: URL, identity: String, group: ProcessGroup? = nil,
    report: @escaping (Event) -> Void = { _ in }
  ) throws {
    self.model = model
    self.generator = generator
    self.plan = plan
    self.classes = classes
    self.train = train
    self.dev = dev
    self.folder = folder
    self.identity = identity
    ranks = Ranks(group)
    self.report = report
    candidates = (0..<train.count).map { (clip: $0, target: train.target($0)) }
      .filter { $0.target.distribution != nil }.map { (clip: $0.clip, label: $0.target.consensus) }
    neutral = classes.firstIndex(of: "neutral")
    if let fault = plan.fault { throw TrainingError.impossiblePlan(fault) }
    let isLabelled = { (data: any TrainingData) in
      (0..<data.count).contains { data.target($0).consensus != nil && data.target($0).distribution != nil }
    }
    guard isLabelled(train) else { throw TrainingError.noClips(set: "training") }
    guard isLabelled(dev) else { throw TrainingError.noClips(set: "development") }
    if plan.neutralWeight > 0 || plan.stages.contains(where: { $0.sampling == .neutralExpressive }) {
      let labels = candidates.compactMap(\.label)
      guard let neutral, labels.contains(neutral), labels.contains(where: { $0 != neutral }) else {
        throw TrainingError.impossiblePlan(
          "telling neutral from expressive speech needs training clips of the class neutral and of others; the classes are "
            + classes.joined(separator: ", "))
      }
    }
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
    try ranks.requireAlike(model, identity: identity, plan: plan)
    try ranks.separate(generator, seed: plan.seed)
    var parts = try parts()
    var generators: [Tensor] = []
    var resumed = false
    if ranks.leads, resume, FileManager.default.fileExists(atPath: last.path) {
      (state, generators) = try Checkpoint.read(last, into: parts, identity: identity)
      // The run may have been killed after its checkpoint and before its metrics.
      try writeMetrics(state.history)
      resumed = true
    }
    state = try ranks.align(parts, state, generators: generators)
    if resumed, state.stage < plan.stages.count {
      report(.resumed(stage: plan.stages[state.stage].name, epoch: state.finishedEpochs))
    }
    let reducer = try ranks.reducer(of: model)
    if ranks.leads { try events.write(state.history) }
    while state.stage < plan.stages.count {
      let stage = plan.stages[state.stage]
      if state.finishedEpochs == 0 { report(.stage(name: stage.name, clips: train.count)) }
      try runEpoch(stage, &state, parts, reducer)
      if state.epoch >= stage.epochs || state.epochsSinceBest >= stage.patience {
        (state.stage, state.epoch, state.step, state.epochsSinceBest) = (state.stage + 1, 0, 0, 0)
        // The checkpoint itself must hold what the next stage begins from: a kill in its first epoch may come when the
        // file of the best weights has been replaced already, and the checkpoint not yet.
        if ranks.leads { try model.load(SafeTensors(best).tensors()) }
        try ranks.share(model)
        parts = try self.parts()
      }
      try writeCheckpoint(parts, state)
      if ranks.leads {
        try writeMetrics(state.history)
        if let record = state.history.last { try events.append(record, step: state.history.count) }
      }
    }
    // Whoever comes back may look for what rank 0 wrote.
    try ranks.meet()
    model.setTraining(false)
    return state.history
  }

  /// Rank 0 writes, with the random numbers of all.
  private func writeCheckpoint(_ parts: Checkpoint.Parts, _ state: TrainingState) throws {
    let others = try ranks.generatorStates(generator)
    if ranks.leads { try Checkpoint.write(parts, state, generators: others, identity: identity, to: last) }
  }

  /// A fresh optimiser, which gets its learning rate at each step, and a fresh average of the present weights.
  private func parts() throws -> Checkpoint.Parts {
    Checkpoint.Parts(
      model: model, optimiser: try AdamW(groups: parameterGroups()),
      average: try plan.averaging.map { try ExponentialMovingAverage(model, decay: $0) }, generator: generator)
  }

  /// The network's parameters, and those that mix layers: a few numbers that nothing should draw to 0.
  private func parameterGroups() -> [ParameterGroup] {
    let mixing = model.namedModules().filter { $0.module is LayerMixing }.map(\.prefix)
    let isMixing = { (key: String) in mixing.contains { key.hasPrefix($0) } }
    let network = ParameterGroup(
      model.namedParameters().filter { !isMixing($0.key) }, weightDecay: plan.weightDecay)
    guard !mixing.isEmpty else { return [network] }
    return [
      network,
      ParameterGroup(model.namedParameters().filter { isMixing($0.key) }, learningRateFactor: plan.layerRate),
    ]
  }

  private func runEpoch(
    _ stage: TrainingPlan.Stage, _ state: inout TrainingState, _ parts: Checkpoint.Parts, _ reducer: GradientReducer?
  ) throws {
    let start = Date()
    // Within an epoch, its number was counted when it began.
    if state.batch == 0 { state.epoch += 1 }
    let (loss, clips) = try trainEpoch(stage, &state, parts, reducer, start: start)
    let evaluate = {
      try DevScore(
        self.model, self.dev, classes: self.classes, batchSize: max(stage.batchSize, 16),
        selection: self.plan.selection, group: self.ranks.group)
    }
    let score = try parts.average?.applied(evaluate) ?? evaluate()
    // The last step may have thrown the weights out although its loss, computed before, was finite.
    guard score.loss.isFinite else {
      throw TrainingError.diverged(stage: stage.name, epoch: state.epoch, learningRate: stage.learningRate)
    }
    let isBest = plan.selection == .last || state.isBetter(score.selected, loss: score.loss)
    state.epochsSinceBest = isBest ? 0 : state.epochsSinceBest + 1
    if isBest {
      (state.bestScore, state.bestLoss) = (score.selected, score.loss)
      let write = { try SafeTensors.write(self.model.state(), to: self.best) }
      if ranks.leads { if let average = parts.average { try average.applied(write) } else { try write() } }
    }
    let record = EpochRecord(
      stage: stage.name, epoch: state.epoch, clips: clips, trainLoss: loss, devLoss: score.loss,
      devMacroF1: score.macroF1, devBalancedF1: score.balancedF1, devUAR: score.uar, devAccuracy: score.accuracy,
      learningRate: parts.optimiser.learningRate, seconds: Date().timeIntervalSince(start), isBest: isBest)
    state.history.append(record)
    report(.epoch(record))
  }

  private func trainEpoch(
    _ stage: TrainingPlan.Stage, _ state: inout TrainingState, _ parts: Checkpoint.Parts, _ reducer: GradientReducer?,
    start: Date
  ) throws -> (loss: Double, clips: Int) {
    var random = SeededGenerator(seed: plan.seed, state.stage, state.epoch)
    let order = stage.sampling.clips(candidates, neutral: neutral, origin: train.origin, using: &random)
    let batches = Sampling.batches(
      order, size: stage.batchSize, frameBudget: stage.frameBudget, sides: stage.sampling.sides, frames: train.frames,
      using: &random)
    let shares = batches.map(ranks.share)
    // What follows is drawn for this rank's clips, and by each rank for its own.
    if ranks.rank > 0 { random = SeededGenerator(seed: plan.seed, state.stage, state.epoch, -ranks.rank) }
    let weights = try classWeights(stage)
    let objective = Objective(model: model, plan: plan, neutral: neutral, ranks: ranks)
    model.setTraining(true)
    // What was drawn for the batches before a checkpoint.
    for share in shares.prefix(state.batch) { _ = try stage.mixUp?.draw(share.count, using: &random) }
    let (seed, stageNumber, epoch) = (plan.seed, state.stage, state.epoch)
    let feed = BatchFeed(
      train, shares.dropFirst(state.batch).filter { !$0.isEmpty }, classCount: classes.count
    ) { SeededGenerator(seed: seed, stageNumber, epoch, $0) }
    let doneBefore = state.clips
    var lastCheckpoint = Date()
    for (clips, share) in zip(batches, shares).dropFirst(state.batch) {
      // A rank without clips takes part in counting alone.
      let batch = share.isEmpty ? nil : try feed.next()
      parts.optimiser.learningRate =
        stage.learningRate
        * (stage.schedulesByEpoch
          ? stage.schedule.factor(step: state.epoch - 1, of: stage.epochs)
          : stage.schedule.factor(step: state.step, of: stage.epochs * batches.count, warmup: stage.warmupSteps))
      let mixing = try stage.mixUp?.draw(share.count, using: &random)
      let loss = try objective(batch, stage, weights: weights, mixing: mixing)
      try loss?.backward()
      try reducer?.finish()
      if let limit = plan.gradientNorm { try clipGradientNorm(of: model.parameters, to: limit) }
      try parts.optimiser.step()
      try parts.average?.update()
      state.step += 1
      let value = try ranks.sum(loss?.item(of: Double.self) ?? 0)
      guard value.isFinite else {
        throw TrainingError.diverged(stage: stage.name, epoch: state.epoch, learningRate: stage.learningRate)
      }
      state.lossSum += value * Double(clips.count)
      state.clips += clips.count
      state.batch += 1
      let speed = Double(state.clips - doneBefore) / max(Date().timeIntervalSince(start), 1e-9)
      report(
        .progress(
          stage: stage.name, epoch: state.epoch, share: Double(state.batch) / Double(batches.count),
          loss: state.lossSum / Double(state.clips), clipsPerSecond: speed,
          secondsLeft: Double(order.count - state.clips) / speed))
      if let seconds = plan.checkpointSeconds, state.batch < batches.count,
        try ranks.agree(on: Date().timeIntervalSince(lastCheckpoint) >= seconds)
      {
        try writeCheckpoint(parts, state)
        lastCheckpoint = Date()
      }
    }
    let (sum, done) = (state.lossSum, state.clips)
    (state.batch, state.lossSum, state.clips) = (0, 0, 0)
    return (sum / Double(max(done, 1)), done)
  }

  private func classWeights(_ stage: TrainingPlan.Stage) throws -> Tensor? {
    let (exponent, scale) = (stage.classWeightExponent, stage.classWeightScale)
    guard exponent != 0 else { return nil }
    if let known = knownWeights.first(where: { $0.exponent == exponent && $0.scale == scale }) { return known.weights }
    let weights = try Tensor(
      ClassWeights.inverseFrequency(
        (0..<train.count).map(train.target), classes: classes, exponent: exponent, scale: scale))
    knownWeights.append((exponent, scale, weights))
    return weights
  }

  /// `RUN/metrics.jsonl`: written whole each time, so that it always agrees with the checkpoint.
  private func writeMetrics(_ history: [EpochRecord]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let lines = try history.map { String(decoding: try encoder.encode($0), as: UTF8.self) + "\n" }
    try AtomicFile.write(lines.joined(), to: folder.appending(path: "metrics.jsonl"))
  }
}
