/// Runs the program of a `Regex`.
struct RegexMatcher {
  private enum Retry {
    /// Go on there.
    case at(Int, Int)
    /// A greedy run that can give back scalars down to a position.
    case shorter(Int, Int, Int)
    /// A lazy run that can take one more scalar, at most so many.
    case longer(Int, Int, Int)
    /// A mark to put back.
    case mark(Int, Int)
  }

  private let text: UnsafeBufferPointer<UInt8>
  private var stack: [Retry] = []
  private var marks: [Int] = []
  /// Patterns that backtrack without end on some text are stopped here.
  private static let mostSteps = 50_000_000
  private var steps = 0

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  /// Where a match ends that begins at a byte.
  mutating func match(_ program: Regex.Program, at start: Int) throws -> Int? {
    let base = stack.count
    let outerMarks = marks
    marks = [Int](repeating: -1, count: program.marks)
    defer {
      stack.removeSubrange(base...)
      marks = outerMarks
    }
    var (pc, i) = (0, start)
    while true {
      steps += 1
      guard steps < Self.mostSteps else {
        throw TokenizerError.request(
          "the tokenizer's regular expression takes too long on a text of \(text.count) bytes")
      }
      var matched = true
      switch program.instructions[pc] {
      case .match: return i
      case .one(let set):
        if let length = length(of: set, at: i) {
          i += length
          pc += 1
        } else {
          matched = false
        }
      case .run(let set, let least, let most, let greed): matched = run(set, least, most, greed, &pc, &i)
      case .jump(let place): pc = place
      case .either(let first, let second):
        stack.append(.at(second, i))
        pc = first
      case .mark(let index):
        stack.append(.mark(index, marks[index]))
        marks[index] = i
        pc += 1
      case .progress(let index):
        matched = marks[index] != i
        pc += 1
      case .look(let inner, let expected):
        matched = (try match(inner, at: i) != nil) == expected
        pc += 1
      case .atomic(let inner):
        if let end = try match(inner, at: i) {
          i = end
          pc += 1
        } else {
          matched = false
        }
      case let assertion:
        matched = holds(assertion, at: i)
        pc += 1
      }
      if !matched, !retry(program, base, &pc, &i) { return nil }
    }
  }

  private func length(of set: ScalarSet, at index: Int) -> Int? {
    guard index < text.count else { return nil }
    let (scalar, length) = text.scalar(at: index)
    return set.contains(scalar) ? length : nil
  }

  private mutating func run(
    _ set: ScalarSet, _ least: Int, _ most: Int, _ greed: Regex.Greed, _ pc: inout Int, _ i: inout Int
  ) -> Bool {
    var count = 0
    let wanted = greed == .lazy ? least : most
    var enough = i
    while count < wanted, let length = length(of: set, at: i) {
      i += length
      count += 1
      if count == least { enough = i }
    }
    guard count >= least else { return false }
    pc += 1
    switch greed {
    case .greedy: if i > enough { stack.append(.shorter(pc, i, enough)) }
    case .lazy: if most > count { stack.append(.longer(pc - 1, i, most - count)) }
    case .possessive: break
    }
    return true
  }

  /// Takes the latest choice back.
  private mutating func retry(_ program: Regex.Program, _ base: Int, _ pc: inout Int, _ i: inout Int) -> Bool {
    while stack.count > base {
      switch stack.removeLast() {
      case .at(let place, let index):
        (pc, i) = (place, index)
        return true
      case .shorter(let place, let index, let least):
        let shorter = text.scalarStart(before: index)
        if shorter > least { stack.append(.shorter(place, shorter, least)) }
        (pc, i) = (place, shorter)
        return true
      case .longer(let place, let index, let most):
        guard case .run(let set, _, _, _) = program.instructions[place], let length = length(of: set, at: index)
        else { continue }
        if most > 1 { stack.append(.longer(place, index + length, most - 1)) }
        (pc, i) = (place + 1, index + length)
        return true
      case .mark(let index, let old): marks[index] = old
      }
    }
    return false
  }

  private func holds(_ assertion: Regex.Instruction, at i: Int) -> Bool {
    switch assertion {
    case .textStart: i == 0
    case .textEnd: i == text.count
    case .lineStart: i == 0 || text[i - 1] == 0x0A
    case .lineEnd: i == text.count || text[i] == 0x0A
    case .wordBoundary(let expected): (isWord(before: i) != isWord(at: i)) == expected
    case .behind(let set, let expected):
      (i > 0 && set.contains(text.scalar(at: text.scalarStart(before: i)).value)) == expected
    default: false
    }
  }

  private func isWord(before i: Int) -> Bool {
    i > 0 && isWord(text.scalar(at: text.scalarStart(before: i)).value)
  }

  private func isWord(at i: Int) -> Bool { i < text.count && isWord(text.scalar(at: i).value) }

  private func isWord(_ scalar: UInt32) -> Bool {
    ScalarClass.of(scalar).contains(.onigurumaWord) || ScalarSet.latinNumbers.contains(scalar)
  }
}
