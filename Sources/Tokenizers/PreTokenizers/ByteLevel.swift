/// GPT-2's cutting into words and writing of bytes as visible characters.
struct ByteLevel: Sendable {
  var addsPrefixSpace = false
  var usesRegex = true

  init(addsPrefixSpace: Bool) { self.addsPrefixSpace = addsPrefixSpace }

  init(_ node: JSONNode) throws {
    addsPrefixSpace = try node.required("add_prefix_space").bool()
    usesRegex = try node.bool("use_regex", default: true)
  }

  func apply(to text: inout AlignedText) {
    if addsPrefixSpace {
      text.rewrite { source, writer in
        if let first = source.first, first != 0x20 { writer.prepend([0x20]) }
        writer.copy(0..<source.count)
      }
    }
    text.cut { source, cutter in
      guard usesRegex else {
        cutter.keep(0, source.count)
        return
      }
      var i = 0
      while i < source.count {
        let end = GPT2Scanner.end(of: source, from: i)
        cutter.keep(i, end)
        i = end
      }
    }
    text.rewrite { source, writer in for i in source.indices { writer.putByteCharacter(ofByteAt: i) } }
  }
}
