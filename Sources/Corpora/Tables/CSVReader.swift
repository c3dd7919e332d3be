import Foundation

/// Reads the rows of a delimited text one by one, so that a file of a million ratings never lies in memory as strings.
///
/// Affect reads label files with a parser of its own because a label file's faults have to be named by line, and one
/// broken row must not hide the next: SwiftCSV stops at the first fault and says neither line nor row. One pass over the
/// bytes, linear in the file's size.
struct CSVReader {
  private(set) var faults: [CSVTable.Fault] = []
  /// Whether a line ended in CRLF so far.
  private(set) var hasPairs = false

  private let data: Data
  private let delimiter: UInt8
  private let comments: Bool
  private let quoting: Bool
  private var index = 0

  private var line = 1
  private var rowLine = 1
  private var fields: [String] = []
  private var isBroken = false

  /// Begins to read RFC 4180 text: quoted fields may hold delimiters, doubled quotes and line ends. Lines may end in LF,
  /// CRLF or CR; a byte order mark is skipped; empty lines are not rows. Where `comments` is true, lines that begin with
  /// `#` are not rows either. Where `quoting` is false, quotes are ordinary characters, as in most tab-separated files.
  init(_ data: Data, delimiter: Character = ",", comments: Bool = false, quoting: Bool = true) {
    self.delimiter = delimiter.asciiValue ?? 44
    self.comments = comments
    self.quoting = quoting
    if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
      faults.append(CSVTable.Fault(line: 1, problem: .utf16))
      self.data = String(data: data, encoding: .utf16).map { Data($0.utf8) } ?? Data()
    } else {
      self.data = data
      if data.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }
  }

  private static let lineFeed: UInt8 = 10
  private static let carriageReturn: UInt8 = 13
  private static let quote: UInt8 = 34
  private static let hash: UInt8 = 35

  /// The next row; nil at the end. A row that can't be read is among the faults instead.
  mutating func next() -> CSVTable.Row? {
    let data = self.data
    return data.withUnsafeBytes { next($0) }
  }

  private mutating func next(_ bytes: UnsafeRawBufferPointer) -> CSVTable.Row? {
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
      if !isBroken { return CSVTable.Row(line: rowLine, fields: fields) }
    }
    return nil
  }

  private mutating func parseRow(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int {
    var index = start
    // As many as in the row before, mostly.
    let expected = fields.count
    fields = []
    fields.reserveCapacity(expected)
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
    if isPair { hasPairs = true }
    return index + (isPair ? 2 : 1)
  }
}
