/// Reads numbers and stretches of bytes one after the other, and never beyond an end.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  /// Where the next byte is read, counted from the start of `bytes`.
  private(set) var position: Int
  let end: Int

  /// A cursor over a part of the bytes, which the caller has checked to lie within them.
  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  var remaining: Int { end - position }

  /// Passes over so many bytes and says where they are.
  mutating func take(_ count: Int) throws(FileFault) -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw FileFault("it ends at byte \(end), where \(count) bytes from byte \(position) on are expected")
    }
    defer { position += count }
    return position..<(position + count)
  }

  /// A little-endian number.
  mutating func read<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(FileFault) -> Number {
    let range = try take(MemoryLayout<Number>.size)
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: Number.self))
  }

  /// A little-endian 64-bit length or offset, which must be one that an address could have.
  mutating func readCount() throws(FileFault) -> Int {
    let number = try read(UInt64.self)
    guard let count = Int(exactly: number) else {
      throw FileFault("the 64-bit number at byte \(position - 8), \(number), is no length that a file can have")
    }
    return count
  }

  /// The bytes before the next newline, which is passed over.
  mutating func takeLine() throws(FileFault) -> Range<Int> {
    let start = position
    while position < end {
      defer { position += 1 }
      if bytes[position] == UInt8(ascii: "\n") { return start..<position }
    }
    throw FileFault("it ends within the line of text that begins at byte \(start)")
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes of a range as text; nil for what is not UTF-8.
  func text(_ range: Range<Int>) -> String? {
    String(validating: UnsafeRawBufferPointer(rebasing: self[range]), as: UTF8.self)
  }
}
