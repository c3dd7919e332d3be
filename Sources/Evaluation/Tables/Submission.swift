import Emotion
public import Foundation

/// The files that the Interspeech 2025 challenge takes: for Task 1 `FileName,EmoClass` with the letter of one of the eight
/// classes, for Task 2 `FileName,EmoAct,EmoVal,EmoDom` from 1 to 7; one row for each file of the test set.
public struct Submission: Equatable, Sendable {
  /// The challenge's tasks.
  public enum Task: String, CaseIterable, Sendable {
    /// Task 1: one of eight classes.
    case categorical
    /// Task 2: arousal, valence and dominance.
    case attributes

    /// The header of its file.
    public var header: [String] {
      switch self {
      case .categorical: ["FileName", "EmoClass"]
      case .attributes: ["FileName"] + Attribute.allCases.map(\.column)
      }
    }
  }

  /// The task.
  public let task: Task
  /// The file's text.
  public let csv: String
  /// Its rows without the header.
  public let count: Int

  /// Makes a submission of predictions, rows in the order of the names. Attributes are kept within 1 to 7.
  ///
  /// - Throws: `EvaluationError` where the predictions lack what the task needs.
  public init(_ task: Task, of predictions: PredictionColumns) throws(EvaluationError) {
    let found = predictions.problems.all
    guard found.isEmpty else { throw .submission(file: predictions.source, found) }
    if task == .attributes {
      let missing = Attribute.allCases.filter { attribute in
        predictions.attributes[attribute].map { $0.contains(where: \.isNaN) } ?? true
      }
      guard missing.isEmpty else {
        throw .file(
          predictions.source,
          problem:
            "lacks predictions of \(missing.map(\.column).joined(separator: ", ")), which Task 2 needs for each file")
      }
    } else if predictions.decisions.contains(-1) || predictions.decisions.isEmpty {
      throw .file(predictions.source, problem: "lacks classes, which Task 1 needs for each file")
    }
    var lines = [task.header.joined(separator: ",")]
    for row in predictions.names.indices.sorted(by: { predictions.names[$0] < predictions.names[$1] }) {
      let values: [String] =
        switch task {
        case .categorical: [String(EmotionClass.allCases[Int(predictions.decisions[row])].letter)]
        case .attributes:
          Attribute.allCases.map { attribute in
            let value = predictions.attributes[attribute]?[row] ?? .nan
            return "\(min(max(value, Attribute.scale.lowerBound), Attribute.scale.upperBound))"
          }
        }
      lines.append(([CSVTable.quoted(predictions.names[row])] + values).joined(separator: ","))
    }
    self.task = task
    csv = lines.joined(separator: "\n") + "\n"
    count = predictions.names.count
  }

  /// Checks a file as the challenge would: its header, each class or value, each file once, and, where they are known, all
  /// the files that are expected and no other.
  ///
  /// - Returns: the task, which the header says.
  /// - Throws: `EvaluationError.submission` with everything that is wrong, in one error.
  public static func check(_ url: URL, expecting names: [String]? = nil) throws(EvaluationError) -> Submission {
    try check(CSVTable(contentsOf: url), expecting: names)
  }

  /// Checks the text of a file; `source` stands for it in messages.
  public static func check(
    csv: String, expecting names: [String]? = nil, source: String = "submission"
  ) throws(EvaluationError) -> Submission {
    try check(CSVTable(text: csv, file: source), expecting: names)
  }

  private static func check(_ table: CSVTable, expecting names: [String]?) throws(EvaluationError) -> Submission {
    guard let task = Task.allCases.first(where: { $0.header == table.header }) else {
      throw .file(
        table.file,
        problem: "has the columns \(table.header.joined(separator: ",")); the challenge takes "
          + Task.allCases.map { $0.header.joined(separator: ",") }.joined(separator: " for Task 1 or ")
          + " for Task 2, "
          + "in this order")
    }
    var problems = MismatchList()
    var firstRow: [String: Int] = [:]
    for row in 0..<table.rowCount {
      let name = table.field(row, 0)
      if name.isEmpty {
        problems.add(.unnamed, "row \(row + 2)")
      } else if let first = firstRow.updateValue(row + 2, forKey: name) {
        problems.add(.doubledPrediction, "\(name) (rows \(first) and \(row + 2))")
      }
      for column in 1..<table.header.count {
        let place = "\(name) (row \(row + 2), \(table.header[column]) '\(table.field(row, column))')"
        switch task {
        case .categorical:
          let emotion = table.letter(row, column).flatMap { EmotionClass(letter: Character(Unicode.Scalar($0))) }
          if emotion == nil { problems.add(.otherPredictedClass, place) }
        case .attributes:
          guard let value = table.number(row, column), value.isFinite else {
            problems.add(.notANumber, place)
            continue
          }
          if !Attribute.scale.contains(value) { problems.add(.offScale, place) }
        }
      }
    }
    if let names {
      let expected = Set(names)
      for name in names where firstRow[name] == nil { problems.add(.lacking, name) }
      for row in 0..<table.rowCount where !expected.contains(table.field(row, 0)) {
        problems.add(.unexpected, table.field(row, 0))
      }
    }
    let found = problems.all
    guard found.isEmpty else { throw .submission(file: table.file, found) }
    return Submission(task: task, csv: "", count: table.rowCount)
  }

  private init(task: Task, csv: String, count: Int) {
    (self.task, self.csv, self.count) = (task, csv, count)
  }
}
