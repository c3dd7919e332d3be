/// GPT-2's way of cutting text into words, a hand-written match of
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
enum GPT2Scanner {
  static let pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Where the word ends that begins at a byte. Words cover the text without gaps.
  @inline(__always)
  static func end(of text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let first = text[start]
    if first == UInt8(ascii: "'"), let end = contraction(text, start) { return end }
    var i = start
    if first == 0x20, start + 1 < text.count { i += 1 }
    let (scalar, length) = text.scalar(at: i)
    let kind = ScalarClass.of(scalar).intersection([.letter, .number, .symbol])
    if kind.isEmpty { return spaces(text, start) }
    i += length
    while i < text.count {
      let (scalar, length) = text.scalar(at: i)
      guard ScalarClass.of(scalar).contains(kind) else { break }
      i += length
    }
    return i
  }

  private static func contraction(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
    guard start + 1 < text.count else { return nil }
    let second = text[start + 1]
    switch second {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
      let third = second == UInt8(ascii: "l") ? second : UInt8(ascii: "e")
      return start + 2 < text.count && text[start + 2] == third ? start + 3 : nil
    default: return nil
    }
  }

  /// A run of spaces leaves its last one to the word that follows.
  private static func spaces(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
    var (i, last) = (start, start)
    while i < text.count {
      let (scalar, length) = text.scalar(at: i)
      guard ScalarClass.of(scalar).contains(.space) else { break }
      last = i
      i += length
    }
    return i == text.count || last == start ? i : last
  }
}
