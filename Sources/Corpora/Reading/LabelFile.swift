import Emotion
import Foundation

/// One label file: its rows by column name, and what is wrong with it as a table. Cell by cell, the readers add more.
struct LabelFile {
  let name: String
  private(set) var rows: [CSVTable.Row] = []
  private(set) var findings: [Finding] = []
  private(set) var header: [String] = []
  private var places: [String: Int] = [:]

  /// Parses a label file. A file without the columns that are `required` has findings and no rows.
  init(name: String, data: Data, required: [String]) {
    self.name = name
    let table = CSVTable(parsing: data)
    for fault in table.faults {
      let kind: Finding.Kind = fault.problem == .notUTF8 ? .wrongEncoding : .malformedRow
      add(.error, kind, row: fault.line, message: fault.problem.message)
    }
    guard let first = table.rows.first else {
      add(.error, .missingColumn, message: "is empty; the first row must be \(required.joined(separator: ","))")
      return
    }
    header = first.fields.map { $0.trimmingCharacters(in: .whitespaces) }
    for (index, column) in header.enumerated() {
      if places.updateValue(index, forKey: column) != nil {
        add(
          .error, .duplicateColumn, row: first.line, column: column,
          message: "the column \(column) is there twice; each column may be there once")
      }
    }
    let missing = required.filter { places[$0] == nil }
    guard missing.isEmpty else {
      for column in missing {
        add(
          .error, .missingColumn, row: first.line, column: column,
          message: "the column \(column) is missing; needed are \(required.joined(separator: ", "))")
      }
      return
    }
    for row in table.rows.dropFirst() {
      guard row.fields.count == header.count else {
        add(
          .error, .malformedRow, row: row.line,
          message: "has \(row.fields.count) fields; the header has \(header.count)")
        continue
      }
      rows.append(row)
    }
  }

  /// A cell without the white space around it.
  func cell(_ row: CSVTable.Row, _ column: String) -> String {
    guard let place = places[column] else { return "" }
    let field = row.fields[place]
    let isPadded = field.utf8.first == 32 || field.utf8.last == 32 || field.utf8.first == 9 || field.utf8.last == 9
    return isPadded ? field.trimmingCharacters(in: .whitespaces) : field
  }

  mutating func add(
    _ severity: Finding.Severity, _ kind: Finding.Kind, row: Int? = nil, column: String? = nil, value: String? = nil,
    message: String
  ) {
    findings.append(
      Finding(severity, kind, file: name, row: row, column: column, value: value, message: message))
  }

  /// Adds a finding about a cell: its value and what is allowed in its place.
  mutating func addCell(_ kind: Finding.Kind, row: Int, column: String, value: String, allowed: String) {
    let said = value.isEmpty ? "is empty" : "is \"\(value)\""
    add(
      .error, kind, row: row, column: column, value: value, message: "\(column) \(said); allowed is \(allowed)")
  }

  /// The attribute values of a row; an empty cell is a missing value.
  mutating func attributes(_ row: CSVTable.Row) -> AttributeValues {
    var values = AttributeValues()
    for attribute in Attribute.allCases {
      let text = cell(row, attribute.column)
      if text.isEmpty { continue }
      let allowed = "a number from 1 to 7, or nothing where there is no value"
      guard let value = Double(text), value.isFinite else {
        addCell(.notANumber, row: row.line, column: attribute.column, value: text, allowed: allowed)
        continue
      }
      guard Attribute.scale.contains(value) else {
        addCell(.attributeOutOfRange, row: row.line, column: attribute.column, value: text, allowed: allowed)
        continue
      }
      values[attribute] = value
    }
    return values
  }
}

extension CSVTable.Problem {
  var message: String {
    switch self {
    case .unclosedQuote: "a quote opens a field and none closes it; a quoted field ends with a quote"
    case .textAfterQuote: "text follows a closing quote; a quoted field ends at the quote, and quotes in it are doubled"
    case .notUTF8: "the bytes are not UTF-8; save the file as UTF-8"
    }
  }
}
