import Foundation

/// Text of comma-separated rows as RFC 4180 has it, with LF line ends. Who writes a long table takes the text away in
/// pieces, whenever `isFull`.
struct CSVText {
  private var bytes: [UInt8] = []

  init(header: [String]) { append(header) }

  mutating func append(_ fields: [String]) {
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(44) }
      let needsQuotes = field.utf8.contains { $0 == 44 || $0 == 34 || $0 == 10 || $0 == 13 }
      if needsQuotes {
        bytes.append(34)
        for byte in field.utf8 {
          if byte == 34 { bytes.append(34) }
          bytes.append(byte)
        }
        bytes.append(34)
      } else {
        bytes.append(contentsOf: field.utf8)
      }
    }
    bytes.append(10)
  }

  /// Whether there is a megabyte to take away.
  var isFull: Bool { bytes.count > 1 << 20 }

  /// Takes away the text so far.
  mutating func take() -> Data {
    defer { bytes.removeAll(keepingCapacity: true) }
    return Data(bytes)
  }

  var data: Data { Data(bytes) }
}
