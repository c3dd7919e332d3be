/// SentencePiece's normalisation: the longest prefix that the charsmap knows is replaced; runs of spaces become one,
/// those at both ends go; a space is put before the text; spaces are written as ▁ (Kudo and Richardson 2018).
struct SentencePieceNormalizer: Sendable {
  /// The new text, and for each of its bytes and its end where in the old one it comes from.
  struct Normalized {
    var bytes: [UInt8] = []
    var origins: [Int32] = []
  }

  private let charsmap: Charsmap?
  private let userDefined: PrefixTrie?
  private let addsDummyPrefix: Bool
  private let removesExtraSpaces: Bool
  private let space: [UInt8]
  private let putsSpacesBehindWords: Bool

  /// - Parameter userDefined: pieces that stay as they are
  init(_ file: SentencePieceFile.Normalization, userDefined: PrefixTrie?, putsSpacesBehindWords: Bool) {
    charsmap = file.charsmap
    self.userDefined = userDefined
    addsDummyPrefix = file.addsDummyPrefix
    removesExtraSpaces = file.removesExtraSpaces
    space = file.escapesSpaces ? [0xE2, 0x96, 0x81] : [0x20]
    self.putsSpacesBehindWords = putsSpacesBehindWords
  }

  func apply(_ source: UnsafeBufferPointer<UInt8>) -> Normalized {
    var made = Normalized()
    made.bytes.reserveCapacity(source.count + source.count / 2 + 8)
    made.origins.reserveCapacity(source.count + source.count / 2 + 8)
    var position = 0
    if removesExtraSpaces {
      while position < source.count {
        let length = replacement(source, position) { text, length in text.count == 1 && text[0] == 0x20 ? length : 0 }
        if length == 0 { break }
        position += length
      }
    }
    guard position < source.count else { return made }
    if addsDummyPrefix, !putsSpacesBehindWords { put(space, from: position, &made) }
    var isAfterSpace = removesExtraSpaces
    while position < source.count {
      let taken = replacement(source, position) { text, length in
        var start = 0
        while isAfterSpace, start < text.count, text[start] == 0x20 { start += 1 }
        guard start < text.count else { return length }
        for byte in text[start...] {
          if byte == 0x20 {
            put(space, from: position, &made)
          } else {
            made.bytes.append(byte)
            made.origins.append(Int32(truncatingIfNeeded: position))
          }
        }
        isAfterSpace = removesExtraSpaces && text[text.count - 1] == 0x20
        return length
      }
      position += taken
    }
    if removesExtraSpaces {
      while made.bytes.suffix(space.count).elementsEqual(space) {
        position = Int(made.origins[made.bytes.count - space.count])
        made.bytes.removeLast(space.count)
        made.origins.removeLast(space.count)
      }
    }
    if addsDummyPrefix, putsSpacesBehindWords { put(space, from: position, &made) }
    made.origins.append(Int32(truncatingIfNeeded: position))
    return made
  }

  @inline(__always)
  private func put(_ text: [UInt8], from position: Int, _ made: inout Normalized) {
    for byte in text {
      made.bytes.append(byte)
      made.origins.append(Int32(truncatingIfNeeded: position))
    }
  }

  /// Calls `body` with what replaces the next part of a text, and the part's length.
  @inline(__always)
  private func replacement(
    _ source: UnsafeBufferPointer<UInt8>, _ position: Int, _ body: (UnsafeBufferPointer<UInt8>, Int) -> Int
  ) -> Int {
    if let found = userDefined?.longest(source, at: position) {
      return body(UnsafeBufferPointer(rebasing: source[position..<found.end]), found.end - position)
    }
    if let charsmap, let found = charsmap.longest(source[position...]) {
      return charsmap.withText(found.text) { body($0, found.length) }
    }
    let length = source.scalarLength(at: position)
    return body(UnsafeBufferPointer(rebasing: source[position..<position + length]), length)
  }
}
