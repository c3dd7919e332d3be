import Emotion
import Foundation

/// Utterances as a meta-classifier learns from them, or is scored on.
struct MetaData {
  /// A row for each utterance.
  let features: FeatureMatrix
  /// (utterances, classes): distributions.
  let targets: [Float]
  /// The class of each utterance; nil for one without consensus.
  let labels: [Int?]
  /// (utterances, attributes), NaN where there is no rating.
  let attributes: [Float]
  let classCount: Int
  let attributeCount: Int

  var count: Int { labels.count }

  /// - Parameters:
  ///   - rows: the label of each row of the features; every one has a class or a soft target
  init(
    _ features: FeatureMatrix, _ rows: [StackLabels.Row], classes: [EmotionClass], attributes rated: [Attribute],
    _ settings: MetaSettings
  ) {
    self.features = features
    classCount = classes.count
    attributeCount = rated.count
    labels = rows.map { row in row.consensus.emotion.flatMap { classes.firstIndex(of: $0) } }
    targets = zip(rows, labels).flatMap { row, label -> [Float] in
      if settings.targets == .soft || label == nil, let shares = Self.shares(row, classes) {
        return shares.map { Float($0) }
      }
      return classes.indices.map { $0 == label ? 1 : 0 }
    }
    attributes = rows.flatMap { row in rated.map { Float(row.attributes[$0] ?? .nan) } }
  }

  /// The votes' shares of these classes; nil where no vote falls on them.
  static func shares(_ row: StackLabels.Row, _ classes: [EmotionClass]) -> [Double]? {
    guard let target = row.target else { return nil }
    let shares = classes.map { target[$0] }
    let sum = shares.reduce(0, +)
    return sum > 0 ? shares.map { $0 / sum } : nil
  }

  /// Some of the utterances.
  init(_ all: MetaData, _ rows: [Int]) {
    let (c, a) = (all.classCount, all.attributeCount)
    features = all.features.rows(rows)
    targets = rows.flatMap { all.targets[$0 * c..<($0 + 1) * c] }
    labels = rows.map { all.labels[$0] }
    attributes = rows.flatMap { all.attributes[$0 * a..<($0 + 1) * a] }
    (classCount, attributeCount) = (c, a)
  }
}

/// How well probabilities do on utterances with a class.
struct BalancedScore: Equatable {
  /// Macro-F1 where every class counts alike, however often it occurs: what class-balanced subsets come to on average as
  /// they grow. Over the classes that occur in labels or decisions.
  let macroF1: Double
  /// The mean of -Σ t ln p, every class counting alike.
  let logLoss: Double

  /// Whether it is better: by Macro-F1 with the loss among equal ones, or by the loss alone.
  func isBetter(than other: BalancedScore, by selection: MetaSettings.Selection) -> Bool {
    if selection == .macroF1, macroF1 != other.macroF1 { return macroF1 > other.macroF1 }
    return logLoss < other.logLoss
  }

  /// Whether it is as good or better in the one figure that counts.
  func isNoWorse(than other: BalancedScore, by selection: MetaSettings.Selection) -> Bool {
    selection == .macroF1 ? macroF1 >= other.macroF1 : logLoss <= other.logLoss
  }

  /// Figures that are known.
  init(macroF1: Double, logLoss: Double) {
    self.macroF1 = macroF1
    self.logLoss = logLoss
  }

  /// - Parameters:
  ///   - probabilities: (utterances, classes)
  ///   - labels: nil for utterances that do not count; one at least does
  ///   - targets: (utterances, classes); nil takes all of a row for its label
  ///   - decisions: the class decided on; nil decides on the most probable
  init(
    probabilities: [Double], labels: [Int?], targets: [Float]? = nil, classCount: Int, decisions: [Int]? = nil
  ) {
    var rates = [Double](repeating: 0, count: classCount * classCount)
    var losses = [Double](repeating: 0, count: classCount)
    var counts = [Double](repeating: 0, count: classCount)
    for (row, label) in labels.enumerated() {
      guard let label else { continue }
      let told = probabilities[row * classCount..<(row + 1) * classCount]
      counts[label] += 1
      rates[label * classCount + (decisions?[row] ?? highest(told))] += 1
      for (c, p) in told.enumerated() {
        let share = targets.map { Double($0[row * classCount + c]) } ?? (c == label ? 1 : 0)
        if share > 0 { losses[label] -= share * log(max(p, .ulpOfOne)) }
      }
    }
    let present = counts.indices.filter { counts[$0] > 0 }
    for label in present {
      for c in 0..<classCount { rates[label * classCount + c] /= counts[label] }
      losses[label] /= counts[label]
    }
    var (sum, occurring) = (0.0, 0)
    for c in 0..<classCount {
      let predicted = present.reduce(0) { $0 + rates[$1 * classCount + c] }
      let support = counts[c] > 0 ? 1.0 : 0
      guard predicted + support > 0 else { continue }
      sum += 2 * rates[c * classCount + c] / (predicted + support)
      occurring += 1
    }
    macroF1 = occurring == 0 ? 0 : sum / Double(occurring)
    logLoss = present.isEmpty ? 0 : present.reduce(0) { $0 + losses[$1] } / Double(present.count)
  }
}
