import Basics
import Emotion

/// What all methods that learn have in common while they do.
struct FittingJob {
  let inputs: StackInputs
  let settings: StackSettings
  let finished: FinishedParts?
  let threads: Int?
  let report: (StackEvent) -> Void

  /// What comes of it.
  struct Result {
    var stack: Stack
    var labelledCount = 0
    var perClass: [EmotionClass: Int] = [:]
    var withoutConsensus = 0
    var heldOut: HeldOutScores?
    var heldOutFiles: [String] = []
    var runs: [MetaRun] = []
  }

  /// What a draw is for; each has random numbers of its own.
  enum Purpose: Int {
    case subset, folds, forest, division, run, decision
  }

  func generator(_ purpose: Purpose, _ more: Int = 0, _ other: Int = 0) -> SeededGenerator {
    SeededGenerator(seed: settings.seed, purpose.rawValue, more, other)
  }

  func seed(_ purpose: Purpose, _ more: Int, _ other: Int = 0) -> UInt64 {
    var generator = generator(purpose, more, other)
    return generator.next()
  }

  static func counts(_ labels: [Int], _ classes: [EmotionClass]) -> [EmotionClass: Int] {
    labels.reduce(into: [:]) { $0[classes[$1], default: 0] += 1 }
  }
}
