import Foundation
import SwiftCSV

/// A CSV file read whole and strictly: each row has as many fields as the header, column names are unique, quotes are
/// closed. SwiftCSV alone pads short rows, drops long ones and forgives an open quote.
struct CSVTable {
  /// The file's name, for messages.
  let file: String
  let header: [String]
  /// The rows without the header.
  let rows: [[String]]

  /// Reads a file in UTF-8, with or without a byte order mark.
  init(contentsOf url: URL) throws(EvaluationError) {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .file(url.path, problem: "cannot be read: \(error.localizedDescription)")
    }
    guard let text = String(bytes: data, encoding: .utf8) else {
      throw .file(url.path, problem: "is not UTF-8 text; a CSV file in UTF-8 is expected")
    }
    try self.init(text: text, file: url.path)
  }

  init(text: String, file: String) throws(EvaluationError) {
    var text = text
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    guard text.utf8.reduce(0, { $1 == UInt8(ascii: "\"") ? $0 + 1 : $0 }).isMultiple(of: 2) else {
      throw .file(file, problem: "has an odd number of quotation marks; one of them is never closed")
    }
    // SwiftCSV loses an empty last field when nothing ends the last line.
    if text.utf8.last != UInt8(ascii: "\n") { text += "\n" }
    var all: [[String]] = []
    do {
      try CSV<Unparsed>(string: text, delimiter: .comma, loadColumns: false)
        .enumerateAsArray(startAt: 0, rowLimit: nil) { all.append($0) }
    } catch {
      throw .file(file, problem: "is not CSV after row \(all.count): a field in quotation marks must end at a comma")
    }
    let header = all.first ?? []
    guard header.contains(where: { !$0.isEmpty }) else {
      throw .file(file, problem: "is empty; a header row with the names of the columns is expected")
    }
    var seen: Set<String> = []
    for name in header where !seen.insert(name).inserted {
      throw .file(file, problem: "has two columns '\(name)'; each column has a name of its own")
    }
    for (index, row) in all.enumerated().dropFirst() where row.count != header.count {
      throw .row(
        file: file, row: index + 1,
        problem: row == [""]
          ? "is empty; rows follow one another without blank lines"
          : "has \(row.count) fields, but the header has \(header.count)")
    }
    self.file = file
    self.header = header
    rows = Array(all.dropFirst())
  }

  /// The position of a column that must be there.
  func column(_ name: String) throws(EvaluationError) -> Int {
    guard let index = header.firstIndex(of: name) else {
      throw .file(file, problem: "has no column \(name); its columns are \(header.joined(separator: ", "))")
    }
    return index
  }

  /// An error at a cell; `row` is an index into `rows`.
  func error(_ row: Int, _ column: Int, _ problem: String) -> EvaluationError {
    .cell(file: file, row: row + 2, column: header[column], value: rows[row][column], problem: problem)
  }

  /// Quotes a field where RFC 4180 asks for it, and where readers would trim it.
  static func quoted(_ field: String) -> String {
    let special = field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) || $0.properties.isWhitespace }
    return special ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
}

/// SwiftCSV's views read the text a second time; rows are taken from the text itself.
private struct Unparsed: CSVView {
  typealias Row = [String]
  typealias Columns = [String]
  let rows: [Row] = []
  let columns: Columns? = nil
  init(header: [String], text: String, delimiter: CSVDelimiter, loadColumns: Bool, rowLimit: Int?) {}
  func serialize(header: [String], delimiter: CSVDelimiter) -> String { "" }
}
