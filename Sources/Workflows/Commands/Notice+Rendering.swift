import Foundation
import Training

/// Three decimals, the same in every locale.
func decimals(_ value: Double, _ digits: Int = 3) -> String { String(format: "%.\(digits)f", value) }

extension Trainer.Event {
  /// The event as a person reads it.
  var rendered: Notice {
    switch self {
    case .stage(let name, let clips): .line("\(name): \(clips) training clips")
    case .resumed(let stage, let epoch): .line("going on in \(stage) after epoch \(epoch)")
    case .progress(let stage, let epoch, let share, let loss, let speed, let left):
      .status(
        "\(stage), epoch \(epoch), \(Int(share * 100)) %: loss \(decimals(loss)), \(Int(speed)) clips/s, "
          + "\(spoken(seconds: left)) left in the epoch")
    case .epoch(let record):
      .line(
        "\(record.stage), epoch \(record.epoch): loss \(decimals(record.trainLoss)), dev loss \(decimals(record.devLoss)), "
          + "dev Macro-F1 \(decimals(record.devMacroF1)), UAR \(decimals(record.devUAR)), "
          + "\(Int(Double(record.clips) / max(record.seconds, 1e-9))) clips/s\(record.isBest ? ", best so far" : "")")
    }
  }
}

extension FeatureExtraction.Progress {
  /// The state as a person reads it.
  var rendered: Notice {
    let speed = Double(done) / max(elapsed, 1e-9)
    let text =
      "features of \(done)/\(total) clips, \(Int(speed)) clips/s, \(spoken(seconds: Double(total - done) / speed)) left"
    return done == total ? .line("features of \(total) clips in \(spoken(seconds: elapsed))") : .status(text)
  }
}
