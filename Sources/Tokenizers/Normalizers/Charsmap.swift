import Foundation

/// The normalisation that a SentencePiece model carries: a double-array trie of byte sequences, whose numbers are
/// offsets into a block of zero-terminated texts.
///
/// A `tokenizer.json` has it applied as the reference does, which differs from SentencePiece's own way
/// (`SentencePieceNormalizer`): grapheme by grapheme, and within those that the trie does not know scalar by scalar; the
/// shortest prefix that the trie knows decides.
struct Charsmap: Sendable {
  /// What is wrong with one.
  struct Fault: Error { var problem: String }

  private let trie: DoubleArray
  private let texts: [UInt8]

  init(_ node: JSONNode) throws {
    guard let blob = Data(base64Encoded: try node.string()) else {
      throw node.fault("a charsmap in base64 is expected")
    }
    do throws(Fault) {
      try self.init(Array(blob))
    } catch {
      throw node.fault(error.problem)
    }
  }

  /// Reads the size of the trie in four bytes, the trie, and the texts.
  init(_ blob: [UInt8]) throws(Fault) {
    guard blob.count >= 4 else { throw Fault(problem: "a charsmap in base64 is expected") }
    func word(_ index: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(blob[index * 4 + $1]) << UInt32(8 * $1) }
    }
    let size = Int(word(0))
    guard size % 4 == 0, size > 0, size <= blob.count - 4 else {
      throw Fault(problem: "the charsmap's trie claims \(size) bytes, but \(blob.count - 4) follow")
    }
    trie = DoubleArray((1...size / 4).map(word))
    texts = Array(blob.dropFirst(4 + size))
    guard String(validating: texts, as: UTF8.self) != nil else {
      throw Fault(problem: "the charsmap's texts are not UTF-8")
    }
  }

  func apply(_ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter) {
    var outputs: [UnicodeForm.Output] = []
    outputs.reserveCapacity(source.count)
    var start = 0
    for character in String(decoding: source, as: UTF8.self) {
      let end = start + character.utf8.count
      if end - start < 6, let text = shortest(source[start..<end]) {
        put(text, for: character.unicodeScalars.count, &outputs)
      } else {
        var i = start
        while i < end {
          let (scalar, length) = source.scalar(at: i)
          if let text = shortest(source[i..<i + length]) {
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
    withText(text) { text in
      var written = 0
      text.forEachScalar { scalar in
        outputs.append(UnicodeForm.Output(scalar: scalar, change: written < old ? 0 : 1))
        written += 1
      }
      if written < old, let last = outputs.indices.last { outputs[last].change -= old - written }
    }
  }

  /// Calls `body` with a text of the block.
  @inline(__always)
  func withText<T>(_ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
    texts.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
  }

  /// Where the text stands that replaces the shortest known prefix of `key`. A zero byte ends a key.
  private func shortest(_ key: Slice<UnsafeBufferPointer<UInt8>>) -> Range<Int>? {
    var found: Int?
    trie.forEachPrefix(of: key.prefix { $0 != 0 }) { _, number in
      found = number
      return false
    }
    return found.flatMap(text)
  }

  /// The longest known prefix of a text: its length, and where the text stands that replaces it.
  @inline(__always)
  func longest(_ key: Slice<UnsafeBufferPointer<UInt8>>) -> (length: Int, text: Range<Int>)? {
    var found: (length: Int, number: Int)?
    trie.forEachPrefix(of: key) { length, number in
      found = (length, number)
      return true
    }
    guard let found, let text = text(at: found.number) else { return nil }
    return (found.length, text)
  }

  /// The text that begins at an offset; nil for an offset that is beyond the block or within a character.
  private func text(at start: Int) -> Range<Int>? {
    guard start <= texts.count, start == texts.count || texts[start] & 0xC0 != 0x80 else { return nil }
    return start..<(texts[start...].firstIndex(of: 0) ?? texts.count)
  }
}
