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

    /// Each row of counts divided by its sum, as the JSON has them too; zeros where a class has no labels.
    public var shares: [[Double]] { ConfusionMatrix(square: counts, classes: classes).rowNormalised }

    private enum CodingKeys: CodingKey { case classes, counts, shares }

    /// Reads names and counts, from which the shares follow.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      classes = try values.decode([String].self, forKey: .classes)
      counts = try values.decode([[Int]].self, forKey: .counts)
    }

    /// Writes names, counts and shares.
    public func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(classes, forKey: .classes)
      try values.encode(counts, forKey: .counts)
      try values.encode(shares, forKey: .shares)
    }
  }

  /// Predicted utterances that the class metrics leave out.
  public struct Excluded: Codable, Equatable, Sendable {
    /// Labelled `O`: the raters agreed on an emotion that is none of the eight.
    public var other: Int
    /// Labelled `X`: no class won.
    public var noAgreement: Int
    /// Not labelled: the label is withheld, as in MSP-Podcast's `Test3`.
    public var withheld: Int

    /// The counts.
    public init(other: Int, noAgreement: Int, withheld: Int = 0) {
      self.other = other
      self.noAgreement = noAgreement
      self.withheld = withheld
    }

    /// In words, such as `3 labelled O (other), 5 labelled X (no agreement)`; nil where nothing was left out.
    public var sentence: String? {
      var parts: [String] = []
      if other + noAgreement > 0 {
        parts += ["\(other) labelled O (other)", "\(noAgreement) labelled X (no agreement)"]
      }
      if withheld > 0 { parts.append("\(withheld) whose label is withheld") }
      return parts.isEmpty ? nil : parts.joined(separator: ", ")
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
  /// - Throws: `EvaluationError.mismatch` with all that does not fit together; `.arguments` where no utterance with a
  ///   class is left.
  public init(
    predictions: Predictions, labels: ReferenceLabels, over averaging: [EmotionClass]? = nil,
    balancedSubsets seed: UInt64? = nil
  ) throws(EvaluationError) {
    let clips = try JudgedClips(PredictionColumns(predictions), LabelColumns(labels), trustingColumns: true)
    try self.init(clips, over: averaging, balancedSubsets: seed)
  }

  /// Evaluates utterances that are joined already; one without a decision is left out.
  ///
  /// - Throws: `EvaluationError.arguments` where no utterance with a class is left.
  public init(
    _ clips: JudgedClips, over averaging: [EmotionClass]? = nil, balancedSubsets seed: UInt64? = nil
  ) throws(EvaluationError) {
    let matrix = clips.confusion
    let metrics = try ClassMetrics(matrix, over: averaging.map { .fixed($0.map(\.rawValue)) } ?? .occurring)
    excluded = Excluded(
      other: clips.truth.count { $0 == 8 }, noAgreement: clips.truth.count { $0 == 9 },
      withheld: clips.truth.count { $0 == 10 })
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
    let rows = clips.classified
    count = rows.count
    if clips.hasScores {
      let scored = clips.scored
      logLoss = try ScoreMetrics.logLoss(probabilities: scored.probabilities, labels: scored.labels)
    }
    let concordances = Self.concordances(clips)
    ccc = concordances.isEmpty ? nil : concordances
    balancedSubsetF1 = nil
    if let seed {
      balancedSubsetF1 = try BalancedSubsetF1(
        labels: rows.map { Int(clips.truth[$0]) }, predictions: rows.map { Int(clips.decisions[$0]) }, seed: seed)
    }
  }

  private static func concordances(_ clips: JudgedClips) -> [String: Concordance] {
    var found: [String: Concordance] = [:]
    for (attribute, pair) in clips.attributes {
      let rows = pair.predicted.indices.filter { !pair.predicted[$0].isNaN && !pair.rated[$0].isNaN }
      guard
        let value = AttributeMoments(rows.map { pair.predicted[$0] }, rows.map { pair.rated[$0] }).concordance
      else { continue }
      found[attribute.rawValue] = Concordance(ccc: value, count: rows.count)
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
