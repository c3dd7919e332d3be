import Emotion

/// Sums over utterances from which every metric follows: of a whole set, or of a resample.
struct MetricSums: Sendable {
  /// By label and decision, (8, 8).
  var confusion = [Int](repeating: 0, count: 64)
  /// Utterances by the rank of their label.
  var ranks = [Int](repeating: 0, count: 8)
  /// Wrong and right predictions by bin of confidence, and the confidences' sums.
  var bins = [Int](repeating: 0, count: 2 * Reliability.usualBins)
  var confidence = [Double](repeating: 0, count: Reliability.usualBins)
  var logLoss = 0.0, brier = 0.0
  /// Over the utterances that have votes.
  var voted = 0, kullbackLeibler = 0.0, jensenShannon = 0.0
  var moments: [AttributeMoments?] = [nil, nil, nil]
  /// By class; NaN where not defined.
  var auroc = [Double](repeating: .nan, count: 8)
  var averagePrecision = [Double](repeating: .nan, count: 8)

  var matrix: ConfusionMatrix {
    ConfusionMatrix(
      square: (0..<8).map { Array(confusion[$0 * 8..<$0 * 8 + 8]) }, classes: EmotionClass.allCases.map(\.rawValue))
  }
}

/// Which metrics are computed of sums, and over which classes.
struct MetricList: Sendable {
  /// The keys of the metrics, as reports have them.
  let names: [String]
  /// Classes that F1 is averaged over.
  let averaged: [Int]
  /// Whether each of them has labels in the set.
  private let labelled: [Bool]
  private let hasClasses: Bool
  private let hasScores: Bool
  private let hasVotes: Bool
  private let attributes: [Int]
  private let scoredClasses: Int

  /// The origin that moments of attributes are taken about: the middle of the scale.
  static let origin = 4.0

  init(of sums: MetricSums, averaged: [Int]?, hasScores: Bool, scoredClasses: Int, attributes: [Int]) {
    let support = (0..<8).map { c in sums.confusion[c * 8..<c * 8 + 8].reduce(0, +) }
    let predicted = (0..<8).map { c in (0..<8).reduce(0) { $0 + sums.confusion[$1 * 8 + c] } }
    self.averaged = averaged ?? (0..<8).filter { support[$0] + predicted[$0] > 0 }
    labelled = support.map { $0 > 0 }
    hasClasses = support.contains { $0 > 0 }
    self.hasScores = hasScores && hasClasses
    self.scoredClasses = scoredClasses
    hasVotes = sums.voted > 0
    self.attributes = attributes
    var names: [String] = []
    if hasClasses {
      names += ["macroF1", "microF1", "weightedF1", "accuracy", "uar"]
      for c in self.averaged {
        names += ["precision", "recall", "f1"].map { "perClass.\(EmotionClass.allCases[c].rawValue).\($0)" }
      }
    }
    if self.hasScores {
      names += (2...3).filter { $0 < scoredClasses }.map { "top\($0)" }
      names += ["auroc", "averagePrecision", "logLoss", "brier", "ece"]
    }
    if hasVotes { names += ["klDivergence", "jsDivergence"] }
    for a in attributes {
      names += ["ccc", "pearson", "rmse"].map { "\($0).\(Attribute.allCases[a].rawValue)" }
    }
    self.names = names
  }

  /// The metrics of sums, in the order of `names`; NaN where one is not defined.
  func values(_ sums: MetricSums) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(names.count)
    if hasClasses { addClasses(sums.confusion, &values) }
    if hasScores {
      let total = Double(sums.ranks.reduce(0, +))
      for k in 2...3 where k < scoredClasses { values.append(Double(sums.ranks[..<k].reduce(0, +)) / total) }
      values.append(Self.mean(sums.auroc))
      values.append(Self.mean(sums.averagePrecision))
      values.append(sums.logLoss / total)
      values.append(sums.brier / total)
      var error = 0.0
      for bin in sums.confidence.indices { error += abs(sums.confidence[bin] - Double(sums.bins[2 * bin + 1])) }
      values.append(error / total)
    }
    if hasVotes {
      values.append(sums.kullbackLeibler / Double(sums.voted))
      values.append(sums.jensenShannon / Double(sums.voted))
    }
    for a in attributes {
      let moments = sums.moments[a]
      values.append(moments?.concordance ?? .nan)
      values.append(moments?.pearson ?? .nan)
      values.append(moments?.rootMeanSquare ?? .nan)
    }
    return values
  }

  private static func mean(_ values: [Double]) -> Double {
    let defined = values.filter { !$0.isNaN }
    return defined.isEmpty ? .nan : defined.reduce(0, +) / Double(defined.count)
  }

  private func addClasses(_ confusion: [Int], _ values: inout [Double]) {
    var (support, predicted) = ([Int](repeating: 0, count: 8), [Int](repeating: 0, count: 8))
    for label in 0..<8 {
      for decision in 0..<8 {
        support[label] += confusion[label * 8 + decision]
        predicted[decision] += confusion[label * 8 + decision]
      }
    }
    let hits = (0..<8).map { confusion[$0 * 9] }
    func share(_ a: Int, _ b: Int) -> Double { b == 0 ? 0 : Double(a) / Double(b) }
    let f1 = (0..<8).map { share(2 * hits[$0], support[$0] + predicted[$0]) }
    // A class with labels in the set that a resample of whole groups has lost says nothing of the system.
    let counted = averaged.filter { !labelled[$0] || support[$0] + predicted[$0] > 0 }
    values.append(counted.isEmpty ? .nan : counted.reduce(0) { $0 + f1[$1] } / Double(counted.count))
    let sum = { (numbers: [Int]) in averaged.reduce(0) { $0 + numbers[$1] } }
    values.append(share(2 * sum(hits), sum(predicted) + sum(support)))
    let weighted = averaged.reduce(0) { $0 + f1[$1] * Double(support[$1]) }
    values.append(sum(support) == 0 ? 0 : weighted / Double(sum(support)))
    values.append(share(hits.reduce(0, +), support.reduce(0, +)))
    let present = (0..<8).filter { support[$0] > 0 }
    values.append(
      present.isEmpty ? .nan : present.reduce(0) { $0 + share(hits[$1], support[$1]) } / Double(present.count))
    for c in averaged {
      values += [share(hits[c], predicted[c]), share(hits[c], support[c]), f1[c]]
    }
  }
}
