import Foundation
import Fusion
import NN
import Tensors
import TestSupport
import Testing
import Training

/// Ranks that train together come to what one process comes to with the same batches.
@Suite(.serialized) struct RankTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "ranks-\(UUID().uuidString)")

  /// What a rank came to.
  struct Outcome: Sendable {
    var losses: [Double] = []
    var history: [EpochRecord] = []
    var predictions: [ClipPrediction] = []
    var weights: [String: [Float]] = [:]
  }

  /// 25 clips in batches of 8: the last batch of an epoch holds one clip, of which only rank 0 gets any. 24 steps.
  static func plan(mixUp: MixUp? = nil, gradientNorm: Double? = 1, epochs: Int = 4) -> TrainingPlan {
    TrainingPlan(
      seed: 5,
      stages: [
        .init(
          name: "stage1", epochs: epochs, patience: 9, batchSize: 8, learningRate: 3e-3,
          schedule: .cosine(floor: 0.1), warmupSteps: 3, classWeightExponent: 0.5, mixUp: mixUp),
        .init(
          name: "stage2", epochs: epochs, patience: 9, batchSize: 6, learningRate: 2e-3,
          sampling: .balanced(noConsensusShare: 0.25), classWeightExponent: 1, mixUp: mixUp),
      ], gradientNorm: gradientNorm, averaging: 0.9)
  }

  /// Trains as one rank of a group, or alone.
  static func train(
    _ plan: TrainingPlan, dropout: Double, in folder: URL, group: ProcessGroup? = nil, identity: String = "toy",
    resume: Bool = false, seed: UInt64 = 12, stopAfter: Int? = nil
  ) throws -> Outcome {
    struct Stopped: Error {}
    let generator = try Generator(seed: seed)
    let model = try DeepSER(
      DeepSER.Configuration(
        inputs: [4, 2], width: 8, heads: 2, feedForward: 12, dropout: dropout, classes: 3, attributes: 2),
      .random(generator))
    var outcome = Outcome()
    var train = try ToyData(25, seed: 1)
    train.masking = .init(timeMasks: 1, timeShare: 0.3)
    let dev = try ToyData(30, seed: 2)
    var visits = 0
    train.onVisit = {
      visits += 1
      if let stopAfter, visits > stopAfter { throw Stopped() }
    }
    let trainer = try Trainer(
      model, generator: generator, plan: plan, classes: Toy.classes, train: train, dev: dev, folder: folder,
      identity: identity, group: group
    ) { event in
      if case .progress(_, _, _, let loss, _, _) = event { outcome.losses.append(loss) }
    }
    let announced = { try Runtime.withThreadCount(1) { try trainer.run(resume: resume) } }
    outcome.history = try group.map { try $0.announcingFailure(announced) } ?? announced()
    for i in outcome.history.indices { outcome.history[i].seconds = 0 }
    outcome.predictions = try predict(model, dev, classCount: 3, batchSize: 7, group: group)
    for (key, tensor) in model.state() { outcome.weights[key] = try tensor.array() }
    return outcome
  }

  /// The weights that the loss depends on. The bias of attention's keys, the second third of the three, adds the same to
  /// all scores of a query, so that softmax takes it out again: its gradient is 0, and AdamW makes steps of whatever
  /// rounding leaves of that.
  func counted(_ weights: [Float], _ key: String) -> [Double] {
    let all = weights.map(Double.init)
    guard key.hasSuffix("in_proj_bias") else { return all }
    return Array(all[..<(all.count / 3)] + all[(2 * all.count / 3)...])
  }

  func together(
    _ ranks: Int, _ body: @escaping @Sendable (ProcessGroup) throws -> Outcome
  ) throws -> [Result<Outcome, any Error>] {
    let port = try Together.freePort()
    return Together.run(ranks) { rank in
      try body(
        ProcessGroup(
          RankEnvironment(
            launcher: .torchrun, rank: rank, ranks: ranks, localRank: rank, host: "127.0.0.1", port: port)))
    }
  }

  /// The largest difference between numbers of two runs.
  func expectClose(_ found: Outcome, _ wanted: Outcome, _ what: String) throws {
    func largest(_ a: [Double], _ b: [Double]) -> Double {
      a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }
    #expect(wanted.losses.count >= 20)
    #expect(largest(found.losses, wanted.losses) < 1e-5, "\(what): losses")
    #expect(found.weights.count == wanted.weights.count)
    for (key, weights) in wanted.weights {
      let different = largest(counted((found.weights[key] ?? []), key), counted(weights, key))
      #expect(different < 1e-5, "\(what): \(key)")
    }
    let numbers = { (outcome: Outcome) in outcome.predictions.flatMap { $0.probabilities + $0.attributes } }
    #expect(largest(numbers(found), numbers(wanted)) < 1e-5, "\(what): predictions")
    #expect(found.history.map(\.isBest) == wanted.history.map(\.isBest))
    #expect(found.history.map(\.clips) == wanted.history.map(\.clips))
    for (a, b) in zip(found.history, wanted.history) {
      #expect(
        largest([a.trainLoss, a.devLoss, a.devMacroF1], [b.trainLoss, b.devLoss, b.devMacroF1]) < 1e-5, "\(what)")
    }
  }

  @Test(arguments: [2, 3]) func ranksEqualOneProcessWithTheSameBatches(ranks: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let alone = try Self.train(Self.plan(), dropout: 0, in: folder.appending(path: "alone"))
    let shared = folder.appending(path: "shared")
    // Each begins with other weights, which rank 0's replace.
    let results = try together(ranks) { group in
      try Self.train(
        Self.plan(), dropout: 0, in: shared, group: group, seed: group.leads ? 12 : UInt64(100 + group.rank))
    }
    for (rank, result) in results.enumerated() {
      let outcome = try result.get()
      try expectClose(outcome, alone, "rank \(rank) of \(ranks)")
      #expect(outcome.weights == (try results[0].get().weights), "rank \(rank)")
      #expect(outcome.history == (try results[0].get().history))
    }
    let files = { (folder: URL) in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() }
    #expect(try files(shared) == files(folder.appending(path: "alone")))
  }

  @Test func ranksDrawNumbersOfTheirOwnAndGoOnWithThem() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let plan = Self.plan(mixUp: MixUp(probability: 0.5, alpha: 0.4))
    let (whole, killed) = (folder.appending(path: "whole"), folder.appending(path: "killed"))
    let first = try together(2) { try Self.train(plan, dropout: 0.3, in: whole, group: $0) }.map { try $0.get() }
    let last = try SafeTensors(whole.appending(path: "checkpoints/last.safetensors"))
    #expect(try !last.tensor("generator").equals(last.tensor("generator.1")))

    // In the first and in the second stage, on the second rank.
    for visits in [20, 45] {
      let stopped = try together(2) { group in
        try Self.train(
          plan, dropout: 0.3, in: killed, group: group, resume: true, stopAfter: group.rank == 1 ? visits : nil)
      }
      let error = #expect(throws: ProcessGroupError.self) { _ = try stopped[0].get() }
      #expect(error?.description.hasPrefix("rank 1 failed: Stopped()") == true)
    }
    let resumed = try together(2) { try Self.train(plan, dropout: 0.3, in: killed, group: $0, resume: true) }
      .map { try $0.get() }
    for rank in 0..<2 {
      #expect(resumed[rank].weights == first[0].weights && resumed[rank].history == first[0].history)
      #expect(resumed[rank].predictions == first[0].predictions)
    }
    // Without dropout and mixing, what two ranks began one process may go on with.
    let plain = Self.plan()
    let alone = try Self.train(plain, dropout: 0, in: folder.appending(path: "alone"))
    let handed = folder.appending(path: "handed")
    _ = try together(2) { group in
      try Self.train(plain, dropout: 0, in: handed, group: group, stopAfter: group.rank == 0 ? 60 : nil)
    }
    var resumedAlone = try Self.train(plain, dropout: 0, in: handed, resume: true)
    resumedAlone.losses = alone.losses
    try expectClose(resumedAlone, alone, "gone on with by one process")
  }

  @Test func sharesMakeUpTheBatch() {
    for count in 0...17 {
      let batch = (0..<count).map { 100 - $0 }
      for ranks in 1...5 {
        let shares = (0..<ranks).map { RankShare.share(of: batch, rank: $0, ranks: ranks) }
        #expect(shares.flatMap(\.self) == batch)
        #expect(shares.map(\.count) == shares.map(\.count).sorted(by: >))
        #expect(shares[0].count - shares[ranks - 1].count <= 1)
      }
    }
  }

  @Test func ranksWithOtherThingsAreRefused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (folder, plan) = (folder, Self.plan())
    let results = try together(2) { group in
      try Self.train(plan, dropout: 0, in: folder, group: group, identity: "corpus \(group.rank)")
    }
    for result in results {
      #expect(throws: TrainingError.ranksDiffer(rank: 1, what: "corpus")) { _ = try result.get() }
    }
    let others = try together(2) { group in
      try Self.train(Self.plan(epochs: 4 + group.rank), dropout: 0, in: folder, group: group)
    }
    for result in others {
      #expect(throws: TrainingError.ranksDiffer(rank: 1, what: "recipe")) { _ = try result.get() }
    }
  }
}
