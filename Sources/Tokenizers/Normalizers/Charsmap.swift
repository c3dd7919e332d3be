import Foundation

/// The normalisation that a SentencePiece model carries, compiled into a double-array trie (Darts) of byte sequences,
/// whose values are offsets into a block of zero-terminated texts.
///
/// It is applied as the reference does, which differs from SentencePiece's own way: grapheme by grapheme, and within
/// those that the trie does not know scalar by scalar; the shortest prefix that the trie knows decides.
struct Charsmap: Sendable {
  private let units: [UInt32]
  private let texts: [UInt8]

  init(_ node: JSONNode) throws {
    guard let blob = Data(base64Encoded: try node.string()), blob.count >= 4 else {
      throw node.fault("a charsmap in base64 is expected")
    }
    let size = blob.prefix(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    guard size % 4 == 0, size > 0, size <= blob.count - 4 else {
      throw node.fault("the charsmap's trie claims \(size) bytes, but \(blob.count - 4) follow")
    }
    units = blob.withUnsafeBytes { raw in
      (0..<size / 4).map { UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 + 4 * $0, as: UInt32.self)) }
    }
    texts = Array(blob.dropFirst(4 + size))
    guard String(validating: texts, as: UTF8.self) != nil else {
      throw node.fault("the charsmap's texts are not UTF-8")
    }
  }

  func apply(_ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter) {
    var outputs: [UnicodeForm.Output] = []
    outputs.reserveCapacity(source.count)
    var start = 0
    for character in String(decoding: source, as: UTF8.self) {
      let end = start + character.utf8.count
      if end - start < 6, let text = replacement(of: source[start..<end]) {
        put(text, for: character.unicodeScalars.count, &outputs)
      } else {
        var i = start
        while i < end {
          let (scalar, length) = source.scalar(at: i)
          if let text = replacement(of: source[i..<i + length]) {
            put(text, for: 1, &outputs)
          } else {
            outputs.append(UnicodeForm.Output(scalar: scalar, change: 0))
          }
          i += length
        }
      }
      start = end
    }
    for output in outputs { writer.put(output.scalar, change: output.change) }
  }

  /// New characters beyond as many as the old are inserted; old ones beyond the new are left out after the last, which
  /// may be one of those before, and is none at the start of a text.
  private func put(_ text: Range<Int>, for old: Int, _ outputs: inout [UnicodeForm.Output]) {
    texts.withUnsafeBufferPointer { texts in
      let text = UnsafeBufferPointer(rebasing: texts[text])
      var written = 0
      text.forEachScalar { scalar in
        outputs.append(UnicodeForm.Output(scalar: scalar, change: written < old ? 0 : 1))
        written += 1
      }
      if written < old, let last = outputs.indices.last { outputs[last].change -= old - written }
    }
  }

  /// Where the text stands that replaces the shortest known prefix of `key`.
  private func replacement(of key: Slice<UnsafeBufferPointer<UInt8>>) -> Range<Int>? {
    func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }
    var node = offset(units[0])
    for byte in key {
      guard byte != 0 else { return nil }
      node ^= Int(byte)
      guard node < units.count else { return nil }
      let unit = units[node]
      guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
      node ^= offset(unit)
      if unit >> 8 & 1 == 1 {
        guard node < units.count else { return nil }
        let start = Int(units[node] & 0x7FFF_FFFF)
        guard start <= texts.count else { return nil }
        return start..<(texts[start...].firstIndex(of: 0) ?? texts.count)
      }
    }
    return nil
  }
}
