/// BERT's normaliser: control characters go, spaces become one kind, Chinese characters stand alone, accents go, letters
/// become small.
struct BertNormalizer: Sendable {
  var cleansText = true
  var isolatesChinese = true
  var stripsAccents = true
  var lowercases = true

  init(lowercases: Bool, stripsAccents: Bool?, isolatesChinese: Bool) {
    self.lowercases = lowercases
    self.stripsAccents = stripsAccents ?? lowercases
    self.isolatesChinese = isolatesChinese
  }

  init(_ node: JSONNode) throws {
    cleansText = try node.bool("clean_text", default: true)
    isolatesChinese = try node.bool("handle_chinese_chars", default: true)
    lowercases = try node.bool("lowercase", default: true)
    stripsAccents = try node.bool("strip_accents", default: lowercases)
  }

  func apply(to text: inout AlignedText) {
    if text.bytes.allSatisfy({ $0 < 0x80 }) {
      text.rewrite(ascii)
      return
    }
    if cleansText { text.rewrite(Self.clean) }
    if isolatesChinese { text.rewrite(Self.isolateChinese) }
    if stripsAccents {
      text.rewrite { UnicodeForm.nfd.apply($0, &$1) }
      text.rewrite { _, writer in writer.filter { !ScalarClass.of($0).contains(.nonspacing) } }
    }
    if lowercases { text.rewrite(Normalizer.lowercase) }
  }

  /// All steps at once for text that has neither accents nor Chinese characters.
  private func ascii(_ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter) {
    for byte in source {
      switch byte {
      case 0x09, 0x0A, 0x0D: writer.replace(with: cleansText ? 0x20 : UInt32(byte))
      case 0x00..<0x20, 0x7F: if cleansText { writer.skip(characters: 1) } else { writer.replace(with: UInt32(byte)) }
      case 0x41...0x5A: writer.replace(with: UInt32(lowercases ? byte | 0x20 : byte))
      default: writer.replace(with: UInt32(byte))
      }
    }
  }

  private static func clean(_ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter) {
    source.forEachScalar { scalar in
      let classes = ScalarClass.of(scalar)
      if scalar == 0x09 || scalar == 0x0A || scalar == 0x0D {
        writer.replace(with: 0x20)
      } else if scalar == 0 || scalar == 0xFFFD || classes.contains(.other) {
        writer.skip(characters: 1)
      } else {
        writer.replace(with: classes.contains(.space) ? 0x20 : scalar)
      }
    }
  }

  private static func isolateChinese(_ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter) {
    source.forEachScalar { scalar in
      switch scalar {
      case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
        0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
        writer.replace(with: 0x20)
        writer.insert(scalar)
        writer.insert(0x20)
      default: writer.replace(with: scalar)
      }
    }
  }
}
