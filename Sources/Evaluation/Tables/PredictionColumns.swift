public import Emotion
public import Foundation

/// The predictions of one system, column by column: what a table holds, be it Affect's own, a challenge submission
/// without probabilities, or a foreign table with mapped columns. What is wrong with its rows is kept, to be told
/// together with what does not fit the labels.
public struct PredictionColumns: Sendable {
  /// What the table's scores are.
  public enum Scores: String, CaseIterable, Sendable {
    /// Numbers from 0 to 1 that sum to 1 in each row.
    case probabilities
    /// Any finite numbers; the softmax of a row makes probabilities of them.
    case logits
  }

  /// The table's name, for messages.
  public let source: String
  /// The utterances.
  public internal(set) var names: [String] = []
  /// The classes that have a column of scores, in class order; empty where there are none.
  public internal(set) var classes: [EmotionClass] = []
  /// Probabilities, (utterances, classes) row by row.
  public internal(set) var probabilities: [Double] = []
  /// The class decided on, as an index into `EmotionClass.allCases`; -1 where there is none. Without a column of
  /// decisions, the most probable class, the first of several.
  public internal(set) var decisions: [Int8] = []
  /// Whether the table has decisions of its own.
  public internal(set) var hasDecisions = false
  /// Predicted attributes, one per utterance, NaN where there is none.
  public internal(set) var attributes: [Attribute: [Double]] = [:]
  /// What is wrong with the rows.
  var problems = MismatchList()

  /// Takes predictions that are sound.
  public init(_ predictions: Predictions, source: String = "predictions") {
    self.source = source
    classes = predictions.classes
    hasDecisions = true
    names = predictions.rows.map(\.fileName)
    probabilities = predictions.rows.flatMap(\.probabilities)
    decisions = predictions.rows.map { Int8($0.emotion.index) }
    for attribute in Attribute.allCases where predictions.rows.contains(where: { $0.attributes[attribute] != nil }) {
      attributes[attribute] = predictions.rows.map { $0.attributes[attribute] ?? .nan }
    }
  }

  /// Reads a table.
  ///
  /// - Parameters:
  ///   - columns: what its columns are called; where any is mapped, columns that are neither Affect's nor mapped are
  ///     passed over, and otherwise refused.
  ///   - scores: what the columns of the classes hold.
  /// - Throws: `EvaluationError` for a file that is no such table. Rows that are wrong are kept for `JudgedClips`.
  public init(
    contentsOf url: URL, columns: ColumnNames = .own, scores: Scores = .probabilities
  ) throws(EvaluationError) {
    try self.init(table: CSVTable(contentsOf: url), columns: columns, scores: scores)
  }

  /// Reads the text of a table; `source` stands for the file in messages.
  public init(
    csv text: String, columns: ColumnNames = .own, scores: Scores = .probabilities, source: String = "predictions"
  ) throws(EvaluationError) {
    try self.init(table: CSVTable(text: text, file: source), columns: columns, scores: scores)
  }

  private init(table: CSVTable, columns: ColumnNames, scores: Scores) throws(EvaluationError) {
    source = table.file
    let places = try Self.places(table, columns)
    classes = places.classes.map(\.0)
    hasDecisions = places.decision != nil
    let count = table.rowCount
    names.reserveCapacity(count)
    decisions.reserveCapacity(count)
    probabilities.reserveCapacity(count * classes.count)
    for (attribute, _) in places.attributes { attributes[attribute] = [Double](repeating: .nan, count: count) }
    var firstRow: [String: Int] = Dictionary(minimumCapacity: count)
    for row in 0..<count {
      let name = table.field(row, places.name)
      names.append(name)
      if name.isEmpty {
        problems.add(.unnamed, "row \(row + 2)")
      } else if let first = firstRow.updateValue(row + 2, forKey: name) {
        problems.add(.doubledPrediction, "\(name) (rows \(first) and \(row + 2))")
      }
      readScores(table, row, places.classes, scores, name)
      readDecision(table, row, places.decision, name)
      for (attribute, column) in places.attributes where !table.isEmpty(row, column) {
        guard let value = table.number(row, column), value.isFinite else {
          problems.add(.notANumber, "\(name) (row \(row + 2), \(table.header[column]) '\(table.field(row, column))')")
          continue
        }
        attributes[attribute]?[row] = value
      }
    }
  }

  private mutating func readScores(
    _ table: CSVTable, _ row: Int, _ columns: [(EmotionClass, Int)], _ scores: Scores, _ name: String
  ) {
    guard !columns.isEmpty else { return }
    let start = probabilities.count
    var isSound = true
    var sum = 0.0
    for (_, column) in columns {
      let value = table.number(row, column) ?? .nan
      if !value.isFinite {
        problems.add(.notANumber, "\(name) (row \(row + 2), \(table.header[column]) '\(table.field(row, column))')")
        isSound = false
      } else if scores == .probabilities, value < 0 || value > 1 {
        problems.add(.notAProbability, "\(name) (row \(row + 2), \(table.header[column]) \(value))")
        isSound = false
      }
      probabilities.append(value)
      sum += value
    }
    guard isSound else { return }
    switch scores {
    case .probabilities:
      if abs(sum - 1) > Predictions.sumTolerance {
        problems.add(.sum, "\(name) (row \(row + 2), sum \(Float(sum)))")
      }
    case .logits:
      let greatest = probabilities[start...].max() ?? 0
      for i in start..<probabilities.count { probabilities[i] = exp(probabilities[i] - greatest) }
      let total = probabilities[start...].reduce(0, +)
      for i in start..<probabilities.count { probabilities[i] /= total }
    }
  }

  private mutating func readDecision(_ table: CSVTable, _ row: Int, _ column: Int?, _ name: String) {
    guard let column else {
      guard !classes.isEmpty else {
        decisions.append(-1)
        return
      }
      let scores = probabilities.suffix(classes.count)
      let best = scores.indices.reduce(scores.startIndex) { scores[$1] > scores[$0] ? $1 : $0 }
      decisions.append(Int8(classes[best - scores.startIndex].index))
      return
    }
    guard let emotion = Self.emotion(table, row, column), classes.isEmpty || classes.contains(emotion) else {
      problems.add(.otherPredictedClass, "\(name) (row \(row + 2), '\(table.field(row, column))')")
      decisions.append(-1)
      return
    }
    decisions.append(Int8(emotion.index))
  }

  /// A class by its letter, or by its name in any case.
  static func emotion(_ table: CSVTable, _ row: Int, _ column: Int) -> EmotionClass? {
    if let letter = table.letter(row, column) { return EmotionClass(letter: Character(Unicode.Scalar(letter))) }
    return EmotionClass(rawValue: table.field(row, column).lowercased())
  }

  private struct Places {
    var name: Int
    var decision: Int?
    var classes: [(EmotionClass, Int)] = []
    var attributes: [(Attribute, Int)] = []
  }

  private static func places(_ table: CSVTable, _ columns: ColumnNames) throws(EvaluationError) -> Places {
    var places = Places(name: try table.column(columns["FileName"]))
    places.decision = table.header.firstIndex(of: columns["EmoClass"])
    for emotion in EmotionClass.allCases {
      if let place = table.header.firstIndex(of: columns[emotion.rawValue]) { places.classes.append((emotion, place)) }
    }
    for attribute in Attribute.allCases {
      if let place = table.header.firstIndex(of: columns[attribute.column]) {
        places.attributes.append((attribute, place))
      }
    }
    for (name, column) in columns.names.sorted(by: { $0.key < $1.key }) where !table.header.contains(column) {
      if name != "Split_Set" { _ = try table.column(column) }
    }
    guard places.decision != nil || !places.classes.isEmpty || !places.attributes.isEmpty else {
      throw .file(
        table.file,
        problem: "has neither classes nor attributes; its columns are \(table.header.joined(separator: ", ")), and any "
          + "of \(ColumnNames.known.dropFirst().dropLast().joined(separator: ", ")) are expected beside FileName, or mapped"
      )
    }
    if columns.isEmpty {
      let known = Set(ColumnNames.known)
      if let unknown = table.header.first(where: { !known.contains($0) || $0 == "Split_Set" }) {
        let isLabels = table.header.contains("Split_Set") || table.header.contains("SpkrID")
        throw .file(
          table.file,
          problem: "has an unknown column '\(unknown)'; "
            + (isLabels
              ? "this looks like a file of labels, where predictions are expected"
              : "the columns are \(ColumnNames.known.dropLast().joined(separator: ", ")), and others can be mapped"))
      }
    }
    return places
  }
}
