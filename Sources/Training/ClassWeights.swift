import Foundation

/// Class weights from the training clips alone.
public enum ClassWeights {
  /// What a class's frequency is held against.
  public enum Scale: String, CaseIterable, Sendable {
    /// An equal share of all: (N / (|C| f_c))^exponent, 1 for a class as frequent as the average (MEDUSA, stage 1, with an
    /// exponent of 0.5; the usual balanced weighting with 1).
    case relative
    /// All: (N / f_c)^exponent, with an exponent of 1 Eq. 3 of UNICAMP's paper.
    case absolute
  }

  /// The weight of each class, with f_c the sum of the targets of class c and N the sum of all; an exponent of 0 weighs all
  /// alike. Throws for a class without clips.
  public static func inverseFrequency(
    _ targets: [Target], classes: [String], exponent: Double, scale: Scale = .relative
  ) throws -> [Float] {
    var frequency = [Double](repeating: 0, count: classes.count)
    for case let distribution? in targets.map(\.distribution) {
      for (i, share) in distribution.enumerated() { frequency[i] += Double(share) }
    }
    let total = frequency.reduce(0, +) / (scale == .relative ? Double(classes.count) : 1)
    return try zip(classes, frequency).map { name, frequency in
      guard frequency > 0 else { throw TrainingError.emptyClass(name: name) }
      return Float(pow(total / frequency, exponent))
    }
  }
}
