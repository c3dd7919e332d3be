/// What cuts a text into the pieces that the model sees, of the kinds that a `tokenizer.json` names.
indirect enum PreTokenizer: Sendable {
  case sequence([PreTokenizer])
  case byteLevel(ByteLevel)
  case bert
  case whitespace
  case whitespaceSplit
  case metaspace(Metaspace)
  case split(Pattern, SplitBehavior, inverted: Bool)
  case punctuation(SplitBehavior)
  case digits(individual: Bool)

  static let known = [
    "Sequence", "ByteLevel", "BertPreTokenizer", "Whitespace", "WhitespaceSplit", "Metaspace", "Split", "Punctuation",
    "Digits", "CharDelimiterSplit",
  ]

  init(_ node: JSONNode) throws {
    switch try node.type() {
    case "Sequence": self = .sequence(try node.required("pretokenizers").nodes().map(PreTokenizer.init))
    case "ByteLevel": self = .byteLevel(try ByteLevel(node))
    case "BertPreTokenizer": self = .bert
    case "Whitespace": self = .whitespace
    case "WhitespaceSplit": self = .whitespaceSplit
    case "Metaspace": self = .metaspace(try Metaspace(node))
    case "Split":
      self = .split(
        try Pattern(try node.required("pattern")), try SplitBehavior(try node.required("behavior")),
        inverted: try node.required("invert").bool())
    case "CharDelimiterSplit":
      let delimiter = String(Character(try node.required("delimiter").scalar()))
      self = .split(.literal([UInt8](delimiter)), .removed, inverted: false)
    case "Punctuation": self = .punctuation(try node.member("behavior").map(SplitBehavior.init) ?? .isolated)
    case "Digits": self = .digits(individual: try node.bool("individual_digits", default: false))
    case let other: throw node.unsupported("pre-tokenizer", other, known: Self.known)
    }
  }

  /// Cuts every piece of a text that is no added token.
  func apply(to text: inout AlignedText) throws {
    switch self {
    case .sequence(let parts): for part in parts { try part.apply(to: &text) }
    case .byteLevel(let level): level.apply(to: &text)
    case .bert:
      text.cut { source, cutter in
        Self.cut(source, &cutter) { classes in
          classes.contains(.space) ? .dropped : classes.contains(.punctuation) ? .alone : .kept(0)
        }
      }
    case .whitespace:
      text.cut { source, cutter in
        Self.cut(source, &cutter) { classes in
          classes.contains(.word) ? .kept(0) : classes.contains(.space) ? .dropped : .kept(1)
        }
      }
    case .whitespaceSplit:
      text.cut { source, cutter in Self.cut(source, &cutter) { $0.contains(.space) ? .dropped : .kept(0) } }
    case .metaspace(let metaspace): try metaspace.apply(to: &text)
    case .split(let pattern, let behavior, let inverted):
      try text.cut { try behavior.cut($0, pattern, inverted: inverted, &$1) }
    case .punctuation(let behavior): text.cut { behavior.cut($0, &$1) { $0.contains(.punctuation) } }
    case .digits(let individual):
      let behavior = individual ? SplitBehavior.isolated : .contiguous
      text.cut { behavior.cut($0, &$1) { $0.contains(.numeric) } }
    }
  }

  /// What becomes of a character: dropped, a piece by itself, or part of a run of its kind.
  private enum Fate: Equatable {
    case dropped
    case alone
    case kept(Int)
  }

  @inline(__always)
  private static func cut(
    _ source: UnsafeBufferPointer<UInt8>, _ cutter: inout AlignedText.Cutter, _ fate: (ScalarClass) -> Fate
  ) {
    var start = 0
    var last = Fate.dropped
    var i = 0
    while i < source.count {
      let (scalar, length) = source.scalar(at: i)
      let next = fate(ScalarClass.of(scalar))
      if next != last || next == .alone {
        if last != .dropped { cutter.keep(start, i) }
        start = i
        last = next
      }
      i += length
    }
    if last != .dropped { cutter.keep(start, source.count) }
  }
}
