import Foundation
import Tensors
import Testing
import Training

/// A run that is killed and resumed ends exactly as one that was not.
@Suite struct ResumeTests {
  struct Killed: Error {}

  /// All that a run leaves.
  struct Result {
    let history: [EpochRecord]
    let predictions: [ClipPrediction]
    let files: [String: [String: [UInt8]]]
    let metrics: [String]
  }

  let folder = FileManager.default.temporaryDirectory.appending(path: "resume-\(UUID().uuidString)")

  func run(
    in folder: URL, resume: Bool = false, identity: String = "toy", plan: TrainingPlan = Toy.plan,
    visit: @escaping () throws -> Void = {}, report: @escaping (Trainer.Event) -> Void = { _ in }
  ) throws -> Result {
    let (model, generator) = try Toy.model()
    var train = try ToyData(48, seed: 1)
    train.onVisit = visit
    let dev = try ToyData(30, seed: 2)
    let trainer = try Trainer(
      model, generator: generator, plan: plan, classes: Toy.classes, train: train, dev: dev, folder: folder,
      identity: identity, report: report)
    // Operators this small only wait for one another's threads.
    var history = try Runtime.withThreadCount(1) { try trainer.run(resume: resume) }
    for i in history.indices { history[i].seconds = 0 }
    var files: [String: [String: [UInt8]]] = [:]
    for name in ["best", "last"] {
      let file = try SafeTensors(folder.appending(path: "checkpoints/\(name).safetensors"))
      files[name] = try file.tensors().mapValues { tensor in
        // Bytes, so that equal means bit for bit.
        tensor.dtype == .float32
          ? try tensor.array(of: Float.self).flatMap { withUnsafeBytes(of: $0.bitPattern, Array.init) }
          : try tensor.array(of: UInt8.self)
      }
    }
    let metrics = try String(contentsOf: folder.appending(path: "metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { String($0.replacing(/"seconds":[^,]*,/, with: "")) }
    return Result(
      history: history, predictions: try predict(model, dev, classCount: 3), files: files, metrics: metrics)
  }

  func expectSame(_ found: Result, _ wanted: Result, _ what: String) {
    #expect(found.history == wanted.history, "\(what): history")
    #expect(found.predictions == wanted.predictions, "\(what): predictions")
    #expect(found.metrics == wanted.metrics, "\(what): metrics.jsonl")
    for (name, tensors) in wanted.files {
      #expect(found.files[name]?.count == tensors.count)
      let different = tensors.keys.filter { found.files[name]?[$0] != tensors[$0] }.sorted()
      #expect(different.isEmpty, "\(what): \(name).safetensors")
    }
  }

  @Test func killedAnywhereAndResumedEndsTheSame() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let manager = FileManager.default
    let whole = folder.appending(path: "whole")
    var (visits, epochs) = (0, 0)
    var visitsAtEnd: [Int] = []
    let uninterrupted = try run(in: whole, visit: { visits += 1 }) { event in
      guard case .epoch = event else { return }
      // What a kill leaves after the best weights are written and before the checkpoint is.
      try? manager.copyItem(at: whole, to: folder.appending(path: "after epoch \(epochs)"))
      epochs += 1
      visitsAtEnd.append(visits)
    }
    try #require(
      epochs == 7
        && uninterrupted.history.map(\.stage) == ["stage1", "stage1", "stage1"]
          + [String](repeating: "stage2", count: 4)
    )
    // Otherwise this would not try the kill that matters: the best file no longer holds what stage 2 began from.
    try #require(uninterrupted.history[3].isBest)
    for epoch in 0..<epochs {
      let resumed = try run(in: folder.appending(path: "after epoch \(epoch)"), resume: true)
      expectSame(resumed, uninterrupted, "killed at the end of epoch \(epoch)")
    }
    // In the middle of the first epoch, of another of stage 1, of the first of stage 2 and of the last.
    for (first, last) in [
      (0, visitsAtEnd[0]), (visitsAtEnd[0], visitsAtEnd[1]), (visitsAtEnd[2], visitsAtEnd[3]),
      (visitsAtEnd[5], visitsAtEnd[6]),
    ] {
      let killed = folder.appending(path: "after clip \((first + last) / 2)")
      var left = (first + last) / 2
      #expect(throws: Killed.self) {
        try run(
          in: killed,
          visit: {
            left -= 1
            if left < 0 { throw Killed() }
          })
      }
      expectSame(try run(in: killed, resume: true), uninterrupted, "killed after clip \((first + last) / 2)")
    }
  }

  @Test func killedBetweenBatchesAndResumedEndsTheSame() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let manager = FileManager.default
    var plan = Toy.plan
    // After every batch.
    plan.checkpointSeconds = 0
    plan.stages[0].frameBudget = 60
    plan.stages[1].sampling = .weighted(exponent: 0.5)
    let whole = folder.appending(path: "whole")
    var (batches, copies) = (0, 0)
    let uninterrupted = try run(
      in: whole, plan: plan,
      report: { event in
        guard case .progress = event else { return }
        batches += 1
        // The checkpoint of the batch before: this one's is written next.
        if batches % 4 == 2 {
          try? manager.copyItem(at: whole, to: folder.appending(path: "batch \(batches)"))
          copies += 1
        }
      })
    #expect(batches > 40 && copies > 10)
    for batch in stride(from: 2, through: batches, by: 4) {
      var visits = 0
      let resumed = try run(
        in: folder.appending(path: "batch \(batch)"), resume: true, plan: plan, visit: { visits += 1 })
      expectSame(resumed, uninterrupted, "killed after batch \(batch - 1)")
      // What was done is not done again.
      #expect(visits <= (batches - batch + 1) * 8)
    }
    plan.checkpointSeconds = nil
    expectSame(try run(in: folder.appending(path: "plain"), plan: plan), uninterrupted, "no checkpoints between")
  }

  @Test func aFinishedRunIsNotTrainedAgain() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = try run(in: folder)
    // A kill between the last checkpoint and its metrics.
    try FileManager.default.removeItem(at: folder.appending(path: "metrics.jsonl"))
    let again = try run(in: folder, resume: true, visit: { throw Killed() })
    expectSame(again, first, "resumed when finished")
  }

  @Test func resumingWithoutACheckpointBeginsAnew() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = try run(in: folder.appending(path: "a"))
    expectSame(try run(in: folder.appending(path: "b"), resume: true), first, "nothing to resume")
    // Without the wish to resume, what an older run left makes no difference.
    expectSame(try run(in: folder.appending(path: "a")), first, "begun again in the same folder")
  }

  @Test func anotherTrainingsCheckpointIsRefused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try run(in: folder)
    let last = folder.appending(path: "checkpoints/last.safetensors")
    let error = #expect(throws: TrainingError.self) { try run(in: folder, resume: true, identity: "other") }
    #expect(error == .foreignCheckpoint(path: last.path, difference: "its recipe or its data differ"))
    #expect(error?.description.contains("Resume with the recipe and corpus that it was begun with") == true)

    let tensors = try SafeTensors(last).tensors()
    try SafeTensors.write(tensors, to: last)
    #expect(throws: TrainingError.foreignCheckpoint(path: last.path, difference: "it holds no training state")) {
      try run(in: folder, resume: true)
    }
    try SafeTensors.write(tensors, metadata: ["identity": "toy", "state": "{\"stage\":1}"], to: last)
    let damaged = #expect(throws: TrainingError.self) { try run(in: folder, resume: true) }
    #expect(damaged?.description.contains("its training state can't be read") == true)
  }
}
