/// Runs a pickle of protocol 2 to 5 as far as state dicts need it, and executes nothing: functions and classes are names
/// that `PickleGlobal` knows, and what they would make is made here. Anything else is refused by name.
///
/// What a pickle makes takes memory in proportion to its bytes, whatever they say: values are 16 bytes each, and work
/// that one opcode could repeat without end is charged against the bytes read so far.
struct PickleMachine {
  private(set) var cursor: ByteCursor
  let start: Int
  /// The elements of all tuples.
  private(set) var tuples: [PickleValue] = []
  var lists: [[PickleValue]] = []
  /// Keys and values in turn.
  var dictionaries: [[PickleValue]] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [PickleValue] = []
  private var work = 0

  /// Texts are remembered by 32-bit offsets; a state dict of a million tensors takes a third of this.
  static let mostBytes = 1 << 29
  /// PyTorch's pickler holds some thousands at a time.
  private static let mostUnfinished = 1 << 22

  /// A machine for the pickle at the start of a range of a file.
  init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
    start = range.lowerBound
    cursor = ByteCursor(bytes, in: range.clamped(to: range.lowerBound..<(range.lowerBound + Self.mostBytes)))
  }

  /// Where the byte after the pickle is.
  var end: Int { cursor.position }

  /// Runs to the end of the pickle and returns the value that it makes.
  mutating func run() throws(FileFault) -> PickleValue {
    while true {
      let place = cursor.position
      do throws(FileFault) {
        let opcode = try cursor.read(UInt8.self)
        if opcode == UInt8(ascii: ".") { return try pop() }
        try execute(opcode)
      } catch {
        throw FileFault("its pickle fails at byte \(place): \(error.message)")
      }
    }
  }

  /// Counts work that the bytes read do not pay for by themselves.
  mutating func charge(_ units: Int) throws(FileFault) {
    work += units
    guard work <= cursor.position - start + 4096 else { throw FileFault("it makes more than its bytes could hold") }
  }

  /// The elements of a tuple.
  func elements(_ slice: PickleSlice) -> ArraySlice<PickleValue> { tuples[slice.range] }

  /// A text as a string.
  func string(_ slice: PickleSlice) throws(FileFault) -> String {
    let range = slice.range
    guard let text = cursor.bytes.text((start + range.lowerBound)..<(start + range.upperBound)) else {
      throw FileFault("the text at byte \(start + range.lowerBound) is not UTF-8")
    }
    return text
  }

  /// The bytes of a text or number.
  func bytes(_ slice: PickleSlice) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      rebasing: cursor.bytes[(start + slice.range.lowerBound)..<(start + slice.range.upperBound)])
  }

  private mutating func execute(_ opcode: UInt8) throws(FileFault) {
    switch opcode {
    case 0x80:
      let version = try cursor.read(UInt8.self)
      guard (2...5).contains(version) else { throw FileFault("protocol \(version); 2 to 5 can be read") }
    case 0x95: guard try cursor.readCount() <= cursor.remaining else { throw FileFault("a frame beyond its end") }
    case UInt8(ascii: "("): try mark()
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try push(try top())
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "K"): try push(.int(Int(try cursor.read(UInt8.self))))
    case UInt8(ascii: "M"): try push(.int(Int(try cursor.read(UInt16.self))))
    case UInt8(ascii: "J"): try push(.int(Int(try cursor.read(Int32.self))))
    case 0x8A: try push(try long(Int(try cursor.read(UInt8.self))))
    case 0x8B: try push(try long(Int(try cursor.read(Int32.self))))
    case UInt8(ascii: "G"): try push(.double(Double(bitPattern: try cursor.read(UInt64.self).byteSwapped)))
    case UInt8(ascii: "U"), 0x8C: try push(.text(try slice(Int(try cursor.read(UInt8.self)))))
    case UInt8(ascii: "T"), UInt8(ascii: "X"): try push(.text(try slice(Int(try cursor.read(UInt32.self)))))
    case 0x8D: try push(.text(try slice(try cursor.readCount())))
    case UInt8(ascii: "C"): try push(.bytes(try slice(Int(try cursor.read(UInt8.self)))))
    case UInt8(ascii: "B"): try push(.bytes(try slice(Int(try cursor.read(UInt32.self)))))
    case 0x8E, 0x96: try push(.bytes(try slice(try cursor.readCount())))
    case UInt8(ascii: ")"): try push(tuple(0))
    case 0x85, 0x86, 0x87: try makeTuple(Int(opcode) - 0x84)
    case UInt8(ascii: "t"): try makeTuple(try countToMark())
    case UInt8(ascii: "]"), 0x8F: try push(list([]))
    case UInt8(ascii: "l"), 0x91: try push(list(try popToMark()))
    case UInt8(ascii: "}"): try push(dictionary([]))
    case UInt8(ascii: "d"): try push(dictionary(try pairs(try popToMark())))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"), 0x90: try append(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([try pop(), value])
    case UInt8(ascii: "u"): try set(try pairs(try popToMark()))
    case UInt8(ascii: "q"): try remember(at: Int(try cursor.read(UInt8.self)))
    case UInt8(ascii: "r"): try remember(at: Int(try cursor.read(UInt32.self)))
    case 0x94: try remember(at: memo.count)
    case UInt8(ascii: "h"): try push(try remembered(Int(try cursor.read(UInt8.self))))
    case UInt8(ascii: "j"): try push(try remembered(Int(try cursor.read(UInt32.self))))
    case UInt8(ascii: "c"): try global()
    case 0x93: try stackGlobal()
    case UInt8(ascii: "R"), 0x81:
      let arguments = try pop()
      try push(try made(by: try pop(), arguments))
    // The state of a dictionary is what modules note beside it, and of a tensor, attributes: nothing that is read.
    case UInt8(ascii: "b"):
      _ = try pop()
      _ = try top()
    case UInt8(ascii: "Q"): try push(try persistent(try pop()))
    default:
      let code = String(opcode, radix: 16)
      throw FileFault("opcode 0x\(code), which no state dict of protocol 2 or newer needs")
    }
  }

  // MARK: - The stack

  private mutating func push(_ value: PickleValue) throws(FileFault) {
    guard stack.count < Self.mostUnfinished else {
      throw FileFault("more than \(Self.mostUnfinished) unfinished values")
    }
    stack.append(value)
  }

  private mutating func mark() throws(FileFault) {
    guard marks.count < Self.mostUnfinished else {
      throw FileFault("more than \(Self.mostUnfinished) unfinished values")
    }
    marks.append(stack.count)
  }

  /// Values below the last mark belong to what is made later.
  private func top() throws(FileFault) -> PickleValue {
    guard let last = stack.last, stack.count > marks.last ?? 0 else { throw FileFault("a value is missing") }
    return last
  }

  private mutating func pop() throws(FileFault) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func countToMark() throws(FileFault) -> Int {
    guard let mark = marks.popLast() else { throw FileFault("there is no mark") }
    return stack.count - mark
  }

  private mutating func popToMark() throws(FileFault) -> [PickleValue] {
    let count = try countToMark()
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  // MARK: - Containers

  private func tuple(_ count: Int) -> PickleValue { .tuple(PickleSlice((tuples.count - count)..<tuples.count)) }

  private mutating func makeTuple(_ count: Int) throws(FileFault) {
    guard stack.count - (marks.last ?? 0) >= count else { throw FileFault("a value is missing") }
    guard tuples.count + count <= Int(UInt32.max) else { throw FileFault("it makes more than its bytes could hold") }
    tuples.append(contentsOf: stack.suffix(count))
    stack.removeLast(count)
    try push(tuple(count))
  }

  mutating func list(_ elements: [PickleValue]) -> PickleValue {
    lists.append(elements)
    return .list(lists.count - 1)
  }

  mutating func dictionary(_ pairs: [PickleValue]) -> PickleValue {
    dictionaries.append(pairs)
    return .dictionary(dictionaries.count - 1)
  }

  private func pairs(_ values: [PickleValue]) throws(FileFault) -> [PickleValue] {
    guard values.count.isMultiple(of: 2) else { throw FileFault("a key without a value") }
    return values
  }

  private mutating func append(_ values: [PickleValue]) throws(FileFault) {
    guard case .list(let index) = try top() else { throw FileFault("elements are added to \(try top().kind)") }
    lists[index].append(contentsOf: values)
  }

  private mutating func set(_ pairs: [PickleValue]) throws(FileFault) {
    guard case .dictionary(let index) = try top() else { throw FileFault("keys are set in \(try top().kind)") }
    dictionaries[index].append(contentsOf: pairs)
  }

  /// Picklers number what they remember from 0 on.
  private mutating func remember(at index: Int) throws(FileFault) {
    let value = try top()
    guard index <= memo.count else { throw FileFault("value \(index) is remembered, but only \(memo.count) before it") }
    if index == memo.count { memo.append(value) } else { memo[index] = value }
  }

  private func remembered(_ index: Int) throws(FileFault) -> PickleValue {
    guard index < memo.count else { throw FileFault("value \(index) is recalled of \(memo.count) remembered") }
    return memo[index]
  }

  // MARK: - Atoms

  private mutating func slice(_ count: Int) throws(FileFault) -> PickleSlice {
    let range = try cursor.take(count)
    return PickleSlice((range.lowerBound - start)..<(range.upperBound - start))
  }

  private mutating func long(_ count: Int) throws(FileFault) -> PickleValue {
    let slice = try slice(count)
    guard count <= 8 else { return .longInteger(slice) }
    let raw = bytes(slice)
    var value: UInt64 = raw.last.map { $0 & 0x80 } ?? 0 == 0 ? 0 : .max
    for byte in raw.reversed() { value = value << 8 | UInt64(byte) }
    return .int(Int(Int64(bitPattern: value)))
  }

  private mutating func global() throws(FileFault) {
    let module = try cursor.takeLine()
    let name = try cursor.takeLine()
    try pushGlobal(cursor.bytes.text(module), cursor.bytes.text(name))
  }

  private mutating func stackGlobal() throws(FileFault) {
    guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
      throw FileFault("a function or class without a name")
    }
    try charge(Int(name.count) + Int(module.count))
    try pushGlobal(try string(module), try string(name))
  }

  private mutating func pushGlobal(_ module: String?, _ name: String?) throws(FileFault) {
    guard let module, let name else { throw FileFault("a function or class whose name is not UTF-8") }
    guard let global = PickleGlobal(module: module, name: name) else {
      throw FileFault(
        "it wants \("\(module).\(name)".quoted), which is no part of a state dict; nothing that a file names is run here"
      )
    }
    try push(.global(global))
  }
}
