import Foundation
import Testing
import Training
import Workflows

@Suite("Progress of a run")
struct RunProgressTests {
  let recipe: Recipe

  init() throws {
    recipe = try Recipe(
      yaml: """
        streams: [{encoder: log-mel-80}]
        training: {stages: [{name: one, epochs: 10}, {name: two, epochs: 5}]}
        """)
  }

  func step(_ epoch: Int, share: Double, left: Double) -> Trainer.Event {
    .progress(stage: "one", epoch: epoch, share: share, loss: 1.25, clipsPerSecond: 50, secondsLeft: left)
  }

  /// An epoch as `metrics.jsonl` has it.
  func epoch(_ stage: String, _ number: Int, seconds: Double) throws -> Trainer.Event {
    let line = """
      {"stage": "\(stage)", "epoch": \(number), "clips": 100, "trainLoss": 1, "devLoss": 2, "devMacroF1": 0.5,
      "devUAR": 0.25, "devAccuracy": 0.5, "learningRate": 0.1, "seconds": \(seconds), "isBest": \(number == 1)}
      """
    return .epoch(try JSONDecoder().decode(EpochRecord.self, from: Data(line.utf8)))
  }

  @Test("The time left is that of all epochs and stages to come")
  func wholeRun() throws {
    var progress = RunProgress(recipe)
    #expect(progress(.stage(name: "one", clips: 100)) == .line("one: 100 training clips, 10 epochs at the most"))
    // Half of the first epoch is done and takes 10 s more: 20 s an epoch, 14 epochs after it.
    #expect(
      progress(step(1, share: 0.5, left: 10))
        == .status("one, epoch 1/10, 50 %: loss 1.250, 50 clips/s, 4 min 50 s left at the most"))
    // At its end the clips and their speed tell how long an epoch takes.
    #expect(
      progress(step(1, share: 1, left: 0))
        == .status("one, epoch 1/10, 100 %: loss 1.250, 50 clips/s, 28 s left at the most"))
    #expect(
      try progress(epoch("one", 1, seconds: 30))
        == .line(
          "one, epoch 1/10: loss 1.000, dev loss 2.000, dev Macro-F1 0.500, UAR 0.250, 3 clips/s, kept, "
            + "7 min 0 s left at the most"))
    #expect(
      progress(step(2, share: 0.5, left: 15))
        == .status("one, epoch 2/10, 50 %: loss 1.250, 50 clips/s, 6 min 45 s left at the most"))
    // The stage ends early.
    #expect(progress(.stage(name: "two", clips: 40)) == .line("two: 40 training clips, 5 epochs at the most"))
    _ = try progress(epoch("two", 4, seconds: 10))
    #expect(
      try progress(epoch("two", 5, seconds: 10))
        == .line("two, epoch 5/5: loss 1.000, dev loss 2.000, dev Macro-F1 0.500, UAR 0.250, 10 clips/s"))
  }

  @Test("A run that is gone on with knows where it is")
  func resumed() {
    var progress = RunProgress(recipe)
    #expect(progress(.resumed(stage: "one", epoch: 8)) == .line("going on in one after epoch 8"))
    #expect(
      progress(step(9, share: 0.5, left: 1))
        == .status("one, epoch 9/10, 50 %: loss 1.250, 50 clips/s, 13 s left at the most"))
    var second = RunProgress(recipe)
    _ = second(.resumed(stage: "two", epoch: 0))
    #expect(second(.stage(name: "two", clips: 40)) == .line("two: 40 training clips, 5 epochs at the most"))
  }

  @Test("Stages of the same name are told apart by their order")
  func sameNames() throws {
    let recipe = try Recipe(
      yaml: "streams: [{encoder: a}]\ntraining: {stages: [{epochs: 3}, {epochs: 7}]}")
    var progress = RunProgress(recipe)
    #expect(progress(.stage(name: "stage", clips: 1)) == .line("stage: 1 training clips, 3 epochs at the most"))
    #expect(progress(.stage(name: "stage", clips: 1)) == .line("stage: 1 training clips, 7 epochs at the most"))
  }
}
