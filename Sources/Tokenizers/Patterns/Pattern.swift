import Foundation

/// What splits and replacements look for: literal text or a regular expression, over Unicode scalars. Swift's own
/// `Regex` is not used: it takes graphemes for characters, and it is some hundred times slower on these short matches.
enum Pattern: Sendable {
  /// Text that is not empty.
  case literal([UInt8])
  /// GPT-2's regular expression.
  case gpt2
  case regex(Regex)

  /// Reads `{"String": text}` or `{"Regex": text}`.
  init(_ node: JSONNode) throws {
    if let text = try node.member("String") {
      self = .literal([UInt8](try text.string()))
      return
    }
    let regex = try node.required("Regex")
    let source = try regex.string()
    if source.isIdentical(to: GPT2Scanner.pattern) {
      self = .gpt2
      return
    }
    do {
      self = .regex(try Regex(source))
    } catch {
      throw regex.fault("the regular expression \(source): \(error.problem)")
    }
  }

  /// Calls `body` with each match, in order.
  func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) throws {
    switch self {
    case .literal(let literal):
      guard let first = literal.first else { return }
      var i = 0
      while i + literal.count <= text.count {
        if text[i] == first, text.starts(with: literal, at: i) {
          body(i..<i + literal.count)
          i += literal.count
        } else {
          i += 1
        }
      }
    case .gpt2:
      var i = 0
      while i < text.count {
        let end = GPT2Scanner.end(of: text, from: i)
        body(i..<end)
        i = end
      }
    case .regex(let regex): try regex.forEachMatch(in: text, body)
    }
  }

  /// Calls `body` with all parts of a text in order, and whether they match. An empty text is one part.
  func forEachPart(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Bool) -> Void) throws {
    guard !text.isEmpty else {
      body(0..<0, false)
      return
    }
    var end = 0
    try forEachMatch(in: text) { match in
      if end != match.lowerBound { body(end..<match.lowerBound, false) }
      body(match, true)
      end = match.upperBound
    }
    if end != text.count { body(end..<text.count, false) }
  }
}
