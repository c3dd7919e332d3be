/// Reads the wire format of protocol buffers: a message is a row of fields, each a number and a value.
struct ProtobufReader {
  /// What is wrong, and at which byte.
  struct Fault: Error {
    var position: Int
    var problem: String
  }

  /// What a field holds.
  enum Value {
    case number(UInt64)
    /// Four bytes, such as a float's.
    case word(UInt32)
    /// Eight bytes.
    case double(UInt64)
    /// Where a text or an inner message lies.
    case bytes(Range<Int>)
  }

  private let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  /// A reader of a message that lies in a range of a file.
  init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    (position, end) = (range.lowerBound, range.upperBound)
  }

  /// The next field, or nil at the end of the message.
  mutating func next() throws(Fault) -> (field: Int, value: Value)? {
    guard position < end else { return nil }
    let start = position
    let key = try number()
    guard let field = Int(exactly: key >> 3), field > 0 else {
      throw Fault(position: start, problem: "a field has the number \(key >> 3)")
    }
    switch key & 7 {
    case 0: return (field, .number(try number()))
    case 1: return (field, .double(try fixed(8)))
    case 2:
      let count = try number()
      guard count <= UInt64(end - position) else {
        throw Fault(position: start, problem: "a field of \(count) bytes is cut off: \(end - position) follow")
      }
      let range = position..<position + Int(count)
      position = range.upperBound
      return (field, .bytes(range))
    case 5: return (field, .word(UInt32(truncatingIfNeeded: try fixed(4))))
    case let other: throw Fault(position: start, problem: "a field is of the unknown kind \(other)")
    }
  }

  /// Seven bits a byte, the lowest first; all bytes but the last have the eighth.
  private mutating func number() throws(Fault) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw Fault(position: start, problem: "a number is cut off") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Fault(position: start, problem: "a number is longer than ten bytes")
  }

  private mutating func fixed(_ count: Int) throws(Fault) -> UInt64 {
    guard end - position >= count else { throw Fault(position: position, problem: "a number is cut off") }
    defer { position += count }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }
}
