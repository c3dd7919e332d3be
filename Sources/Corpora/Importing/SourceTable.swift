import Foundation

/// A table that a source corpus or a user brings, read strictly: the first fault is thrown.
struct SourceTable {
  let rows: ArraySlice<CSVTable.Row>
  let header: [String]
  private let places: [String: Int]

  init(
    parsing data: Data, name: String, columns: [String], delimiter: Character = ",", comments: Bool = false,
    quoting: Bool = true
  ) throws {
    let table = CSVTable(parsing: data, delimiter: delimiter, comments: comments, quoting: quoting)
    if let fault = table.faults.first {
      throw CorporaError.invalidRow(
        file: name, row: fault.line, problem: "the row can't be read", allowed: fault.problem.message)
    }
    header = table.rows.first?.fields.map { $0.trimmingCharacters(in: .whitespaces) } ?? []
    places = Dictionary(zip(header, 0...), uniquingKeysWith: { first, _ in first })
    for column in columns where places[column] == nil {
      throw CorporaError.invalidRow(
        file: name, row: table.rows.first?.line ?? 1, problem: "the column \(column) is missing",
        allowed: "a header with \(columns.joined(separator: ", "))")
    }
    rows = table.rows.dropFirst()
    let count = header.count
    for row in rows where row.fields.count != count {
      throw CorporaError.invalidRow(
        file: name, row: row.line, problem: "the row has \(row.fields.count) fields",
        allowed: "as many as the header, \(count)")
    }
  }

  init(
    contentsOf file: URL, columns: [String], delimiter: Character = ",", quoting: Bool = true
  ) throws {
    try self.init(
      parsing: CorpusLayout.data(of: file, expected: "a table with \(columns.joined(separator: ", "))"),
      name: file.lastPathComponent, columns: columns, delimiter: delimiter, quoting: quoting)
  }

  /// A cell without the white space around it.
  func cell(_ row: CSVTable.Row, _ column: String) -> String {
    guard let place = places[column] else { return "" }
    return row.fields[place].trimmingCharacters(in: .whitespaces)
  }
}
