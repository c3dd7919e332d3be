import Foundation
import Fusion
import NN
import Tensors
import Testing
import Training

@Suite struct TrainerTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "trainer-\(UUID().uuidString)")

  func stage(_ name: String, epochs: Int, patience: Int = 100, rate: Double) -> TrainingPlan.Stage {
    .init(name: name, epochs: epochs, patience: patience, batchSize: 8, learningRate: rate)
  }

  func trainer(
    _ plan: TrainingPlan, train: ToyData? = nil, dev: ToyData? = nil,
    report: @escaping (Trainer.Event) -> Void = { _ in }
  ) throws -> (trainer: Trainer, model: any EmotionModel) {
    let (model, generator) = try Toy.model()
    let trainer = try Trainer(
      model, generator: generator, plan: plan, classes: Toy.classes, train: train ?? ToyData(48, seed: 1),
      dev: dev ?? ToyData(30, seed: 2), folder: folder, identity: "toy", report: report)
    return (trainer, model)
  }

  @Test func itLearnsAndKeepsTheBestWeights() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var shares: [Double] = []
    var easy = try ToyData(48, seed: 1, noise: 0.2)
    easy.masking = FeatureMasking()
    let (trainer, model) = try trainer(
      TrainingPlan(seed: 1, stages: [stage("only", epochs: 12, rate: 1e-2)]), train: easy,
      dev: ToyData(30, seed: 2, noise: 0.2)
    ) {
      if case .progress(_, 1, let share, _, _, _) = $0 { shares.append(share) }
    }
    let history = try trainer.run(resume: false)
    #expect(history.count == 12 && history.allSatisfy { $0.clips == 48 })
    #expect(shares == (1...6).map { Double($0) / 6 })
    #expect(history[11].trainLoss < 0.75 * history[0].trainLoss)
    let best = try #require(history.last { $0.isBest })
    #expect(best.devMacroF1 > 0.9 && history.allSatisfy { $0.devMacroF1 <= best.devMacroF1 })
    let file = try SafeTensors(folder.appending(path: "checkpoints/best.safetensors"))
    #expect(Set(file.names) == Set(model.state().keys))
    for (key, tensor) in model.state() { #expect(try file.tensor(key).equals(tensor.detached()), "\(key)") }

    // Accuracy and recall as counted by hand over all of dev.
    let dev = try ToyData(30, seed: 2, noise: 0.2)
    let pairs = zip(try predict(model, dev, classCount: 3), dev.targets).compactMap { prediction, target in
      target.consensus.map { (label: $0, answer: prediction.best) }
    }
    #expect(best.devAccuracy == Double(pairs.count { $0.label == $0.answer }) / Double(pairs.count))
    let recalls = (0..<3).map { label in
      let ofClass = pairs.filter { $0.label == label }
      return Double(ofClass.count { $0.answer == label }) / Double(ofClass.count)
    }
    #expect(abs(best.devUAR - recalls.reduce(0, +) / 3) < 1e-12)
  }

  @Test func aStageEndsWhenItsPatienceDoes() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // At a rate of 0 the first epoch stays the best.
    let (trainer, _) = try trainer(
      TrainingPlan(
        seed: 1,
        stages: [stage("first", epochs: 9, patience: 2, rate: 0), stage("second", epochs: 9, patience: 3, rate: 0)],
        weightDecay: 0))
    let history = try trainer.run(resume: false)
    #expect(history.map(\.stage) == ["first", "first", "first", "second", "second", "second"])
    #expect(history.map(\.isBest) == [true, false, false, false, false, false])
  }

  @Test func theRateChangesFromEpochToEpochAlone() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var stage = stage("only", epochs: 4, rate: 1e-3)
    (stage.schedule, stage.schedulesByEpoch) = (.cosine(floor: 0.1), true)
    let history = try trainer(TrainingPlan(seed: 1, stages: [stage])).trainer.run(resume: false)
    for (epoch, record) in history.enumerated() {
      // torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 4, eta_min=1e-4), stepped after each epoch.
      let expected = 1e-4 + 9e-4 * (1 + cos(.pi * Double(epoch) / 4)) / 2
      #expect(abs(record.learningRate - expected) < 1e-12)
    }
    stage.warmupSteps = 3
    #expect(throws: TrainingError.self) { try trainer(TrainingPlan(seed: 1, stages: [stage])) }
  }

  @Test func theBestEpochIsTheOneThatDoesBestOnBalancedSubsets() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let plan = TrainingPlan(
      seed: 1, stages: [stage("only", epochs: 10, rate: 4e-3)], selection: .balanced)
    let (trainer, model) = try trainer(
      plan, train: ToyData(48, seed: 1, noise: 1.5), dev: ToyData(60, seed: 2, noise: 1.5))
    let history = try trainer.run(resume: false)
    let scores = try history.map { try #require($0.devBalancedF1) }
    let best = try #require(history.last { $0.isBest })
    #expect(best.devBalancedF1 == scores.max())
    #expect(scores != history.map(\.devMacroF1))
    // The weights that are left in the model are the best epoch's.
    let dev = try ToyData(60, seed: 2, noise: 1.5)
    let pairs = zip(try predict(model, dev, classCount: 3), dev.targets).compactMap { prediction, target in
      target.consensus.map { (label: $0, answer: prediction.best) }
    }
    #expect(best.devAccuracy == Double(pairs.count { $0.label == $0.answer }) / Double(pairs.count))
    #expect(try trainerWithoutSelection().allSatisfy { $0.devBalancedF1 == nil })
  }

  @Test func withoutSelectionTheLastEpochIsKept() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // After the first epochs a rate so high makes dev worse, and a patience of one would end the stage.
    var stage = stage("only", epochs: 8, rate: 5e-2)
    stage.patience = 1
    let (trainer, model) = try trainer(
      TrainingPlan(seed: 1, stages: [stage], selection: .last),
      train: ToyData(48, seed: 1, noise: 1.5), dev: ToyData(60, seed: 2, noise: 1.5))
    let history = try trainer.run(resume: false)
    #expect(history.map(\.isBest) == [Bool](repeating: true, count: 8))
    let scores = history.map(\.devMacroF1)
    let (lastScore, bestScore) = (try #require(scores.last), try #require(scores.max()))
    #expect(lastScore < bestScore)
    let dev = try ToyData(60, seed: 2, noise: 1.5)
    let pairs = zip(try predict(model, dev, classCount: 3), dev.targets).compactMap { prediction, target in
      target.consensus.map { (label: $0, answer: prediction.best) }
    }
    #expect(history.last?.devAccuracy == Double(pairs.count { $0.label == $0.answer }) / Double(pairs.count))
  }

  func trainerWithoutSelection() throws -> [EpochRecord] {
    try trainer(TrainingPlan(seed: 1, stages: [stage("only", epochs: 1, rate: 1e-3)])).trainer.run(resume: false)
  }

  @Test func theSecondDesignTeachesTheNeutralHead() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let generator = try Generator(seed: 12)
    let model = try CrossModal(
      .init(
        inputs: [4, 2], hidden: 8, classes: 3, dropout: 0.1, attentionDropout: 0, hasNeutralHead: true),
      .random(generator))
    var stage = stage("design two", epochs: 12, rate: 1e-2)
    (stage.sampling, stage.classWeightExponent, stage.classMean) = (.neutralExpressive, 1, .weights)
    let plan = TrainingPlan(seed: 1, stages: [stage], classWeight: 1, neutralWeight: 1, weightDecay: 1e-6)
    var easy = try ToyData(48, seed: 1, noise: 0.2)
    easy.masking = FeatureMasking()
    let dev = try ToyData(30, seed: 2, noise: 0.2)
    let history = try Trainer(
      model, generator: generator, plan: plan, classes: ["neutral", "b", "c"], train: easy, dev: dev, folder: folder,
      identity: "toy"
    ).run(resume: false)
    // Class 0, the neutral one, is half of the 39 clips with a consensus or more: all of the larger side are gone through.
    let sides = easy.targets.compactMap(\.consensus).map { $0 == 0 }
    let larger = max(sides.count { $0 }, sides.count { !$0 })
    #expect(history.allSatisfy { $0.clips == 2 * larger })
    #expect(try #require(history.last).devMacroF1 > 0.9)
    var right = 0
    for clip in 0..<dev.count {
      let streams = try dev.streams(clip, augmentation: nil).map { try SequenceBatch(padding: [$0]) }
      let value = try #require(model(streams).neutral).item(of: Float.self)
      if let label = dev.target(clip).consensus, (value > 0) == (label == 0) { right += 1 }
    }
    #expect(Double(right) > 0.9 * Double(dev.targets.count { $0.consensus != nil }))
    // Without a neutral class there is nothing to tell apart.
    #expect(throws: TrainingError.self) {
      try Trainer(
        model, generator: generator, plan: plan, classes: Toy.classes, train: easy, dev: dev, folder: folder,
        identity: "toy")
    }
  }

  @Test func theSecondStageBeginsFromTheBestWeights() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // Far too fast, with a patience of 1: the first stage ends on weights that are not its best.
    let (trainer, _) = try trainer(
      TrainingPlan(
        seed: 1, stages: [stage("first", epochs: 30, patience: 1, rate: 0.05), stage("second", epochs: 1, rate: 0)]),
      train: ToyData(48, seed: 1, noise: 1.5), dev: ToyData(30, seed: 2, noise: 1.5))
    let history = try trainer.run(resume: false)
    let first = history.filter { $0.stage == "first" }
    let best = try #require(first.last { $0.isBest })
    try #require(first.count < 30 && first.last?.isBest == false && first.last?.devLoss != best.devLoss)
    #expect(history.last?.devLoss == best.devLoss && history.last?.devMacroF1 == best.devMacroF1)
  }

  @Test func aLossThatIsNoNumberIsReported() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var plan = TrainingPlan(seed: 1, stages: [stage("wild", epochs: 3, rate: 1e-3)])
    var broken = try ToyData(48, seed: 1)
    broken.masking = .init()
    let poisoned = ToyData(broken, replacing: 7, with: .nan)
    let error = #expect(throws: TrainingError.self) {
      try trainer(plan, train: poisoned).trainer.run(resume: false)
    }
    #expect(error == .diverged(stage: "wild", epoch: 1, learningRate: 1e-3))
    #expect(error?.description.contains("lower its learning rate, now 0.001") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "checkpoints").path))

    // One step an epoch: its loss is computed before the weights are thrown out, and only dev shows that they were.
    plan.stages[0].batchSize = 48
    plan.stages[0].learningRate = 1e38
    #expect(throws: TrainingError.diverged(stage: "wild", epoch: 1, learningRate: 1e38)) {
      try trainer(plan).trainer.run(resume: false)
    }
  }

  @Test func plansThatCannotBeFollowedAreRefused() throws {
    let good = stage("s", epochs: 1, rate: 1e-3)
    func refusal(_ change: (inout TrainingPlan) -> Void) -> String? {
      var plan = TrainingPlan(seed: 1, stages: [good])
      change(&plan)
      do {
        _ = try trainer(plan)
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0.stages = [] } == "the training plan can't be followed: it has no stage")
    #expect(
      refusal { $0.stages[0].batchSize = 0 }
        == "the training plan can't be followed: s: 1 epochs, a patience of 100 and batches of 0 clips; each must be at least 1"
    )
    #expect(refusal { $0.stages[0].epochs = 0 } != nil)
    #expect(refusal { $0.stages[0].patience = 0 } != nil)
    #expect(refusal { $0.stages[0].learningRate = .nan } != nil)
    #expect(refusal { $0.stages[0].learningRate = -1 } != nil)
    #expect(refusal { $0.stages[0].sampling = .balanced(noConsensusShare: -1) } != nil)
    #expect(refusal { $0.stages[0].mixUp = MixUp(probability: 2, alpha: 1) } != nil)
    #expect(refusal { $0.stages[0].mixUp = MixUp(probability: 1, alpha: 0) } != nil)
    #expect(refusal { $0.averaging = 1 } != nil)
  }

  @Test func dataThatTeachesNothingIsRefused() throws {
    let plan = TrainingPlan(seed: 1, stages: [stage("s", epochs: 1, rate: 1e-3)])
    let data = try ToyData(12, seed: 1)
    let unlabelled = ToyData(data) { $0.consensus = nil }
    // Labels alone are no targets, and an epoch without targets would have no steps.
    let untargeted = ToyData(data) { $0.distribution = nil }
    for empty in [try ToyData(0, seed: 1), unlabelled, untargeted] {
      #expect(throws: TrainingError.noClips(set: "training")) { try trainer(plan, train: empty) }
      #expect(throws: TrainingError.noClips(set: "development")) { try trainer(plan, dev: empty) }
    }
    var weighted = plan
    weighted.stages[0].classWeightExponent = 0.5
    let withoutThird = ToyData(data) { $0.distribution = $0.consensus.map { $0 == 2 ? nil : [1, 1, 0] } ?? nil }
    #expect(throws: TrainingError.emptyClass(name: "c")) {
      defer { try? FileManager.default.removeItem(at: folder) }
      _ = try trainer(weighted, train: withoutThird).trainer.run(resume: false)
    }
  }

  @Test func aClipScoresTheSameInAnyBatch() throws {
    let (model, _) = try Toy.model()
    model.setTraining(false)
    let data = try ToyData(23, seed: 3)
    let alone = try predict(model, data, classCount: 3, batchSize: 1)
    #expect(alone.allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-9 && $0.attributes.count == 2 })
    for size in [2, 7, 23, 100] {
      let together = try predict(model, data, classCount: 3, batchSize: size)
      for (clip, (a, b)) in zip(alone, together).enumerated() {
        let difference = zip(a.probabilities + a.attributes, b.probabilities + b.attributes).map { abs($0 - $1) }.max()
        #expect(try #require(difference) < 1e-5, "clip \(clip) in batches of \(size)")
      }
    }
    #expect(try predict(model, ToyData(0, seed: 3), classCount: 3).isEmpty)
  }
}

extension ToyData {
  /// The same with one clip's frames of one value.
  init(_ data: ToyData, replacing clip: Int, with value: Double) {
    var streams = data.streams
    streams[clip] = streams[clip].map { (try? Tensor.full($0.shape, value)) ?? $0 }
    self.init(streams: streams, targets: data.targets, masking: data.masking)
  }

  /// The same with other targets.
  init(_ data: ToyData, _ change: (inout Target) -> Void) {
    var targets = data.targets
    for i in targets.indices { change(&targets[i]) }
    self.init(streams: data.streams, targets: targets, masking: data.masking)
  }

  private init(streams: [[Tensor]], targets: [Target], masking: FeatureMasking) {
    self.streams = streams
    self.targets = targets
    self.masking = masking
  }
}
