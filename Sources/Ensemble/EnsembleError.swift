/// What can be wrong with what an ensemble is made of; each case reads as one sentence.
public enum EnsembleError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A setting is outside what is possible.
  case setting(name: String, value: String, allowed: String)
  /// Arrays that should fit together do not.
  case arguments(String)
  /// A feature is NaN or infinite; both are counted from 0.
  case notFinite(row: Int, column: Int, value: Float)
  /// A place in a file of scores: rows are counted as a spreadsheet counts them, the header being row 1.
  case cell(file: String, row: Int, column: String, value: String, problem: String)
  /// A file as a whole is wrong.
  case file(String, problem: String)
  /// The files do not hold the same utterances: what each lacks or has too much.
  case mismatch([UtteranceMismatch])
  /// The models that a stack is given are not those that it was fitted with.
  case models(String)
  /// The utterances can't be divided as asked.
  case division(String)
  /// There is nothing honest to select on.
  case selection(String)
  /// Training came to numbers that are none.
  case diverged(String)

  /// What is wrong, where, and what would be right.
  public var description: String {
    switch self {
    case .setting(let name, let value, let allowed): "\(name) is \(value); allowed is \(allowed)"
    case .arguments(let problem), .models(let problem), .division(let problem), .selection(let problem),
      .diverged(let problem):
      problem
    case .notFinite(let row, let column, let value):
      "row \(row), column \(column) (counted from 0) is \(value); a stack needs finite numbers"
    case .cell(let file, let row, let column, let value, let problem):
      "\(file), row \(row), column \(column): '\(value)' \(problem)"
    case .file(let file, let problem): "\(file): \(problem)"
    case .mismatch(let found):
      "all files must hold the same utterances, but " + found.map(\.description).joined(separator: "; ")
        + ". FileName must agree to the letter, and a split can choose the labels' rows"
    }
  }
}

/// The utterances in which one file differs from the others; both lists are complete and sorted.
public struct UtteranceMismatch: Equatable, Sendable, CustomStringConvertible {
  /// The file, or the files of one model.
  public let file: String
  /// What the others have and this one lacks.
  public let missing: [String]
  /// What this one has and the others lack.
  public let surplus: [String]

  /// A difference of its parts.
  public init(file: String, missing: [String], surplus: [String]) {
    self.file = file
    self.missing = missing
    self.surplus = surplus
  }

  /// The file and its differences; of many names the first ten.
  public var description: String {
    var parts: [String] = []
    if !missing.isEmpty { parts.append("lacks \(Self.excerpt(missing))") }
    if !surplus.isEmpty { parts.append("has \(Self.excerpt(surplus)) too much") }
    return "\(file) \(parts.joined(separator: " and "))"
  }

  /// The message stays readable when a whole split is missing; the error itself carries all names.
  private static func excerpt(_ names: [String]) -> String {
    let shown = names.prefix(10).joined(separator: ", ")
    return names.count > 10 ? "\(shown) and \(names.count - 10) more" : shown
  }
}
