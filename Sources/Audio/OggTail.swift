/// The end of an Ogg file (RFC 3533): the last page carries a flag that ends the stream. FFmpeg does not show it.
enum OggTail {
  /// A page is at most 65,307 bytes long, so the last one starts within this many bytes of the end.
  static let length = 1 << 17

  /// Whether the last page of `bytes` is cut or has no end-of-stream flag; nil where there is no page.
  static func isIncomplete(_ bytes: [UInt8]) -> Bool? {
    let capture: [UInt8] = [0x4F, 0x67, 0x67, 0x53]
    guard bytes.count >= capture.count else { return nil }
    for start in stride(from: bytes.count - capture.count, through: 0, by: -1)
    where bytes[start..<start + capture.count].elementsEqual(capture) {
      let page = bytes[start...]
      let headerLength = 27
      guard page.count >= headerLength else { return true }
      let segments = Int(page[start + 26])
      guard page.count >= headerLength + segments else { return true }
      let body = page[(start + headerLength)..<(start + headerLength + segments)].reduce(0) { $0 + Int($1) }
      guard page.count >= headerLength + segments + body else { return true }
      return page[start + 5] & 0x04 == 0
    }
    return nil
  }
}
