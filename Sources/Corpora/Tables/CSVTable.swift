import Foundation

/// The rows of a delimited text file with the line on which each begins, and what is wrong with the file.
///
/// Affect reads label files with a parser of its own because a label file's faults have to be named by line, and one
/// broken row must not hide the next: SwiftCSV stops at the first fault and says neither line nor row. One pass over the
/// bytes, linear in the file's size.
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
  }

  var rows: [Row] = []
  var faults: [Fault] = []

  /// Parses RFC 4180 text: quoted fields may hold delimiters, doubled quotes and line ends. Lines may end in LF, CRLF or
  /// CR; a byte order mark is skipped; empty lines are not rows. Where `comments` is true, lines that begin with `#` are
  /// not rows either. Where `quoting` is false, quotes are ordinary characters, as in most tab-separated files.
  init(parsing data: Data, delimiter: Character = ",", comments: Bool = false, quoting: Bool = true) {
    var parser = Parser(delimiter: delimiter.asciiValue ?? 44, comments: comments, quoting: quoting)
    let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data[...]
    bytes.withUnsafeBytes { parser.parse($0) }
    rows = parser.rows
    faults = parser.faults
  }
}

private struct Parser {
  let delimiter: UInt8
  let comments: Bool
  let quoting: Bool

  var rows: [CSVTable.Row] = []
  var faults: [CSVTable.Fault] = []

  private var line = 1
  private var rowLine = 1
  private var fields: [String] = []
  private var isBroken = false

  init(delimiter: UInt8, comments: Bool, quoting: Bool) {
    self.delimiter = delimiter
    self.comments = comments
    self.quoting = quoting
  }

  private static let lineFeed: UInt8 = 10
  private static let carriageReturn: UInt8 = 13
  private static let quote: UInt8 = 34
  private static let hash: UInt8 = 35

  mutating func parse(_ bytes: UnsafeRawBufferPointer) {
    var index = 0
    while index < bytes.count {
      rowLine = line
      if isLineEnd(bytes[index]) {
        index = skipLineEnd(bytes, at: index)
        continue
      }
      if comments, bytes[index] == Self.hash {
        while index < bytes.count, !isLineEnd(bytes[index]) { index += 1 }
        index = skipLineEnd(bytes, at: index)
        continue
      }
      index = parseRow(bytes, at: index)
    }
  }

  private mutating func parseRow(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int {
    var index = start
    fields = []
    isBroken = false
    while true {
      if quoting, index < bytes.count, bytes[index] == Self.quote {
        index = parseQuoted(bytes, at: index)
      } else {
        let begin = index
        while index < bytes.count, bytes[index] != delimiter, !isLineEnd(bytes[index]) { index += 1 }
        append(UnsafeRawBufferPointer(rebasing: bytes[begin..<index]))
      }
      guard index < bytes.count, bytes[index] == delimiter else { break }
      index += 1
    }
    if !isBroken { rows.append(CSVTable.Row(line: rowLine, fields: fields)) }
    return skipLineEnd(bytes, at: index)
  }

  /// Parses a field that begins with a quote; returns the place of the delimiter or line end behind it.
  private mutating func parseQuoted(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int {
    var index = start + 1
    var content: [UInt8] = []
    let opening = line
    while true {
      guard index < bytes.count else {
        // Resume behind the first line of the field, so that one missing quote does not swallow the rest of the file.
        fault(.unclosedQuote, line: opening)
        line = opening
        var resumed = start + 1
        while resumed < bytes.count, !isLineEnd(bytes[resumed]) { resumed += 1 }
        return resumed
      }
      let byte = bytes[index]
      if byte == Self.quote {
        index += 1
        guard index < bytes.count, bytes[index] == Self.quote else { break }
      } else if byte == Self.lineFeed {
        line += 1
      }
      content.append(byte)
      index += 1
    }
    content.withUnsafeBytes { append($0) }
    if index < bytes.count, bytes[index] != delimiter, !isLineEnd(bytes[index]) {
      fault(.textAfterQuote, line: line)
      while index < bytes.count, !isLineEnd(bytes[index]) { index += 1 }
    }
    return index
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if let field = String(validating: bytes, as: UTF8.self) {
      fields.append(field)
    } else if !isBroken {
      fault(.notUTF8, line: rowLine)
    }
  }

  private mutating func fault(_ problem: CSVTable.Problem, line: Int) {
    isBroken = true
    faults.append(CSVTable.Fault(line: line, problem: problem))
  }

  private func isLineEnd(_ byte: UInt8) -> Bool { byte == Self.lineFeed || byte == Self.carriageReturn }

  private mutating func skipLineEnd(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    guard index < bytes.count else { return index }
    line += 1
    let isPair = bytes[index] == Self.carriageReturn && index + 1 < bytes.count && bytes[index + 1] == Self.lineFeed
    return index + (isPair ? 2 : 1)
  }
}
