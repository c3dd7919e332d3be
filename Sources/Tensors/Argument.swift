import CTorch

/// An argument of an operator, tagged with its kind.
enum Argument {
  /// The default of the schema.
  case standard
  case none
  case tensor(Tensor)
  case int(Int)
  case double(Double)
  case bool(Bool)
  case string(String)
  case dtype(DType)
  case device(Device)
  case generator(Generator)
  case ints([Int])
  case doubles([Double])
  case bools([Bool])
  case tensors([Tensor])
  case optionalTensors([Tensor?])

  static func tensor(_ tensor: Tensor?) -> Argument { if let tensor { .tensor(tensor) } else { .none } }
  static func int(_ value: Int?) -> Argument { if let value { .int(value) } else { .none } }
  static func double(_ value: Double?) -> Argument { if let value { .double(value) } else { .none } }
  static func dtype(_ value: DType?) -> Argument { if let value { .dtype(value) } else { .none } }
  static func generator(_ value: Generator?) -> Argument { if let value { .generator(value) } else { .none } }

  /// How many 64-bit words the elements of a list need while C reads them.
  var wordCount: Int {
    switch self {
    case .ints(let list): list.count
    case .doubles(let list): list.count
    case .bools(let list): list.count
    case .tensors(let list): list.count
    case .optionalTensors(let list): list.count
    case .string(let text): (text.utf8.count + 7) / 8
    default: 0
    }
  }

  /// Writes the value for C, with its list elements at `words`, which must hold `wordCount` words.
  func write(to value: UnsafeMutablePointer<CTValue>, words: UnsafeMutablePointer<UInt64>) {
    var out = CTValue()
    switch self {
    case .standard: out.tag = CTTagDefault
    case .none: out.tag = CTTagNone
    case .tensor(let tensor): (out.tag, out.pointer) = (CTTagTensor, UnsafeRawPointer(tensor.handle))
    case .int(let integer): (out.tag, out.integer) = (CTTagInt, Int64(integer))
    case .double(let real): (out.tag, out.real) = (CTTagDouble, real)
    case .bool(let flag): (out.tag, out.integer) = (CTTagBool, flag ? 1 : 0)
    case .dtype(let dtype): (out.tag, out.integer) = (CTTagInt, Int64(dtype.code.rawValue))
    case .device(let device):
      (out.tag, out.integer, out.count) = (CTTagDevice, Int64(device.code.rawValue), Int32(device.index ?? -1))
    case .generator(let generator): (out.tag, out.pointer) = (CTTagGenerator, UnsafeRawPointer(generator.handle))
    case .string(let text):
      (out.tag, out.count, out.pointer) = (CTTagString, Int32(text.utf8.count), UnsafeRawPointer(words))
      UnsafeMutableRawBufferPointer(start: words, count: text.utf8.count).copyBytes(from: text.utf8)
    case .ints(let list):
      out.pointTo(words, CTTagInts, list.count)
      for (i, integer) in list.enumerated() { words[i] = UInt64(bitPattern: Int64(integer)) }
    case .doubles(let list):
      out.pointTo(words, CTTagDoubles, list.count)
      for (i, real) in list.enumerated() { words[i] = real.bitPattern }
    case .bools(let list):
      out.pointTo(words, CTTagBools, list.count)
      for (i, flag) in list.enumerated() { words[i] = flag ? 1 : 0 }
    case .tensors(let list):
      out.pointTo(words, CTTagTensors, list.count)
      for (i, tensor) in list.enumerated() { words[i] = UInt64(UInt(bitPattern: tensor.handle)) }
    case .optionalTensors(let list):
      out.pointTo(words, CTTagOptionalTensors, list.count)
      for (i, tensor) in list.enumerated() { words[i] = tensor.map { UInt64(UInt(bitPattern: $0.handle)) } ?? 0 }
    }
    value.initialize(to: out)
  }
}

extension CTValue {
  fileprivate mutating func pointTo(_ words: UnsafeMutablePointer<UInt64>, _ tag: CTTag, _ count: Int) {
    self.tag = tag
    self.count = Int32(count)
    pointer = UnsafeRawPointer(words)
  }
}

extension Argument: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  init(nilLiteral: ()) { self = .none }
  init(integerLiteral value: Int) { self = .int(value) }
  init(floatLiteral value: Double) { self = .double(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension Argument: CustomStringConvertible {
  /// As errors show it.
  var description: String {
    switch self {
    case .standard: "default"
    case .none: "none"
    case .tensor(let tensor): tensor.description
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .string(let value): "'\(value)'"
    case .dtype(let value): value.rawValue
    case .device(let value): value.description
    case .generator: "generator"
    case .ints(let list): Self.listed(list)
    case .doubles(let list): Self.listed(list)
    case .bools(let list): Self.listed(list)
    case .tensors(let list): Self.listed(list)
    case .optionalTensors(let list): Self.listed(list.map { $0?.description ?? "none" })
    }
  }

  /// The elements in brackets; of the hundreds of tensors that an optimiser takes, the first ones.
  private static func listed<Element: CustomStringConvertible>(_ list: [Element]) -> String {
    let shown = list.prefix(16).map(\.description) + (list.count > 16 ? ["and \(list.count - 16) more"] : [])
    return "[" + shown.joined(separator: ", ") + "]"
  }
}
