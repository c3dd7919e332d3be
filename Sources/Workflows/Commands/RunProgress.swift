import Basics
import Foundation
package import Training

/// Follows a training run by what the trainer tells, and says how long all of it will still take at the most: a stage may
/// end before its last epoch, when its score no longer rises.
package struct RunProgress {
  private struct Stage {
    let name: String
    let epochs: Int
  }

  private let stages: [Stage]
  /// The stage that is being trained, as an index; nil before the first.
  private var stage: Int?
  /// The stage's clips.
  private var clips = 0
  /// Seconds that the last epoch took; epochs of a stage take about the same time.
  private var lastEpoch: Double?

  package init(_ recipe: Recipe) {
    stages = recipe.trainedStages.map { Stage(name: $0.stage.name, epochs: $0.stage.epochs) }
  }

  /// Takes in an event and gives it as a person reads it.
  package mutating func callAsFunction(_ event: Trainer.Event) -> Notice {
    switch event {
    case .stage(let name, let clips):
      // A run that is gone on with may begin with a later stage; names may be alike.
      let first = stage.map { $0 + 1 } ?? 0
      stage = stages.indices.dropFirst(first).first { stages[$0].name == name } ?? stage
      (self.clips, lastEpoch) = (clips, nil)
      return .line("\(name): \(clips) training clips, \(epochs(stage)) epochs at the most")
    case .resumed(let name, let epoch):
      stage = stages.indices.first { stages[$0].name == name && stages[$0].epochs > epoch }
      // The stage begins anew after 0 epochs, and says so itself.
      if epoch == 0 { stage = stage.flatMap { $0 > 0 ? $0 - 1 : nil } }
      return .line("going on in \(name) after epoch \(epoch)")
    case .progress(_, let epoch, let share, let loss, let speed, let left):
      let whole = lastEpoch ?? (share < 1 ? left / (1 - share) : Double(clips) / max(speed, 1e-9))
      let rest = spoken(seconds: left + whole * Double(epochsAfter(epoch)))
      return .status(
        "\(place(epoch)), \(Int(share * 100)) %: loss \(decimals(loss)), \(Int(speed)) clips/s, \(rest) left at the most"
      )
    case .epoch(let record):
      lastEpoch = record.seconds
      let speed = Int(Double(record.clips) / max(record.seconds, 1e-9))
      let rest = epochsAfter(record.epoch)
      let left = rest > 0 ? ", \(spoken(seconds: record.seconds * Double(rest))) left at the most" : ""
      return .line(
        "\(place(record.epoch)): loss \(decimals(record.trainLoss)), dev loss \(decimals(record.devLoss)), "
          + "dev Macro-F1 \(decimals(record.devMacroF1)), "
          + "\(record.devBalancedF1.map { "balanced \(decimals($0)), " } ?? "")UAR \(decimals(record.devUAR)), \(speed) clips/s"
          + "\(record.isBest ? ", kept" : "")\(left)")
    }
  }

  private func epochs(_ stage: Int?) -> Int { stage.map { stages[$0].epochs } ?? 0 }

  private func place(_ epoch: Int) -> String {
    "\(stage.map { stages[$0].name } ?? "training"), epoch \(epoch)/\(epochs(stage))"
  }

  /// Epochs after one of the present stage, those of later stages included.
  private func epochsAfter(_ epoch: Int) -> Int {
    guard let stage else { return 0 }
    return stages[stage].epochs - epoch + stages[(stage + 1)...].reduce(0) { $0 + $1.epochs }
  }
}

/// Puts a run's events into words for whoever waits.
final class RunReporter {
  private var progress: RunProgress
  private let report: (Notice) -> Void

  init(_ recipe: Recipe, report: @escaping (Notice) -> Void) {
    progress = RunProgress(recipe)
    self.report = report
  }

  func relay(_ event: TrainingRun.Event) {
    switch event {
    case .message(let text): report(.line(text))
    case .fetching(let notice): report(notice)
    case .extraction(let extraction): report(extraction.rendered)
    case .training(let event): report(progress(event))
    }
  }
}
