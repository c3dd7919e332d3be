public import Emotion
public import Foundation

/// What an evaluation found. Its JSON keys are stable.
public struct EvaluationReport: Codable, Equatable, Sendable {
  /// Counts by label and prediction.
  public struct Confusion: Codable, Equatable, Sendable {
    /// The names of the classes, in the order of rows and columns.
    public var classes: [String]
    /// `counts[i][j]`: utterances of class `i` that were predicted as `j`.
    public var counts: [[Int]]

    /// Names and counts, as they are.
    public init(classes: [String], counts: [[Int]]) {
      self.classes = classes
      self.counts = counts
    }
  }

  /// Predicted utterances that the class metrics leave out.
  public struct Excluded: Codable, Equatable, Sendable {
    /// Labelled `O`: the raters agreed on an emotion that is none of the eight.
    public var other: Int
    /// Labelled `X`: no class won.
    public var noAgreement: Int

    /// Both counts.
    public init(other: Int, noAgreement: Int) {
      self.other = other
      self.noAgreement = noAgreement
    }
  }

  /// The agreement of a predicted attribute with its ratings.
  public struct Concordance: Codable, Equatable, Sendable {
    /// The concordance correlation coefficient, see `ScoreMetrics.concordance`.
    public var ccc: Double
    /// The number of utterances that have both a rating and a prediction, `O` and `X` included.
    public var count: Int

    /// Both values.
    public init(ccc: Double, count: Int) {
      self.ccc = ccc
      self.count = count
    }
  }

  /// The mean F1 of the classes in `perClass`.
  public var macroF1: Double
  /// F1 of the summed counts.
  public var microF1: Double
  /// Mean F1 weighted by support.
  public var weightedF1: Double
  /// The share predicted right.
  public var accuracy: Double
  /// The mean recall of the classes that occur in the labels.
  public var uar: Double
  /// The scores of each class that Macro-F1 is taken over, by name.
  public var perClass: [String: ClassScore]
  /// The confusion matrix of the classes in `perClass` and those that occur.
  public var confusion: Confusion
  /// The number of utterances in the class metrics.
  public var count: Int
  /// What was left out of them.
  public var excluded: Excluded
  /// Mean -ln p(true class); absent where a label is a class that the model does not know.
  public var logLoss: Double?
  /// Per attribute (`arousal`, `valence`, `dominance`), where there are ratings and predictions.
  public var ccc: [String: Concordance]?
  /// Macro-F1 over class-balanced subsets, where asked for.
  public var balancedSubsetF1: BalancedSubsetF1?

  /// Evaluates predictions against labels, joined by `FileName`.
  ///
  /// - Parameters:
  ///   - averaging: the classes that F1 scores are averaged over; nil stands for those that occur.
  ///   - balancedSubsets: whether to compute BS-F1 as published (100 subsets of 200 per class), with this seed.
  /// - Throws: `EvaluationError.unmatched` with every file that only one side has; `.arguments` where no utterance
  ///   with a class is left.
  public init(
    predictions: Predictions, labels: ReferenceLabels, over averaging: [EmotionClass]? = nil,
    balancedSubsets seed: UInt64? = nil
  ) throws(EvaluationError) {
    let joined = try JoinedPairs(predictions, labels).pairs
    let all = EmotionClass.allCases
    var truth: [Int] = []
    var decisions: [Int] = []
    var probabilities: [[Double]] = []
    var columns: [Int?] = []
    excluded = Excluded(other: 0, noAgreement: 0)
    for (prediction, label) in joined {
      switch label.consensus {
      case .unlabelled: continue
      case .other: excluded.other += 1
      case .noAgreement: excluded.noAgreement += 1
      case .emotion(let emotion):
        truth.append(all.firstIndex(of: emotion) ?? 0)
        decisions.append(all.firstIndex(of: prediction.emotion) ?? 0)
        probabilities.append(prediction.probabilities)
        columns.append(predictions.classes.firstIndex(of: emotion))
      }
    }
    let matrix = try ConfusionMatrix(labels: truth, predictions: decisions, classes: all.map(\.rawValue))
    let metrics = try ClassMetrics(matrix, over: averaging.map { .fixed($0.map(\.rawValue)) } ?? .occurring)
    macroF1 = metrics.macroF1
    microF1 = metrics.microF1
    weightedF1 = metrics.weightedF1
    accuracy = metrics.accuracy
    uar = metrics.uar
    perClass = Dictionary(uniqueKeysWithValues: metrics.perClass.map { ($0.name, $0.score) })
    let averaged = Set(metrics.perClass.map(\.name))
    let occurring = Set(matrix.occurring)
    let shown = try matrix.restricted(
      to: matrix.classes.indices.filter { occurring.contains($0) || averaged.contains(matrix.classes[$0]) })
    confusion = Confusion(classes: shown.classes, counts: shown.counts)
    count = truth.count
    let known = columns.compactMap(\.self)
    logLoss =
      known.count == columns.count ? try ScoreMetrics.logLoss(probabilities: probabilities, labels: known) : nil
    let concordances = try Self.concordances(joined)
    ccc = concordances.isEmpty ? nil : concordances
    balancedSubsetF1 = nil
    if let seed { balancedSubsetF1 = try BalancedSubsetF1(labels: truth, predictions: decisions, seed: seed) }
  }

  private static func concordances(
    _ pairs: [(prediction: Prediction, label: ReferenceLabels.Row)]
  ) throws(EvaluationError) -> [String: Concordance] {
    var found: [String: Concordance] = [:]
    for attribute in Attribute.allCases {
      var predicted: [Double] = []
      var rated: [Double] = []
      for (prediction, label) in pairs {
        guard let value = prediction.attributes[attribute], let rating = label.attributes[attribute] else { continue }
        predicted.append(value)
        rated.append(rating)
      }
      guard let value = try ScoreMetrics.concordance(predicted, rated) else { continue }
      found[attribute.rawValue] = Concordance(ccc: value, count: predicted.count)
    }
    return found
  }

  /// The report as JSON, keys sorted, numbers in full.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
