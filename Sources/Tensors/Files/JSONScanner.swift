/// Reads JSON byte by byte, in the order in which it stands, so that keys that appear twice are seen, a million of them
/// take a second, and nesting is bounded: what a general decoder promises none of.
struct JSONScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var position = 0

  /// No header or index that anyone writes nests deeper.
  private static let mostNesting = 64

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes.bindMemory(to: UInt8.self) }

  /// Passes over an object and hands each key to `body`, which must read the value that follows.
  mutating func object(_ body: (inout JSONScanner, String) throws(FileFault) -> Void) throws(FileFault) {
    try expect("{")
    if skip("}") { return }
    repeat {
      skipSpace()
      let key = try string()
      try expect(":")
      try body(&self, key)
    } while skip(",")
    try expect("}")
  }

  /// Passes over a list; `body` must read one element.
  mutating func list(_ body: (inout JSONScanner) throws(FileFault) -> Void) throws(FileFault) {
    try expect("[")
    if skip("]") { return }
    repeat { try body(&self) } while skip(",")
    try expect("]")
  }

  /// A list of whole numbers.
  mutating func integers() throws(FileFault) -> [Int] {
    var numbers: [Int] = []
    try list { scanner throws(FileFault) in numbers.append(try scanner.integer()) }
    return numbers
  }

  /// A whole number.
  mutating func integer() throws(FileFault) -> Int {
    skipSpace()
    let start = position
    let isNegative = take("-")
    var value = 0
    let digits = position
    while let byte = peek, (0x30...0x39).contains(byte) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(byte) - 0x30)
      guard !overflow, !carry else { throw fault("a number beyond 64 bits begins", at: start) }
      value = sum
      position += 1
    }
    let length = position - digits
    guard length > 0, length == 1 || bytes[digits] != 0x30, peek != 0x2E, peek != 0x65, peek != 0x45 else {
      throw fault("a whole number is expected", at: start)
    }
    return isNegative ? -value : value
  }

  /// A text in quotation marks.
  mutating func string() throws(FileFault) -> String {
    skipSpace()
    let start = position
    try expect("\"")
    let content = position
    var isPlain = true
    while true {
      guard let byte = peek else { throw fault("a text does not end that begins", at: start) }
      if byte == 0x22 { break }
      guard byte >= 0x20 else { throw fault("a control character stands in a text", at: position) }
      isPlain = isPlain && byte != 0x5C
      position += byte == 0x5C ? 2 : 1
    }
    guard position <= bytes.count else { throw fault("a text does not end that begins", at: start) }
    let raw = UnsafeBufferPointer(rebasing: bytes[content..<position])
    position += 1
    if isPlain, let text = String(validating: raw, as: UTF8.self) { return text }
    guard !isPlain, let text = String(validating: try Self.unescaped(raw, content), as: UTF8.self) else {
      throw fault("a text is not UTF-8 that begins", at: start)
    }
    return text
  }

  /// Passes over any value.
  mutating func skipValue(_ depth: Int = 0) throws(FileFault) {
    guard depth < Self.mostNesting else {
      throw fault("values are nested more than \(Self.mostNesting) deep", at: position)
    }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"):
      try object { scanner, _ throws(FileFault) in try scanner.skipValue(depth + 1) }
    case UInt8(ascii: "["):
      try list { scanner throws(FileFault) in try scanner.skipValue(depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    case UInt8(ascii: "n"): try literal("null")
    default:
      let start = position
      while let byte = peek, (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) { position += 1 }
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      guard text.utf8.count < 400, text.last?.isNumber == true, text.first != "+", Double(text) != nil else {
        throw fault("a value is expected", at: start)
      }
    }
  }

  /// Passes over `null`, if it comes next.
  mutating func skipNull() throws(FileFault) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: "n") else { return false }
    try literal("null")
    return true
  }

  /// Makes sure that nothing but white space follows.
  mutating func finish() throws(FileFault) {
    skipSpace()
    guard position >= bytes.count else { throw fault("something follows the end", at: position) }
  }

  /// What is wrong, and where.
  func fault(_ what: String, at place: Int) -> FileFault { FileFault("\(what) at byte \(place)") }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  /// Passes over a character, if it comes next without white space.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return take(character)
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(FileFault) {
    guard skip(character) else { throw fault("'\(character)' is expected", at: position) }
  }

  private mutating func literal(_ word: StaticString) throws(FileFault) {
    let start = position
    for byte in UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount) {
      guard peek == byte else { throw fault("'\(word)' is expected", at: start) }
      position += 1
    }
  }

  /// The bytes of a text with its escapes resolved.
  private static func unescaped(_ raw: UnsafeBufferPointer<UInt8>, _ offset: Int) throws(FileFault) -> [UInt8] {
    var out: [UInt8] = []
    var i = 0
    while i < raw.count {
      guard raw[i] == 0x5C else {
        out.append(raw[i])
        i += 1
        continue
      }
      let escape = raw[i + 1]
      i += 2
      switch escape {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(escape)
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "u"):
        var unit = hexadecimal(raw, i)
        i += 4
        if let high = unit, (0xD800..<0xDC00).contains(high), i + 1 < raw.count, raw[i] == 0x5C,
          raw[i + 1] == UInt8(ascii: "u"), let low = hexadecimal(raw, i + 2), (0xDC00..<0xE000).contains(low)
        {
          unit = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
          i += 6
        }
        guard let unit, let scalar = Unicode.Scalar(unit) else {
          throw FileFault("an escape that is no character stands at byte \(offset + i - 6)")
        }
        out.append(contentsOf: String(scalar).utf8)
      default: throw FileFault("an unknown escape stands at byte \(offset + i - 2)")
      }
    }
    return out
  }

  private static func hexadecimal(_ raw: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt32? {
    guard start + 4 <= raw.count else { return nil }
    var value: UInt32 = 0
    for byte in raw[start..<(start + 4)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
