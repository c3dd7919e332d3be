/// What puts special tokens around texts and trims spans, of the kinds that a `tokenizer.json` names.
indirect enum PostProcessor: Sendable {
  case sequence([PostProcessor])
  case byteLevel(trimsSpans: Bool, addsPrefixSpace: Bool)
  case roberta(separator: Int32, start: Int32, trimsSpans: Bool, addsPrefixSpace: Bool)
  case bert(separator: Int32, start: Int32)
  case template(single: [Part], pair: [Part])

  /// A part of a template.
  enum Part: Sendable {
    case text(Int, typeID: Int32)
    case special([Int32], typeID: Int32)
  }

  static let known = ["Sequence", "ByteLevel", "RobertaProcessing", "BertProcessing", "TemplateProcessing"]

  init(_ node: JSONNode) throws {
    switch try node.type() {
    case "Sequence": self = .sequence(try node.required("processors").nodes().map(PostProcessor.init))
    case "ByteLevel":
      self = .byteLevel(
        trimsSpans: try node.required("trim_offsets").bool(),
        addsPrefixSpace: try node.required("add_prefix_space").bool())
    case "RobertaProcessing":
      self = .roberta(
        separator: try Self.token(node, "sep"), start: try Self.token(node, "cls"),
        trimsSpans: try node.bool("trim_offsets", default: true),
        addsPrefixSpace: try node.bool("add_prefix_space", default: true))
    case "BertProcessing":
      self = .bert(separator: try Self.token(node, "sep"), start: try Self.token(node, "cls"))
    case "TemplateProcessing": self = try Self.template(node)
    case let other: throw node.unsupported("post-processor", other, known: Self.known)
    }
  }

  /// A token and its id, of which only the id counts.
  private static func token(_ node: JSONNode, _ key: String) throws -> Int32 {
    let pair = try node.required(key)
    let items = try pair.nodes()
    guard items.count == 2 else { throw pair.fault("a token and its id are expected") }
    return Int32(try items[1].count())
  }

  private static func template(_ node: JSONNode) throws -> PostProcessor {
    let specials = try node.required("special_tokens")
    func parts(_ key: String, texts: Int) throws -> [Part] {
      try node.required(key).nodes().map { part in
        if let text = try part.member("Sequence") {
          let id = try text.required("id")
          guard let index = ["A", "B"].firstIndex(of: try id.string()), index < texts else {
            throw id.fault("\(texts == 1 ? "A" : "A or B") is expected")
          }
          return .text(index, typeID: Int32(try text.required("type_id").count()))
        }
        let special = try part.required("SpecialToken")
        let name = try special.required("id").string()
        let ids = try specials.required(name).required("ids").nodes().map { Int32(try $0.count()) }
        return .special(ids, typeID: Int32(try special.required("type_id").count()))
      }
    }
    return .template(single: try parts("single", texts: 1), pair: try parts("pair", texts: 2))
  }

  /// Whether it wants to know the spaces of tokens.
  var trimsSpans: Bool {
    switch self {
    case .sequence(let parts): parts.contains(where: \.trimsSpans)
    case .byteLevel(let trims, _): trims
    case .roberta(_, _, let trims, _): trims
    case .bert, .template: false
    }
  }

  /// Turns the tokens of one or two texts into what is put together in the end.
  func apply(_ texts: [[EncodedToken]], addsSpecialTokens: Bool) throws -> [[EncodedToken]] {
    switch self {
    case .sequence(let parts):
      return try parts.reduce(texts) { try $1.apply($0, addsSpecialTokens: addsSpecialTokens) }
    case .byteLevel(let trims, let prefix): return trims ? texts.map { Self.trimmed($0, prefix) } : texts
    case .roberta(let separator, let start, let trims, let prefix):
      let trimmed = (trims ? texts.map { Self.trimmed($0, prefix) } : texts).map { Self.typed($0, 0) }
      guard addsSpecialTokens else { return trimmed }
      return trimmed.enumerated().map { index, tokens in
        [.special(index == 0 ? start : separator)] + tokens + [.special(separator)]
      }
    case .bert(let separator, let start):
      guard addsSpecialTokens else { return texts }
      return texts.enumerated().map { index, tokens in
        let typeID = Int32(index == 0 ? 0 : 1)
        let first: [EncodedToken] = index == 0 ? [.special(start)] : []
        return first + Self.typed(tokens, typeID) + [.special(separator, typeID: typeID)]
      }
    case .template(let single, let pair):
      guard (1...2).contains(texts.count) else {
        throw TokenizerError.request("the tokenizer has two templates in a row, which can't be applied")
      }
      return (texts.count == 1 ? single : pair).compactMap { part in
        switch part {
        case .text(let index, let typeID): return Self.typed(texts[index], typeID)
        case .special(let ids, let typeID):
          return addsSpecialTokens ? ids.map { .special($0, typeID: typeID) } : nil
        }
      }
    }
  }

  private static func typed(_ tokens: [EncodedToken], _ typeID: Int32) -> [EncodedToken] {
    tokens.map { token in
      var token = token
      token.typeID = typeID
      return token
    }
  }

  /// Leaves the spaces of tokens out of their spans. One space at the start of the text may be one that was put there.
  private static func trimmed(_ tokens: [EncodedToken], _ addsPrefixSpace: Bool) -> [EncodedToken] {
    tokens.enumerated().map { index, token in
      var token = token
      let isFirst = index == 0 || token.span.start == 0
      let wasPut = isFirst && addsPrefixSpace && token.leadingSpaces == 1
      if token.leadingSpaces > 0, !wasPut {
        token.span.start = min(token.span.start + token.leadingSpaces, token.span.end)
      }
      if token.trailingSpaces > 0, token.span.end >= token.trailingSpaces {
        token.span.end = max(token.span.end - token.trailingSpaces, token.span.start)
      }
      return token
    }
  }
}
