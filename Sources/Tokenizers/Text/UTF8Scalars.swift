/// Reading scalars from bytes that are known to be UTF-8.
extension UnsafeBufferPointer<UInt8> {
  /// The scalar that begins at a byte, and its length.
  @inline(__always)
  func scalar(at index: Int) -> (value: UInt32, length: Int) {
    let first = self[index]
    if first < 0x80 { return (UInt32(first), 1) }
    if first < 0xE0 { return (UInt32(first & 0x1F) << 6 | UInt32(self[index + 1] & 0x3F), 2) }
    if first < 0xF0 {
      return (UInt32(first & 0x0F) << 12 | UInt32(self[index + 1] & 0x3F) << 6 | UInt32(self[index + 2] & 0x3F), 3)
    }
    return (
      UInt32(first & 0x07) << 18 | UInt32(self[index + 1] & 0x3F) << 12 | UInt32(self[index + 2] & 0x3F) << 6
        | UInt32(self[index + 3] & 0x3F), 4
    )
  }

  /// The length of the scalar that begins at a byte.
  @inline(__always)
  func scalarLength(at index: Int) -> Int {
    let first = self[index]
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
  }

  /// Where the scalar begins that ends before a byte.
  @inline(__always)
  func scalarStart(before index: Int) -> Int {
    var start = index - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  /// Calls `body` for each scalar.
  @inline(__always)
  func forEachScalar(_ body: (UInt32) -> Void) {
    var i = 0
    while i < count {
      let (value, length) = scalar(at: i)
      body(value)
      i += length
    }
  }

  func starts(with other: [UInt8], at index: Int = 0) -> Bool {
    guard index + other.count <= count else { return false }
    for i in 0..<other.count where self[index + i] != other[i] { return false }
    return true
  }
}

extension [UInt8] {
  /// Appends a scalar's UTF-8; a number that is no scalar becomes U+FFFD.
  @inline(__always)
  mutating func append(scalar: UInt32) {
    if scalar < 0x80 {
      append(UInt8(truncatingIfNeeded: scalar))
    } else {
      append(contentsOf: UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}")!)
    }
  }

  init(_ text: String) { self = Array(text.utf8) }

  var text: String { String(decoding: self, as: UTF8.self) }
}
