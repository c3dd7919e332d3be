/// Turns the text of a regular expression into a program.
struct RegexCompiler {
  private let source: [Unicode.Scalar]
  private var position = 0
  private var instructions: [Regex.Instruction] = []
  private var marks = 0
  private var ignoresCase = false
  private var depth = 0

  init(_ source: String) { self.source = Array(source.unicodeScalars) }

  mutating func compile() throws(Regex.Fault) -> Regex.Program {
    try alternatives()
    guard position == source.count else { throw fault("a closing parenthesis without an opening one") }
    instructions.append(.match)
    return Regex.Program(instructions: instructions, marks: marks)
  }

  private func fault(_ problem: String) -> Regex.Fault { Regex.Fault(problem: "\(problem), at character \(position)") }

  private var next: Unicode.Scalar? { position < source.count ? source[position] : nil }

  private mutating func take(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard source[position...].starts(with: scalars) else { return false }
    position += scalars.count
    return true
  }

  private mutating func alternatives() throws(Regex.Fault) {
    depth += 1
    guard depth < 64 else { throw fault("groups are nested deeper than 64") }
    defer { depth -= 1 }
    var ends: [Int] = []
    while true {
      let start = instructions.count
      try sequence()
      guard next == "|" else { break }
      position += 1
      // The branch that was just written becomes the first of two.
      insert(.either(start + 1, instructions.count + 2), at: start)
      ends.append(instructions.count)
      instructions.append(.jump(0))
    }
    for end in ends { instructions[end] = .jump(instructions.count) }
  }

  /// Puts an instruction in front of those from an index on, whose places move by one.
  private mutating func insert(_ instruction: Regex.Instruction, at index: Int) {
    func moved(_ place: Int) -> Int { place >= index ? place + 1 : place }
    for i in index..<instructions.count {
      switch instructions[i] {
      case .jump(let place): instructions[i] = .jump(moved(place))
      case .either(let first, let second): instructions[i] = .either(moved(first), moved(second))
      default: break
      }
    }
    instructions.insert(instruction, at: index)
  }

  private mutating func sequence() throws(Regex.Fault) {
    while let scalar = next, scalar != "|", scalar != ")" {
      let start = instructions.count
      try atom()
      try repetition(from: start)
    }
  }

  private mutating func atom() throws(Regex.Fault) {
    let scalar = source[position]
    position += 1
    switch scalar {
    case "(": try group()
    case "[": add(try characterClass())
    case ".": add(ScalarSet([.range(0x0A...0x0A)], inverted: true))
    case "^": instructions.append(.lineStart)
    case "$": instructions.append(.lineEnd)
    case "\\": try escape()
    case "*", "+", "?":
      position -= 1
      throw fault("a repetition of nothing")
    default: add(ScalarSet([.range(scalar.value...scalar.value)]))
    }
  }

  private mutating func add(_ set: ScalarSet) { instructions.append(.one(ignoresCase ? set.ignoringCase() : set)) }

  private mutating func group() throws(Regex.Fault) {
    let outerCase = ignoresCase
    defer { ignoresCase = outerCase }
    if take("?:") {
      try alternatives()
    } else if take("?i:") {
      ignoresCase = true
      try alternatives()
    } else if take("?=") {
      instructions.append(.look(try program(), expected: true))
    } else if take("?!") {
      instructions.append(.look(try program(), expected: false))
    } else if take("?>") {
      instructions.append(.atomic(try program()))
    } else if take("?<=") {
      instructions.append(.behind(try singleSet(), expected: true))
    } else if take("?<!") {
      instructions.append(.behind(try singleSet(), expected: false))
    } else if next == "?" {
      throw fault("a group of an unknown kind")
    } else {
      try alternatives()
    }
    guard take(")") else { throw fault("a group that is not closed") }
  }

  /// The program of what stands up to the closing parenthesis.
  private mutating func program() throws(Regex.Fault) -> Regex.Program {
    let (outer, outerMarks) = (instructions, marks)
    instructions = []
    marks = 0
    try alternatives()
    let inner = Regex.Program(instructions: instructions + [.match], marks: marks)
    (instructions, marks) = (outer, outerMarks)
    return inner
  }

  private mutating func singleSet() throws(Regex.Fault) -> ScalarSet {
    let inner = try program()
    guard inner.instructions.count == 2, case .one(let set) = inner.instructions[0] else {
      throw fault("a lookbehind of more or less than one character, which is not supported")
    }
    return set
  }

  private mutating func escape() throws(Regex.Fault) {
    switch next {
    case "A": instructions.append(.textStart)
    case "z", "Z": instructions.append(.textEnd)
    case "b": instructions.append(.wordBoundary(true))
    case "B": instructions.append(.wordBoundary(false))
    default:
      switch try escapedItem() {
      case .set(let set): add(set)
      case let item: add(ScalarSet([item]))
      }
      return
    }
    position += 1
  }

  /// What follows a backslash, within a class or outside.
  private mutating func escapedItem(inClass: Bool = false) throws(Regex.Fault) -> ScalarSet.Item {
    guard let scalar = next else { throw fault("a backslash at the end") }
    position += 1
    switch scalar {
    case "s": return .classes(.space)
    case "S": return .set(ScalarSet([.classes(.space)], inverted: true))
    case "w", "W":
      // Outside of a class Oniguruma takes ², ¼ and the like for word characters, within one it does not.
      let superscripts = ScalarSet.Item.set(ScalarSet.latinNumbers)
      let set = ScalarSet([.classes(.onigurumaWord)] + (inClass ? [] : [superscripts]), inverted: scalar == "W")
      return .set(set)
    case "d": return .category([.decimalNumber])
    case "D": return .set(ScalarSet([.category([.decimalNumber])], inverted: true))
    case "p", "P":
      guard take("{"), let end = source[position...].firstIndex(of: "}") else {
        throw fault("a property in braces is expected")
      }
      var name = String(String.UnicodeScalarView(source[position..<end]))
      position = end + 1
      var inverted = scalar == "P"
      if name.hasPrefix("^") {
        name.removeFirst()
        inverted.toggle()
      }
      guard let set = ScalarSet(category: name, inverted: inverted) else {
        throw fault("the property \(name), which is not supported")
      }
      return .set(set)
    case "n": return .range(0x0A...0x0A)
    case "r": return .range(0x0D...0x0D)
    case "t": return .range(0x09...0x09)
    case "f": return .range(0x0C...0x0C)
    case "v": return .range(0x0B...0x0B)
    case "x", "u":
      let value = try hexadecimal(digits: scalar == "x" ? 2 : 4)
      return .range(value...value)
    default:
      guard !("a"..."z").contains(scalar), !("A"..."Z").contains(scalar), !("0"..."9").contains(scalar) else {
        throw fault("the escape \\\(scalar), which is not supported")
      }
      return .range(scalar.value...scalar.value)
    }
  }

  private mutating func hexadecimal(digits: Int) throws(Regex.Fault) -> UInt32 {
    var text: ArraySlice<Unicode.Scalar>
    if take("{") {
      guard let end = source[position...].firstIndex(of: "}") else { throw fault("a brace that is not closed") }
      text = source[position..<end]
      position = end + 1
    } else {
      text = source[position..<min(position + digits, source.count)]
      position += text.count
    }
    guard let value = UInt32(String(String.UnicodeScalarView(text)), radix: 16) else {
      throw fault("hexadecimal digits are expected")
    }
    return value
  }

  private mutating func characterClass() throws(Regex.Fault) -> ScalarSet {
    depth += 1
    guard depth < 64 else { throw fault("classes are nested deeper than 64") }
    defer { depth -= 1 }
    let inverted = take("^")
    var items: [ScalarSet.Item] = []
    while let scalar = next {
      if scalar == "]", !items.isEmpty {
        position += 1
        return ScalarSet(items, inverted: inverted)
      }
      guard !take("&&") else { throw fault("an intersection of classes, which is not supported") }
      position += 1
      var item = ScalarSet.Item.range(scalar.value...scalar.value)
      if scalar == "[" { item = .set(try characterClass()) }
      if scalar == "\\" { item = try escapedItem(inClass: true) }
      if case .range(let first) = item, next == "-", position + 1 < source.count, source[position + 1] != "]" {
        position += 1
        let upper = source[position]
        position += 1
        let last = upper == "\\" ? try escapedItem(inClass: true) : .range(upper.value...upper.value)
        guard case .range(let range) = last, range.lowerBound >= first.lowerBound else {
          throw fault("a range that does not go upward")
        }
        item = .range(first.lowerBound...range.lowerBound)
      }
      items.append(item)
    }
    throw fault("a class that is not closed")
  }

  private mutating func repetition(from start: Int) throws(Regex.Fault) {
    while let (least, most) = try bounds() {
      var greed = Regex.Greed.greedy
      if take("?") { greed = .lazy } else if take("+") { greed = .possessive }
      if instructions.count == start + 1, case .one(let set) = instructions[start] {
        instructions[start] = .run(set, atLeast: least, atMost: most, greed)
      } else {
        try repeatGroup(from: start, least, most, greed)
      }
    }
  }

  private mutating func bounds() throws(Regex.Fault) -> (Int, Int)? {
    if take("*") { return (0, .max) }
    if take("+") { return (1, .max) }
    if take("?") { return (0, 1) }
    guard next == "{", let end = source[position...].firstIndex(of: "}") else { return nil }
    let parts = source[(position + 1)..<end].split(separator: ",", omittingEmptySubsequences: false)
      .map { String(String.UnicodeScalarView($0)) }
    let numbers = parts.map { Int($0) }
    // Other braces stand for themselves.
    guard parts.count <= 2, let least = numbers[0] ?? (parts.count == 2 && parts[0].isEmpty ? 0 : nil) else {
      return nil
    }
    let most = parts.count == 1 ? least : parts[1].isEmpty ? Int.max : (numbers[1] ?? -1)
    guard most >= least, least <= 1000, most == .max || most <= 1000 else {
      throw fault("a repetition that is not of 0 to 1000 times")
    }
    position = end + 1
    return (least, most)
  }

  /// A repeated group is written out as often as it must match; the rest is a loop or a chain of options.
  private mutating func repeatGroup(
    from start: Int, _ least: Int, _ most: Int, _ greed: Regex.Greed
  ) throws(Regex.Fault) {
    let body = Array(instructions[start...])
    guard body.count * max(least, most == .max ? 1 : most) < 100_000 else {
      throw fault("a repetition that is too large")
    }
    instructions.removeSubrange(start...)
    let outer = instructions
    if greed == .possessive { instructions = [] }
    for _ in 0..<least { append(body, from: start) }
    if most == .max {
      let top = instructions.count
      instructions.append(.jump(0))
      instructions.append(.mark(marks))
      append(body, from: start)
      instructions.append(.progress(marks))
      instructions.append(.jump(top))
      marks += 1
      instructions[top] = choice(top + 1, instructions.count, greed)
    } else {
      var options: [Int] = []
      for _ in least..<most {
        options.append(instructions.count)
        instructions.append(.jump(0))
        append(body, from: start)
      }
      for option in options { instructions[option] = choice(option + 1, instructions.count, greed) }
    }
    if greed == .possessive {
      instructions = outer + [.atomic(Regex.Program(instructions: instructions + [.match], marks: marks))]
    }
  }

  private func choice(_ go: Int, _ leave: Int, _ greed: Regex.Greed) -> Regex.Instruction {
    greed == .lazy ? .either(leave, go) : .either(go, leave)
  }

  /// Appends instructions that were written for another place.
  private mutating func append(_ body: [Regex.Instruction], from start: Int) {
    let shift = instructions.count - start
    for instruction in body {
      switch instruction {
      case .jump(let place): instructions.append(.jump(place + shift))
      case .either(let first, let second): instructions.append(.either(first + shift, second + shift))
      default: instructions.append(instruction)
      }
    }
  }
}
