/// The 256 visible characters that byte-level vocabularies write bytes with: printable Latin-1 stands for itself, the
/// others are moved to U+0100 and on. A space is Ġ.
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [UInt32] = {
    var moved: UInt32 = 0x100
    return (0..<256).map { (byte: UInt32) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        moved += 1
        return moved - 1
      }
    }
  }()

  /// The UTF-8 of each byte's character; the second is 0 where there is one byte alone.
  static let encoded: [(UInt8, UInt8)] = scalars.map { scalar in
    scalar < 0x80
      ? (UInt8(scalar), 0) : (UInt8(0xC0 | scalar >> 6), UInt8(0x80 | scalar & 0x3F))
  }

  /// The byte of each character below U+0144; -1 where it stands for none.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  /// The byte that a character stands for.
  static func byte(of scalar: UInt32) -> UInt8? {
    guard scalar < 0x144, bytes[Int(scalar)] >= 0 else { return nil }
    return UInt8(bytes[Int(scalar)])
  }
}
