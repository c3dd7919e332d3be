/// Reads a JSON document (RFC 8259), strictly.
struct JSONParser {
  /// What is wrong, and at which byte.
  struct Fault: Error {
    var position: Int
    var problem: String
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var depth = 0
  /// Deeper files are forged to exhaust the stack.
  private static let deepest = 256

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(Fault) -> JSON {
    var parser = JSONParser(bytes)
    parser.skipSpace()
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.fault("the document ends here, but more follows") }
    return value
  }

  private func fault(_ problem: String) -> Fault { Fault(position: position, problem: problem) }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func value() throws(Fault) -> JSON {
    switch next {
    case UInt8(ascii: "{"): return try nested { parser throws(Fault) in try parser.object() }
    case UInt8(ascii: "["): return try nested { parser throws(Fault) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw fault("the file ends where a value is expected: it is truncated")
    default: return .number(try number())
    }
  }

  private mutating func nested(_ body: (inout JSONParser) throws(Fault) -> JSON) throws(Fault) -> JSON {
    depth += 1
    guard depth <= Self.deepest else { throw fault("lists and objects are nested deeper than \(Self.deepest)") }
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(Fault) -> JSON {
    let length = word.utf8CodeUnitCount
    guard position + length <= bytes.count, (0..<length).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
    else { throw fault("a value is expected: a text, a number, true, false, null, a list or an object") }
    position += length
    return value
  }

  private mutating func array() throws(Fault) -> JSON {
    var items: [JSON] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    while true {
      skipSpace()
      items.append(try value())
      skipSpace()
      guard try separator(closing: UInt8(ascii: "]"), of: "a list") else { return .array(items) }
    }
  }

  private mutating func object() throws(Fault) -> JSON {
    var members: [JSON.Member] = []
    skipSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .object([])
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("a key in quotes is expected") }
      let key = try string()
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw fault("a colon is expected after a key") }
      position += 1
      skipSpace()
      members.append(JSON.Member(key: key, value: try value()))
      skipSpace()
      guard try separator(closing: UInt8(ascii: "}"), of: "an object") else { return .object(members) }
    }
  }

  /// Whether another item follows.
  private mutating func separator(closing: UInt8, of what: String) throws(Fault) -> Bool {
    guard let byte = next else { throw fault("the file ends within \(what): it is truncated") }
    guard byte == closing || byte == UInt8(ascii: ",") else {
      throw fault("a comma or the end of \(what) is expected")
    }
    position += 1
    return byte != closing
  }

  private mutating func number() throws(Fault) -> Double {
    let start = position
    while let byte = next, isNumberByte(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), let last = text.utf8.last, (0x30...0x39).contains(last), text.utf8.first != 0x2B
    else {
      position = start
      throw fault("a value is expected: a text, a number, true, false, null, a list or an object")
    }
    return value
  }

  private func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
    default: false
    }
  }

  private mutating func string() throws(Fault) -> String {
    position += 1
    let start = position
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    if next == UInt8(ascii: "\"") {
      let text = try checked(bytes[start..<position], at: start)
      position += 1
      return text
    }
    var made = Array(bytes[start..<position])
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try made.withUnsafeBufferPointer { made throws(Fault) in try checked(made[...], at: start) }
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &made)
      case 0..<0x20: throw fault("a control character must be written as an escape in a text")
      default:
        made.append(byte)
        position += 1
      }
    }
    throw fault("the file ends within a text: it is truncated")
  }

  private func checked(_ text: Slice<UnsafeBufferPointer<UInt8>>, at start: Int) throws(Fault) -> String {
    guard let string = String(validating: text, as: UTF8.self) else {
      throw Fault(position: start, problem: "this text is not UTF-8")
    }
    return string
  }

  private mutating func escape(into made: inout [UInt8]) throws(Fault) {
    guard let byte = next else { throw fault("the file ends within a text: it is truncated") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): made.append(0x0A)
    case UInt8(ascii: "t"): made.append(0x09)
    case UInt8(ascii: "r"): made.append(0x0D)
    case UInt8(ascii: "b"): made.append(0x08)
    case UInt8(ascii: "f"): made.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): made.append(byte)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), next == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw fault("half of a surrogate pair stands alone") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair stands alone") }
      made.append(contentsOf: UTF8.encode(scalar)!)
    default:
      position -= 1
      throw fault("there is no such escape")
    }
  }

  private mutating func hexadecimal() throws(Fault) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("four hexadecimal digits are expected after \\u")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
