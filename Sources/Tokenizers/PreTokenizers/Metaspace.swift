/// Spaces become a visible character, which one may be put in front too, and words are cut before it.
struct Metaspace: Sendable {
  enum Prepending: String, CaseIterable { case first, never, always }

  let replacement: [UInt8]
  let prepending: Prepending
  let splits: Bool

  init(_ node: JSONNode) throws {
    replacement = [UInt8](String(Character(try node.required("replacement").scalar())))
    let scheme = try node.member("prepend_scheme")
    let name = try scheme?.string() ?? Prepending.always.rawValue
    guard let found = Prepending(rawValue: name) else {
      throw (scheme ?? node).unsupported("prepend scheme", name, known: Prepending.allCases.map(\.rawValue))
    }
    let addsPrefixSpace = try node.bool("add_prefix_space", default: true)
    guard addsPrefixSpace || found == .never || scheme == nil else {
      throw node.fault("add_prefix_space is false, but prepend_scheme is \(name); never is expected")
    }
    prepending = addsPrefixSpace ? found : .never
    splits = try node.bool("split", default: true)
  }

  func apply(to text: inout AlignedText) throws {
    let origins = text.pieces.filter { $0.token < 0 }.map(\.origin)
    var index = 0
    try text.rewrite { source, writer in
      let starts = source.first == 0x20 || source.starts(with: replacement)
      if !starts, prepending == .always || (prepending == .first && origins[index] == 0) { writer.prepend(replacement) }
      try Normalizer.replace(source, &writer, .literal([0x20]), replacement)
      index += 1
    }
    try text.cut { source, cutter in
      guard splits else {
        cutter.keep(0, source.count)
        return
      }
      try SplitBehavior.mergedWithNext.cut(source, .literal(replacement), inverted: false, &cutter)
    }
  }
}
