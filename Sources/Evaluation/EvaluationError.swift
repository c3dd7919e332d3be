/// What can be wrong with the files and arrays that evaluation is given.
public enum EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A place in a CSV file: rows are counted as a spreadsheet counts them, the header being row 1.
  case cell(file: String, row: Int, column: String, value: String, problem: String)
  /// A whole row of a CSV file is wrong.
  case row(file: String, row: Int, problem: String)
  /// The header of a CSV file, or the file as a whole, is wrong.
  case file(String, problem: String)
  /// Predictions and labels do not hold the same utterances; both lists are complete and sorted.
  case unmatched(withoutLabel: [String], withoutPrediction: [String])
  /// Arrays that should fit together do not.
  case arguments(String)

  /// One sentence: what is wrong, where, and what would be right.
  public var description: String {
    switch self {
    case .cell(let file, let row, let column, let value, let problem):
      "\(file), row \(row), column \(column): '\(value)' \(problem)"
    case .row(let file, let row, let problem): "\(file), row \(row): \(problem)"
    case .file(let file, let problem): "\(file): \(problem)"
    case .unmatched(let withoutLabel, let withoutPrediction):
      Self.unmatchedSentence(withoutLabel, withoutPrediction)
    case .arguments(let problem): problem
    }
  }

  private static func unmatchedSentence(_ withoutLabel: [String], _ withoutPrediction: [String]) -> String {
    var parts: [String] = []
    if !withoutLabel.isEmpty {
      parts.append("\(count(withoutLabel)) with a prediction but no label (\(excerpt(withoutLabel)))")
    }
    if !withoutPrediction.isEmpty {
      parts.append("\(count(withoutPrediction)) with a label but no prediction (\(excerpt(withoutPrediction)))")
    }
    return "predictions and labels must hold the same files, but there are \(parts.joined(separator: " and ")); "
      + "FileName must agree to the letter, and Split_Set can choose the labels of one split"
  }

  private static func count(_ files: [String]) -> String { files.count == 1 ? "1 file" : "\(files.count) files" }

  /// The message stays readable when a whole split is missing; the error itself carries all names.
  private static func excerpt(_ files: [String]) -> String {
    let shown = files.prefix(10).joined(separator: ", ")
    return files.count > 10 ? "\(shown) and \(files.count - 10) more" : shown
  }
}
