extension SentencePieceModel {
  /// The text of ids, all of which the model knows.
  func decode(_ ids: [Int32]) -> [UInt8] {
    var text: [UInt8] = []
    var bytes: [UInt8] = []
    var (isFirst, sawFirstSpace) = (true, false)
    for id in ids {
      if pieces.kinds[Int(id)] == .byte {
        if let byte = pieces.byteTokens.firstIndex(of: id) { bytes.append(UInt8(byte)) }
        continue
      }
      Self.flush(&bytes, into: &text)
      if sawFirstSpace || !text.isEmpty { isFirst = false }
      sawFirstSpace = false
      switch pieces.kinds[Int(id)] {
      case .control: break
      case .unknown: text += unknownSurface
      default:
        var piece = vocabulary.token(Int(id)) ?? []
        if isFirst, stripsFirstSpace, piece.starts(with: Self.space) {
          piece.removeFirst(Self.space.count)
          // Where extra spaces are none, all of those at the start go.
          sawFirstSpace = !stripsAllFirstSpaces
        }
        text += piece.replacing(Self.space, with: [0x20])
      }
    }
    Self.flush(&bytes, into: &text)
    guard let denormalizer else { return text }
    return text.withUnsafeBufferPointer { denormalizer.apply($0).bytes }
  }

  /// How a space is written in pieces: ▁.
  private static let space: [UInt8] = [0xE2, 0x96, 0x81]

  /// Bytes become the text that they are the UTF-8 of, those that belong to none U+FFFD.
  private static func flush(_ bytes: inout [UInt8], into text: inout [UInt8]) {
    var i = 0
    while i < bytes.count {
      let first = bytes[i]
      let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
      if i + length <= bytes.count, String(validating: bytes[i..<i + length], as: UTF8.self) != nil {
        text += bytes[i..<i + length]
        i += length
      } else {
        text.append(scalar: 0xFFFD)
        i += 1
      }
    }
    bytes = []
  }
}
