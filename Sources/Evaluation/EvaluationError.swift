/// What can be wrong with the files and arrays that evaluation is given.
public enum EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A place in a CSV file: rows are counted as a spreadsheet counts them, the header being row 1.
  case cell(file: String, row: Int, column: String, value: String, problem: String)
  /// A whole row of a CSV file is wrong.
  case row(file: String, row: Int, problem: String)
  /// The header of a CSV file, or the file as a whole, is wrong.
  case file(String, problem: String)
  /// Predictions and labels do not fit together: every way in which they do not, each with all that it concerns.
  case mismatch(predictions: String, labels: String, [Mismatch])
  /// A file is not one that the challenge takes: every way in which it is not.
  case submission(file: String, [Mismatch])
  /// Arrays that should fit together do not.
  case arguments(String)

  /// One sentence: what is wrong, where, and what would be right.
  public var description: String {
    switch self {
    case .cell(let file, let row, let column, let value, let problem):
      "\(file), row \(row), column \(column): '\(value)' \(problem)"
    case .row(let file, let row, let problem): "\(file), row \(row): \(problem)"
    case .file(let file, let problem): "\(file): \(problem)"
    case .mismatch(let predictions, let labels, let found):
      "the predictions \(predictions) and the labels \(labels) do not fit together:\n"
        + found.map { "  \($0.sentence)" }.joined(separator: "\n")
    case .submission(let file, let found):
      "\(file) is not what the challenge takes:\n" + found.map { "  \($0.sentence)" }.joined(separator: "\n")
    case .arguments(let problem): problem
    }
  }
}
