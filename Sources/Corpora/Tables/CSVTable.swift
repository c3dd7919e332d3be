import Foundation

/// The rows of a delimited text file with the line on which each begins, and what is wrong with the file.
struct CSVTable {
  struct Row {
    /// The line of the file on which the row begins, from 1.
    let line: Int
    let fields: [String]
  }

  struct Fault {
    let line: Int
    let problem: Problem
  }

  enum Problem: Equatable {
    /// A quoted field that never ends.
    case unclosedQuote
    /// Text between a closing quote and the next delimiter.
    case textAfterQuote
    /// Bytes that are not UTF-8.
    case notUTF8
    /// A byte order mark of UTF-16; the file is read all the same.
    case utf16
  }

  var rows: [Row] = []
  var faults: [Fault] = []

  /// Reads all rows of a text; see `CSVReader`.
  init(parsing data: Data, delimiter: Character = ",", comments: Bool = false, quoting: Bool = true) {
    var reader = CSVReader(data, delimiter: delimiter, comments: comments, quoting: quoting)
    while let row = reader.next() { rows.append(row) }
    faults = reader.faults
  }
}
