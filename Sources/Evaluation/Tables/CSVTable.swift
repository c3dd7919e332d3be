package import Foundation

/// A CSV file read whole and strictly (RFC 4180): each row has as many fields as the header, column names are unique,
/// quotes are closed. It keeps the bytes of the file and where each field lies in them, so that a table of a million rows
/// takes a second and no string is made that nobody asks for.
package struct CSVTable: Sendable {
  /// The file's name, for messages.
  package let file: String
  package let header: [String]
  /// The number of rows without the header.
  package let rowCount: Int

  private let bytes: [UInt8]
  /// Where each field begins, row after row with the header first; a quoted field begins after its quote.
  private let starts: [Int]
  /// Where each field ends.
  private let ends: [Int]

  /// Reads a file in UTF-8, with or without a byte order mark.
  package init(contentsOf url: URL) throws(EvaluationError) {
    let data: Data
    do { data = try Data(contentsOf: url, options: .mappedIfSafe) } catch {
      let isFolder = (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
      throw .file(
        url.path,
        problem: isFolder ? "is a folder; a CSV file is expected" : "cannot be read: \(error.localizedDescription)")
    }
    try self.init(bytes: [UInt8](data), file: url.path)
  }

  init(text: String, file: String) throws(EvaluationError) {
    try self.init(bytes: Array(text.utf8), file: file)
  }

  private init(bytes: [UInt8], file: String) throws(EvaluationError) {
    guard Self.isUTF8(bytes) else {
      let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      let line = lines.firstIndex { !Self.isUTF8($0) } ?? 0
      throw .row(file: file, row: line + 1, problem: "is not UTF-8 text; a CSV file in UTF-8 is expected")
    }
    var parser = CSVFields(bytes)
    parser.parse()
    switch parser.fault {
    case .openQuote:
      throw .row(file: file, row: parser.counts.count + 1, problem: "has a quotation mark that is never closed")
    case .textAfterQuote(let rows):
      throw .file(file, problem: "is not CSV after row \(rows): a field in quotation marks must end at a comma")
    case nil: break
    }
    let width = parser.counts.first ?? 0
    func text(_ field: Int) -> String { Self.text(bytes, parser.starts[field], parser.ends[field]) }
    let header = (0..<width).map(text)
    guard header.contains(where: { !$0.isEmpty }) else {
      throw .file(file, problem: "is empty; a header row with the names of the columns is expected")
    }
    var seen: Set<String> = []
    for name in header where !seen.insert(name).inserted {
      throw .file(file, problem: "has two columns '\(name)'; each column has a name of its own")
    }
    var field = 0
    for (row, count) in parser.counts.enumerated() {
      guard count == width else {
        throw .row(
          file: file, row: row + 1,
          problem: count == 1 && text(field).isEmpty
            ? "is empty; rows follow one another without blank lines"
            : "has \(count) fields, but the header has \(width)")
      }
      field += count
    }
    self.bytes = bytes
    self.file = file
    self.header = header
    starts = parser.starts
    ends = parser.ends
    rowCount = parser.counts.count - 1
  }

  private static func isUTF8(_ bytes: some Sequence<UInt8>) -> Bool {
    let isUTF8 = bytes.withContiguousStorageIfAvailable { buffer in
      // Most files are ASCII, which takes no more than a look at the high bits.
      buffer.allSatisfy { $0 < 128 } || String(validating: buffer, as: UTF8.self) != nil
    }
    return isUTF8 ?? (String(validating: bytes, as: UTF8.self) != nil)
  }

  /// The field at an index of `starts`, quotes undone.
  private static func text(_ bytes: [UInt8], _ start: Int, _ end: Int) -> String {
    let plain = String(decoding: bytes[start..<end], as: UTF8.self)
    let isQuoted = start > 0 && bytes[start - 1] == UInt8(ascii: "\"")
    return isQuoted && bytes[start..<end].contains(UInt8(ascii: "\"")) ? plain.replacing("\"\"", with: "\"") : plain
  }

  /// The text of a cell; `row` counts from 0 after the header.
  package func field(_ row: Int, _ column: Int) -> String {
    let index = (row + 1) * header.count + column
    return Self.text(bytes, starts[index], ends[index])
  }

  /// Whether a cell holds nothing.
  func isEmpty(_ row: Int, _ column: Int) -> Bool {
    let index = (row + 1) * header.count + column
    return starts[index] == ends[index]
  }

  /// A cell's only byte, such as the letter of a class; nil for longer and empty cells.
  func letter(_ row: Int, _ column: Int) -> UInt8? {
    let index = (row + 1) * header.count + column
    return ends[index] - starts[index] == 1 ? bytes[starts[index]] : nil
  }

  /// A cell as a number; nil where it is none. `nan` and `inf` are numbers here.
  func number(_ row: Int, _ column: Int) -> Double? {
    let index = (row + 1) * header.count + column
    return bytes.withUnsafeBufferPointer {
      decimalNumber(UnsafeBufferPointer(rebasing: $0[starts[index]..<ends[index]]))
    }
  }

  /// The rows without the header, as texts.
  var rows: [[String]] { (0..<rowCount).map { row in header.indices.map { field(row, $0) } } }

  /// The position of a column that must be there.
  package func column(_ name: String) throws(EvaluationError) -> Int {
    guard let index = header.firstIndex(of: name) else {
      if header.count == 1, let other = [";", "\t", "|"].first(where: header[0].contains) {
        throw .file(
          file, problem: "has fields parted by \(other == "\t" ? "tabs" : "'\(other)'"), where commas are expected")
      }
      throw .file(file, problem: "has no column \(name); its columns are \(header.joined(separator: ", "))")
    }
    return index
  }

  /// An error at a cell; `row` counts from 0 after the header.
  func error(_ row: Int, _ column: Int, _ problem: String) -> EvaluationError {
    .cell(file: file, row: row + 2, column: header[column], value: field(row, column), problem: problem)
  }

  /// Quotes a field where RFC 4180 asks for it, and where readers would trim it.
  package static func quoted(_ field: String) -> String {
    let special = field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) || $0.properties.isWhitespace }
    return special ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
}

/// Finds the fields of CSV text.
private struct CSVFields {
  enum Fault { case openQuote, textAfterQuote(rows: Int) }

  let bytes: [UInt8]
  var starts: [Int] = []
  var ends: [Int] = []
  /// The number of fields in each row.
  var counts: [Int] = []
  var fault: Fault?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    starts.reserveCapacity(bytes.count / 8)
    ends.reserveCapacity(bytes.count / 8)
  }

  mutating func parse() {
    let quote = UInt8(ascii: "\"")
    let comma = UInt8(ascii: ",")
    let (feed, carriage) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    let bytes = self.bytes
    bytes.withUnsafeBufferPointer { text in
      var at = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      var fields = 0
      while at < text.count || fields > 0 {
        if at < text.count, text[at] == quote {
          let start = at + 1
          at = start
          while true {
            while at < text.count, text[at] != quote { at += 1 }
            guard at < text.count else {
              fault = .openQuote
              return
            }
            if at + 1 < text.count, text[at + 1] == quote { at += 2 } else { break }
          }
          starts.append(start)
          ends.append(at)
          at += 1
          guard at == text.count || text[at] == comma || text[at] == feed || text[at] == carriage else {
            fault = text.count { $0 == quote } % 2 == 1 ? .openQuote : .textAfterQuote(rows: counts.count)
            return
          }
        } else {
          starts.append(at)
          while at < text.count, text[at] != comma, text[at] != feed, text[at] != carriage, text[at] != quote {
            at += 1
          }
          if at < text.count, text[at] == quote {
            fault = text.count { $0 == quote } % 2 == 1 ? .openQuote : .textAfterQuote(rows: counts.count)
            return
          }
          ends.append(at)
        }
        fields += 1
        if at < text.count, text[at] == comma {
          at += 1
          continue
        }
        counts.append(fields)
        fields = 0
        if at < text.count, text[at] == carriage { at += 1 }
        if at < text.count, text[at] == feed { at += 1 }
      }
    }
  }
}

/// Reads numbers as they are written in tables. Those of up to 15 digits are made of two exact doubles by one
/// operation, which rounds right (Clinger 1990); others are left to the standard library.
private func decimalNumber(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
  var (mantissa, digits, scale, at) = (0, 0, 0, 0)
  let isNegative = text.first == UInt8(ascii: "-")
  if isNegative { at = 1 }
  var seenPoint = false
  while at < text.count {
    let byte = text[at]
    if byte == UInt8(ascii: "."), !seenPoint {
      seenPoint = true
    } else if byte >= 48, byte <= 57, digits < 15 {
      mantissa = mantissa * 10 + Int(byte - 48)
      digits += mantissa == 0 ? 0 : 1
      scale += seenPoint ? 1 : 0
    } else {
      break
    }
    at += 1
  }
  if at == text.count, digits > 0 || mantissa == 0, scale <= 22, at > (isNegative ? 1 : 0), text.last != 46 {
    let value = Double(mantissa) / powersOfTen[scale]
    return isNegative ? -value : value
  }
  return Double(String(decoding: text, as: UTF8.self))
}

private let powersOfTen: [Double] = (0...22).map { pow(10, Double($0)) }
