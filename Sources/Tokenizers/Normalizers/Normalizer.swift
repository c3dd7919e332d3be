import Foundation

/// A change of the text before it is cut, of the kinds that a `tokenizer.json` names.
indirect enum Normalizer: Sendable {
  case sequence([Normalizer])
  case bert(BertNormalizer)
  case form(UnicodeForm)
  case lowercase
  case stripAccents
  case strip(left: Bool, right: Bool)
  case replace(Pattern, with: [UInt8])
  case prepend([UInt8])
  case precompiled(Charsmap)
  case nmt
  case byteLevel

  static let known = [
    "Sequence", "BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "Replace",
    "Prepend", "Precompiled", "Nmt", "ByteLevel",
  ]

  init(_ node: JSONNode) throws {
    switch try node.type() {
    case "Sequence": self = .sequence(try node.required("normalizers").nodes().map(Normalizer.init))
    case "BertNormalizer": self = .bert(try BertNormalizer(node))
    case "NFC": self = .form(.nfc)
    case "NFD": self = .form(.nfd)
    case "NFKC": self = .form(.nfkc)
    case "NFKD": self = .form(.nfkd)
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "Strip":
      self = .strip(
        left: try node.required("strip_left").bool(), right: try node.required("strip_right").bool())
    case "Replace":
      self = .replace(
        try Pattern(try node.required("pattern")), with: [UInt8](try node.required("content").string()))
    case "Prepend": self = .prepend([UInt8](try node.required("prepend").string()))
    case "Precompiled": self = .precompiled(try Charsmap(try node.required("precompiled_charsmap")))
    case "Nmt": self = .nmt
    case "ByteLevel": self = .byteLevel
    case let other: throw node.unsupported("normalizer", other, known: Self.known)
    }
  }

  /// Changes every piece of a text that is no added token.
  func apply(to text: inout AlignedText) throws {
    switch self {
    case .sequence(let parts): for part in parts { try part.apply(to: &text) }
    case .bert(let bert): bert.apply(to: &text)
    case .form(let form): text.rewrite { form.apply($0, &$1) }
    case .lowercase: text.rewrite(Self.lowercase)
    case .stripAccents: text.rewrite { source, writer in writer.filter { !ScalarClass.of($0).contains(.mark) } }
    case .strip(let left, let right): text.rewrite { Self.strip($0, &$1, left, right) }
    case .replace(let pattern, let content): try text.rewrite { try Self.replace($0, &$1, pattern, content) }
    case .prepend(let prefix):
      text.rewrite { source, writer in
        writer.prepend(prefix)
        writer.copy(0..<source.count)
      }
    case .precompiled(let charsmap): text.rewrite { charsmap.apply($0, &$1) }
    case .nmt: Self.nmt(&text)
    case .byteLevel:
      text.rewrite { source, writer in for i in source.indices { writer.putByteCharacter(ofByteAt: i) } }
    }
  }

  static func lowercase(_ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter) {
    source.forEachScalar { value in
      if value < 0x80 {
        writer.replace(with: (0x41...0x5A).contains(value) ? value | 0x20 : value)
      } else if let scalar = Unicode.Scalar(value) {
        var first = true
        for lower in scalar.properties.lowercaseMapping.unicodeScalars {
          if first { writer.replace(with: lower.value) } else { writer.insert(lower.value) }
          first = false
        }
      }
    }
  }

  private static func strip(
    _ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter, _ left: Bool, _ right: Bool
  ) {
    var (lower, upper) = (0, source.count)
    while left, lower < upper {
      let (scalar, length) = source.scalar(at: lower)
      guard ScalarClass.of(scalar).contains(.space) else { break }
      lower += length
    }
    while right, upper > lower {
      let start = source.scalarStart(before: upper)
      guard ScalarClass.of(source.scalar(at: start).value).contains(.space) else { break }
      upper = start
    }
    writer.copy(lower..<upper)
  }

  static func replace(
    _ source: UnsafeBufferPointer<UInt8>, _ writer: inout Rewriter, _ pattern: Pattern, _ content: [UInt8]
  ) throws {
    var end = 0
    try pattern.forEachMatch(in: source) { match in
      writer.copy(end..<match.lowerBound)
      writer.put(content, after: match.upperBound)
      end = match.upperBound
    }
    writer.copy(end..<source.count)
  }

  /// What SentencePiece's rule "nmt" does to control characters and spaces.
  private static func nmt(_ text: inout AlignedText) {
    text.rewrite { _, writer in
      writer.filter { scalar in
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: false
        default: true
        }
      }
    }
    text.rewrite { source, writer in
      source.forEachScalar { scalar in
        switch scalar {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
          writer.replace(with: 0x20)
        default: writer.replace(with: scalar)
        }
      }
    }
  }
}

extension Rewriter {
  /// Keeps the characters of the source for which `keep` is true.
  mutating func filter(_ keep: (UInt32) -> Bool) {
    var i = 0
    while i < source.count {
      let (scalar, length) = source.scalar(at: i)
      if keep(scalar) { copy(i..<i + length) }
      i += length
    }
  }
}
