/// What makes text of tokens, of the kinds that a `tokenizer.json` names. Each takes a list of texts and makes another.
indirect enum Decoder: Sendable {
  case sequence([Decoder])
  case byteLevel
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  case metaspace(replacement: [UInt8], dropsFirst: Bool)
  case bytePairs(suffix: [UInt8])
  case fuse
  case replace(Pattern, with: [UInt8])
  case strip([UInt8], start: Int, stop: Int)
  case byteFallback

  static let known = [
    "Sequence", "ByteLevel", "WordPiece", "Metaspace", "BPEDecoder", "Fuse", "Replace", "Strip", "ByteFallback",
  ]

  init(_ node: JSONNode) throws {
    switch try node.type() {
    case "Sequence": self = .sequence(try node.required("decoders").nodes().map(Decoder.init))
    case "ByteLevel": self = .byteLevel
    case "WordPiece":
      self = .wordPiece(
        prefix: [UInt8](try node.string("prefix", default: "##")), cleansUp: try node.bool("cleanup", default: true))
    case "Metaspace":
      let metaspace = try Metaspace(node)
      self = .metaspace(replacement: metaspace.replacement, dropsFirst: metaspace.prepending != .never)
    case "BPEDecoder": self = .bytePairs(suffix: [UInt8](try node.string("suffix", default: "</w>")))
    case "Fuse": self = .fuse
    case "Replace":
      self = .replace(
        try Pattern(try node.required("pattern")), with: [UInt8](try node.required("content").string()))
    case "Strip":
      self = .strip(
        [UInt8](String(Character(try node.required("content").scalar()))), start: try node.required("start").count(),
        stop: try node.required("stop").count())
    case "ByteFallback": self = .byteFallback
    case let other: throw node.unsupported("decoder", other, known: Self.known)
    }
  }

  func apply(_ tokens: [[UInt8]]) throws -> [[UInt8]] {
    switch self {
    case .sequence(let parts): return try parts.reduce(tokens) { try $1.apply($0) }
    case .byteLevel: return [Self.bytes(ofByteLevel: tokens)]
    case .wordPiece(let prefix, let cleansUp):
      return tokens.enumerated().map { index, token in
        var token = token
        if index > 0 { token = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token }
        return cleansUp ? Self.cleanedUp(token) : token
      }
    case .metaspace(let replacement, let dropsFirst):
      return tokens.enumerated().map { index, token in
        token.replacing(replacement, with: index == 0 && dropsFirst ? [] : [0x20])
      }
    case .bytePairs(let suffix):
      return tokens.enumerated().map { $1.replacing(suffix, with: $0 == tokens.count - 1 ? [] : [0x20]) }
    case .fuse: return [Array(tokens.joined())]
    case .replace(let pattern, let content): return try tokens.map { try Self.replaced($0, pattern, content) }
    case .strip(let content, let start, let stop): return tokens.map { Self.stripped($0, content, start, stop) }
    case .byteFallback: return Self.bytesFallenBackTo(tokens)
    }
  }

  /// Bytes of the visible characters; a token that has another character stands for itself.
  private static func bytes(ofByteLevel tokens: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for token in tokens {
      let start = bytes.count
      let isWhole = token.withUnsafeBufferPointer { token in
        var i = 0
        while i < token.count {
          let (scalar, length) = token.scalar(at: i)
          guard let byte = ByteAlphabet.byte(of: scalar) else { return false }
          bytes.append(byte)
          i += length
        }
        return true
      }
      if !isWhole { bytes.replaceSubrange(start..., with: token) }
    }
    return bytes
  }

  /// The spaces that English does not have.
  private static func cleanedUp(_ token: [UInt8]) -> [UInt8] {
    guard token.contains(0x20) else { return token }
    return cleanups.reduce(token) { $0.replacing($1.0, with: $1.1) }
  }

  private static let cleanups: [([UInt8], [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { ([UInt8]($0), [UInt8]($1)) }

  private static func replaced(_ token: [UInt8], _ pattern: Pattern, _ content: [UInt8]) throws -> [UInt8] {
    try token.withUnsafeBufferPointer { token in
      var made: [UInt8] = []
      try pattern.forEachPart(in: token) { made.append(contentsOf: $1 ? content : Array(token[$0])) }
      return made
    }
  }

  private static func stripped(_ token: [UInt8], _ content: [UInt8], _ start: Int, _ stop: Int) -> [UInt8] {
    var token = token[...]
    var (first, last) = (start, stop)
    while first > 0, token.starts(with: content) {
      token = token.dropFirst(content.count)
      first -= 1
    }
    while last > 0, token.suffix(content.count).elementsEqual(content) {
      token = token.dropLast(content.count)
      last -= 1
    }
    return Array(token)
  }

  /// Bytes in a row become text where they are UTF-8, and one U+FFFD each where they are not.
  private static func bytesFallenBackTo(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var made: [[UInt8]] = []
    var bytes: [UInt8] = []
    func flush() {
      guard !bytes.isEmpty else { return }
      if String(validating: bytes, as: UTF8.self) != nil {
        made.append(bytes)
      } else {
        made.append(contentsOf: repeatElement([UInt8]("\u{FFFD}"), count: bytes.count))
      }
      bytes = []
    }
    for token in tokens {
      if token.count == 6, token.starts(with: [UInt8]("<0x")), token[5] == UInt8(ascii: ">"),
        let byte = UInt8(token[3...4].map { $0 }.text, radix: 16), token[3] != UInt8(ascii: "+")
      {
        bytes.append(byte)
      } else {
        flush()
        made.append(token)
      }
    }
    flush()
    return made
  }
}

extension [UInt8] {
  /// Puts another text in the place of each occurrence of one.
  func replacing(_ old: [UInt8], with new: [UInt8]) -> [UInt8] {
    guard let first = old.first, contains(first) else { return self }
    var made: [UInt8] = []
    var i = 0
    while i < count {
      if self[i] == first, self[i...].starts(with: old) {
        made.append(contentsOf: new)
        i += old.count
      } else {
        made.append(self[i])
        i += 1
      }
    }
    return made
  }
}
