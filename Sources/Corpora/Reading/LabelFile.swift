import Emotion
import Foundation

/// One label file: its rows by column name, one after the other, and what is wrong with it as a table. Cell by cell, the
/// readers add more.
struct LabelFile {
  let name: String
  private(set) var header: [String] = []
  private var own: [Finding] = []
  private var reader: CSVReader
  private var places: [String: Int] = [:]
  private var isUsable = false

  /// Begins to read a label file. A file without the columns that are `required` has findings and no rows.
  init(name: String, data: Data, required: [String]) {
    self.name = name
    reader = CSVReader(data)
    guard let first = reader.next() else {
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
    for column in missing {
      add(
        .error, .missingColumn, row: first.line, column: column,
        message: "the column \(column) is missing; needed are \(required.joined(separator: ", "))")
    }
    isUsable = missing.isEmpty
  }

  /// The next row that has as many fields as the header; nil at the end.
  mutating func next() -> CSVTable.Row? {
    guard isUsable else { return nil }
    while let row = reader.next() {
      if row.fields.count == header.count { return row }
      add(
        .error, .malformedRow, row: row.line, message: "has \(row.fields.count) fields; the header has \(header.count)")
    }
    return nil
  }

  /// Everything found so far: faults of the text, then the rest.
  var findings: [Finding] {
    reader.faults.map { fault in
      let isText = fault.problem == .notUTF8 || fault.problem == .utf16
      return Finding(
        .error, isText ? .wrongEncoding : .malformedRow, file: name, row: fault.line, message: fault.problem.message)
    } + own + (reader.hasPairs ? [.carriageReturns(file: name)] : [])
  }

  /// A cell without the white space around it.
  func cell(_ row: CSVTable.Row, _ column: String) -> String {
    guard let place = places[column] else { return "" }
    let field = row.fields[place]
    let isPadded = field.utf8.first == 32 || field.utf8.last == 32 || field.utf8.first == 9 || field.utf8.last == 9
    return isPadded ? field[...].trimmed : field
  }

  mutating func add(
    _ severity: Finding.Severity, _ kind: Finding.Kind, row: Int? = nil, column: String? = nil, value: String? = nil,
    message: String
  ) {
    own.append(
      Finding(severity, kind, file: name, row: row, column: column, value: value, message: message))
  }

  /// Adds a finding about a cell: its value and what is allowed in its place.
  mutating func addCell(_ kind: Finding.Kind, row: Int, column: String, value: String, allowed: String) {
    let said = value.isEmpty ? "is empty" : "is \"\(value)\""
    add(
      .error, kind, row: row, column: column, value: value, message: "\(column) \(said); allowed is \(allowed)")
  }

  /// The attribute values of a row; an empty cell is a missing value.
  mutating func attributes(
    _ row: CSVTable.Row, isMissing: (String) -> Bool = \.isEmpty
  ) -> AttributeValues {
    var values = AttributeValues()
    for attribute in Attribute.allCases {
      let text = cell(row, attribute.column)
      if isMissing(text) { continue }
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

extension Finding {
  static func carriageReturns(file: String) -> Finding {
    Finding(.note, .lineEnds, file: file, message: "lines end in CRLF, as on Windows; that does no harm")
  }
}

extension CSVTable.Problem {
  var message: String {
    switch self {
    case .unclosedQuote: "a quote opens a field and none closes it; a quoted field ends with a quote"
    case .textAfterQuote: "text follows a closing quote; a quoted field ends at the quote, and quotes in it are doubled"
    case .notUTF8: "the bytes are not UTF-8; save the file as UTF-8"
    case .utf16: "the file is UTF-16; save it as UTF-8"
    }
  }
}
