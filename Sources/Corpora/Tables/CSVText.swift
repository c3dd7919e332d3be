import Foundation

/// Text of comma-separated rows as RFC 4180 has it, with LF line ends.
struct CSVText {
  private(set) var text = ""

  init(header: [String]) { append(header) }

  mutating func append(_ fields: [String]) {
    for (index, field) in fields.enumerated() {
      if index > 0 { text += "," }
      let needsQuotes = field.utf8.contains { $0 == 44 || $0 == 34 || $0 == 10 || $0 == 13 }
      text += needsQuotes ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
    }
    text += "\n"
  }

  var data: Data { Data(text.utf8) }
}
