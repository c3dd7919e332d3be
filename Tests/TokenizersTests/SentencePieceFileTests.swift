import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite("A malformed spm.model is an error that names the place") struct SentencePieceFileTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  /// Writes protocol buffers.
  private enum Wire {
    static func number(_ field: Int, _ value: Int) -> [UInt8] { varint(field << 3) + varint(value) }
    static func message(_ field: Int, _ bytes: [UInt8]) -> [UInt8] {
      varint(field << 3 | 2) + varint(bytes.count) + bytes
    }
    static func piece(_ text: String, _ score: Float, _ kind: Int = 1) -> [UInt8] {
      let bits = (0..<4).map { UInt8(truncatingIfNeeded: score.bitPattern >> (8 * UInt32($0))) }
      return message(1, message(1, Array(text.utf8)) + varint(2 << 3 | 5) + bits + number(3, kind))
    }
    private static func varint(_ value: Int) -> [UInt8] {
      value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F | 0x80)] + varint(value >> 7)
    }
  }

  static let whole: [UInt8] =
    Wire.piece("<unk>", 0, 2) + Wire.piece("\u{2581}a", -1) + Wire.piece("\u{2581}", -3) + Wire.piece("a", -2)
    + Wire.message(2, Wire.number(3, 1)) + Wire.message(3, Wire.number(3, 1) + Wire.number(4, 1))

  private func read(_ bytes: [UInt8]) throws -> Tokenizer {
    try Data(bytes).write(to: scratch("spm.model"))
    return try Tokenizer(contentsOf: scratch.url)
  }

  @Test("A whole file") func wholeFile() throws {
    let tokenizer = try read(Self.whole)
    #expect(try tokenizer.encode("  a aab").ids == [1, 1, 3, 0])
    #expect(try tokenizer.encode("a x").spans == [0..<1, 1..<2, 2..<3])
    #expect(try tokenizer.decode([1, 1, 3]) == "a aa")
  }

  private static let wrong: [(bytes: [UInt8], message: String)] = [
    ([], "spm.model: is no SentencePiece model: it has no pieces"),
    (Array("no model".utf8), "spm.model, byte 1: is no SentencePiece model: a field is of the unknown kind 6"),
    (Array(whole.dropLast()), "is cut off"),
    (Wire.piece("a", -1), "spm.model: has no piece for what is unknown, such as [UNK]"),
    (Wire.piece("a", -1, 9), "is no SentencePiece model: piece 0 has the unknown type 9"),
    (Wire.piece("", -1), "piece 0 is empty"), (Wire.piece("a", .nan), "piece 0 has no finite score"),
    (Wire.message(1, Wire.message(1, [0xFF])), "piece 0 is not UTF-8"),
    (Wire.number(1, 5), "spm.model, byte 1: is no SentencePiece model: field 1 is no message"),
    (whole + Wire.piece("a", -1), "spm.model, piece 4: 'a' is there twice"),
    (whole + Wire.piece("?", -1, 2), "spm.model, piece 4: '?' is the second piece for what is unknown"),
    (whole + Wire.piece("<0x00>", 0, 6), "piece 4: '<0x00>' stands for a byte, but the model does not fall back"),
    (whole + Wire.message(2, Wire.number(35, 1)), "falls back to bytes, but has no piece <0x00>"),
    (whole + Wire.message(2, Wire.number(3, 7)), "the model has the unknown type 7"),
    (
      whole + Wire.message(3, Wire.message(2, [0xFF, 0xFF, 0, 0, 1])),
      "is no SentencePiece model: the charsmap's trie claims 65535 bytes, but 1 follow"
    ),
  ]

  @Test("What is wrong") func faults() throws {
    for (bytes, message) in Self.wrong {
      let error = try #require(throws: TokenizerError.self) { try read(bytes) }
      #expect(error.description.hasPrefix(scratch("spm.model").path), "\(error)")
      #expect(error.description.contains(message), "\(error)")
    }
  }

  @Test("Truncated and changed bytes are errors or other models, never a trap") func forged() throws {
    // A charsmap whose trie has edges of all kinds, so that what it leads to is forged too.
    let trie = (0..<256).flatMap { unit -> [UInt8] in
      let value = UInt32(unit) | UInt32(unit % 3 == 0 ? 1 << 8 : 0) | UInt32(unit % 7) << 10
      return (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    let charsmap = [0, 4, 0, 0] + trie + Array("b\u{0}é\u{0}".utf8)
    let file = Self.whole + Wire.message(3, Wire.message(2, charsmap))
    func use(_ bytes: [UInt8]) throws {
      guard let tokenizer = try? read(bytes) else { return }
      let encoding = try tokenizer.encode("a aab é \u{0} 漢字 🙂  x ")
      _ = try tokenizer.decode(encoding.ids)
    }
    for length in 0..<file.count { try use(Array(file.prefix(length))) }
    for (index, change) in zip(file.indices, (0...).lazy.map { UInt8(truncatingIfNeeded: $0 &* 37 + 1) }) {
      for flip in [change, 0x80, 0xFF] {
        var bytes = file
        bytes[index] ^= flip
        try use(bytes)
      }
    }
  }
}
