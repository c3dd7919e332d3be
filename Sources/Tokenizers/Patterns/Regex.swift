/// A regular expression of the kind that tokenizers use, matched by backtracking with a stack of its own: alternatives,
/// groups, greedy, lazy and possessive repetition, classes, general categories, White_Space, anchors, lookahead, and
/// lookbehind of one character. What it does not know is an error when it is read, never a different match.
struct Regex: Sendable {
  /// What is wrong with a pattern.
  struct Fault: Error {
    var problem: String
  }

  /// A step of the program that a pattern becomes.
  enum Instruction: Sendable {
    case match
    /// One scalar of a set.
    case one(ScalarSet)
    /// A run of scalars of a set.
    case run(ScalarSet, atLeast: Int, atMost: Int, Greed)
    case jump(Int)
    /// Tries the first place, then the second.
    case either(Int, Int)
    /// Remembers where a loop's round began, for `again`.
    case mark(Int)
    /// Goes on only if the round has taken something: an empty round would go on for ever.
    case progress(Int)
    case textStart
    case textEnd
    case lineStart
    case lineEnd
    case wordBoundary(Bool)
    /// A program that must (or must not) match here.
    case look(Regex.Program, expected: Bool)
    /// The scalar before must (or must not) be in a set.
    case behind(ScalarSet, expected: Bool)
    /// A group that is not tried again once it has matched.
    case atomic(Regex.Program)
  }

  enum Greed: Sendable { case greedy, lazy, possessive }

  struct Program: Sendable {
    var instructions: [Instruction]
    var marks: Int
  }

  let program: Program

  init(_ source: String) throws(Fault) {
    var compiler = RegexCompiler(source)
    program = try compiler.compile()
  }

  /// Calls `body` with each match, leftmost first. An empty match right after another one is none, as in Oniguruma.
  func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) throws {
    var matcher = RegexMatcher(text)
    var start = 0
    var last = -1
    while start <= text.count {
      guard let end = try matcher.match(program, at: start) else {
        guard start < text.count else { return }
        start += text.scalarLength(at: start)
        continue
      }
      if end > start || start != last {
        body(start..<end)
        last = end
      }
      if end > start {
        start = end
      } else {
        guard start < text.count else { return }
        start += text.scalarLength(at: start)
      }
    }
  }
}
