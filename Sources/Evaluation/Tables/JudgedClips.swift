public import Emotion

/// Predictions and labels of the same utterances, joined by name, in the order of the predictions.
public struct JudgedClips: Sendable {
  /// The utterances.
  public let names: [String]
  /// The classes that have probabilities, in class order; empty where there are none.
  public let classes: [EmotionClass]
  /// (utterances, classes), row by row.
  public let probabilities: [Double]
  /// The consensus of each utterance, an index into `Consensus.all`: classes below 8, 8 other, 9 no agreement; 10 where the
  /// label is withheld.
  public let truth: [Int8]
  /// The class decided on, an index into `EmotionClass.allCases`; -1 where there is none.
  public let decisions: [Int8]
  /// Attributes that are both predicted and rated: what was predicted, and the ratings; NaN where there is none.
  public let attributes: [Attribute: (predicted: [Double], rated: [Double])]
  /// The voters' shares, (utterances, 8) row by row, NaN where there are no votes; empty where there are none at all.
  public let votes: [Double]
  /// Further columns of the labels by name.
  public let columns: [String: [String]]

  /// The number of utterances.
  public var count: Int { names.count }

  /// Joins by `FileName`. Labels that no class metric needs (`O`, `X`) may lack a prediction, and so may all where the
  /// predictions are of attributes alone and the label has none; every other file must be on both sides.
  ///
  /// - Parameter trustingColumns: leaves out the look for columns whose content is exchanged.
  /// - Throws: `EvaluationError.mismatch` with everything that does not fit, in one error.
  public init(
    _ predictions: PredictionColumns, _ labels: LabelColumns, trustingColumns: Bool = false
  ) throws(EvaluationError) {
    var problems = predictions.problems
    problems.add(labels.problems)
    var places: [String: Int] = Dictionary(minimumCapacity: labels.names.count)
    for (place, name) in labels.names.enumerated() where places[name] == nil { places[name] = place }
    let order = predictions.names.map { places[$0] }
    var isPredicted = [Bool](repeating: false, count: labels.names.count)
    for (row, place) in order.enumerated() {
      if let place {
        isPredicted[place] = true
      } else if !predictions.names[row].isEmpty {
        problems.add(.withoutLabel, predictions.names[row])
      }
    }
    let onlyAttributes = predictions.classes.isEmpty && !predictions.hasDecisions
    for (place, name) in labels.names.enumerated() where !isPredicted[place] && !name.isEmpty && places[name] == place {
      let isNeeded =
        onlyAttributes
        ? predictions.attributes.keys.contains { labels.attributes[$0].map { !$0[place].isNaN } ?? false }
        : (0..<8).contains(labels.consensus[place])
      if isNeeded { problems.add(.withoutPrediction, name) }
    }
    names = predictions.names
    classes = predictions.classes
    probabilities = predictions.probabilities
    decisions = predictions.decisions
    truth = order.map { $0.map { labels.consensus[$0] } ?? 9 }
    var pairs: [Attribute: (predicted: [Double], rated: [Double])] = [:]
    for attribute in Attribute.allCases {
      guard let predicted = predictions.attributes[attribute], let rated = labels.attributes[attribute] else {
        continue
      }
      pairs[attribute] = (predicted, order.map { $0.map { rated[$0] } ?? .nan })
    }
    attributes = pairs
    votes =
      labels.votes.isEmpty
      ? [] : order.flatMap { place in place.map { Array(labels.votes[$0 * 8..<$0 * 8 + 8]) } ?? [] }
    columns = labels.columns.mapValues { texts in order.map { $0.map { texts[$0] } ?? "" } }
    if problems.all.isEmpty, !trustingColumns { problems = ExchangedColumns(self, predictions).found }
    let all = problems.all
    guard all.isEmpty else { throw .mismatch(predictions: predictions.source, labels: labels.source, all) }
  }

  /// Takes predictions and labels that are sound each.
  public init(_ predictions: Predictions, _ labels: ReferenceLabels) throws(EvaluationError) {
    try self.init(PredictionColumns(predictions), LabelColumns(labels))
  }

  /// Keeps some of the utterances, in the given order.
  public func keeping(_ rows: [Int]) -> JudgedClips {
    JudgedClips(
      names: rows.map { names[$0] }, classes: classes,
      probabilities: rows.flatMap { probabilities[$0 * classes.count..<($0 + 1) * classes.count] },
      truth: rows.map { truth[$0] }, decisions: rows.map { decisions[$0] },
      attributes: attributes.mapValues { pair in (rows.map { pair.predicted[$0] }, rows.map { pair.rated[$0] }) },
      votes: votes.isEmpty ? [] : rows.flatMap { votes[$0 * 8..<$0 * 8 + 8] },
      columns: columns.mapValues { column in rows.map { column[$0] } })
  }

  private init(
    names: [String], classes: [EmotionClass], probabilities: [Double], truth: [Int8], decisions: [Int8],
    attributes: [Attribute: (predicted: [Double], rated: [Double])], votes: [Double], columns: [String: [String]]
  ) {
    self.names = names
    self.classes = classes
    self.probabilities = probabilities
    self.truth = truth
    self.decisions = decisions
    self.attributes = attributes
    self.votes = votes
    self.columns = columns
  }

  /// The same utterances with other probabilities and decisions.
  func replacing(probabilities: [Double], decisions: [Int8]) -> JudgedClips {
    JudgedClips(
      names: names, classes: classes, probabilities: probabilities, truth: truth, decisions: decisions,
      attributes: attributes, votes: votes, columns: columns)
  }

  /// The same utterances with other columns added.
  public func adding(_ more: [String: [String]]) -> JudgedClips {
    JudgedClips(
      names: names, classes: classes, probabilities: probabilities, truth: truth, decisions: decisions,
      attributes: attributes, votes: votes, columns: columns.merging(more) { _, new in new })
  }

  /// Whether an utterance counts for the class metrics: its label is one of the classes, and something was decided.
  func isClassified(_ row: Int) -> Bool { truth[row] < 8 && decisions[row] >= 0 }

  /// The rows of each label, in the order of the indices in `truth`: the strata that resamples keep the sizes of.
  var rowsByLabel: [[Int]] {
    var members: [[Int]] = Array(repeating: [], count: Self.labels)
    for row in 0..<count { members[Int(truth[row])].append(row) }
    return members
  }

  /// The number of values in `truth`.
  private static let labels = 11

  /// The rows that count for the class metrics.
  public var classified: [Int] { names.indices.filter(isClassified) }

  /// Whether each label that counts is a class with probabilities.
  var hasScores: Bool {
    guard !classes.isEmpty else { return false }
    let known = Set(classes.map { Int8($0.index) })
    return names.indices.allSatisfy { !isClassified($0) || known.contains(truth[$0]) }
  }

  /// Counts by label and decision over the eight classes.
  public var confusion: ConfusionMatrix {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 8), count: 8)
    for row in names.indices where isClassified(row) { counts[Int(truth[row])][Int(decisions[row])] += 1 }
    return ConfusionMatrix(square: counts, classes: EmotionClass.allCases.map(\.rawValue))
  }
}
