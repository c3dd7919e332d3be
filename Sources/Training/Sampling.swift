public import Basics
import Foundation

/// Which clips an epoch goes through.
public enum Sampling: Equatable, Sendable {
  /// All clips once, in the corpus's own distribution.
  case natural
  /// As many clips of each class as the rarest has, drawn afresh each epoch without replacement, and clips without
  /// consensus numbering `noConsensusShare` of these.
  case balanced(noConsensusShare: Double)

  /// The clips of one epoch, in random order.
  ///
  /// - Parameters:
  ///   - consensus: the class of each clip that may be drawn, nil for one without consensus
  public func clips(_ consensus: [(clip: Int, label: Int?)], using random: inout SeededGenerator) -> [Int] {
    switch self {
    case .natural: return random.shuffled(consensus.map(\.clip))
    case .balanced(let share):
      let byClass = Dictionary(grouping: consensus.filter { $0.label != nil }) { $0.label ?? 0 }
      let perClass = byClass.values.map(\.count).min() ?? 0
      // Sorted: a dictionary's own order differs from run to run.
      var drawn = byClass.sorted { $0.key < $1.key }.flatMap { _, clips in
        random.shuffled(clips.map(\.clip)).prefix(perClass)
      }
      let without = random.shuffled(consensus.filter { $0.label == nil }.map(\.clip))
      drawn += without.prefix(Int(min(share * Double(drawn.count), Double(without.count)).rounded()))
      return random.shuffled(drawn)
    }
  }

  /// Cuts an order into batches of clips of like length, so that little of a batch is padding. Neighbourhoods of
  /// `window` batches are sorted by length; the batches then go in random order.
  package static func batches(
    _ order: [Int], size: Int, window: Int = 16, frames: (Int) -> Int, using random: inout SeededGenerator
  ) -> [[Int]] {
    var batches: [[Int]] = []
    for start in stride(from: 0, to: order.count, by: size * window) {
      let neighbours = order[start..<min(start + size * window, order.count)]
        .map { (clip: $0, frames: frames($0)) }
        .sorted { ($0.frames, $0.clip) < ($1.frames, $1.clip) }.map(\.clip)
      batches += stride(from: 0, to: neighbours.count, by: size).map {
        Array(neighbours[$0..<min($0 + size, neighbours.count)])
      }
    }
    return random.shuffled(batches)
  }
}

/// Class weights from the training clips alone.
public enum ClassWeights {
  /// (N / (|C| f_c))^exponent for each class, with f_c the sum of the targets of class c and N the sum of all (MEDUSA,
  /// stage 1, with 0.5; 1 is the usual balanced weighting; 0 weighs all alike). Throws for a class without clips.
  public static func inverseFrequency(_ targets: [Target], classes: [String], exponent: Double) throws -> [Float] {
    var frequency = [Double](repeating: 0, count: classes.count)
    for case let distribution? in targets.map(\.distribution) {
      for (i, share) in distribution.enumerated() { frequency[i] += Double(share) }
    }
    let total = frequency.reduce(0, +)
    return try zip(classes, frequency).map { name, frequency in
      guard frequency > 0 else { throw TrainingError.emptyClass(name: name) }
      return Float(pow(total / (Double(classes.count) * frequency), exponent))
    }
  }
}
