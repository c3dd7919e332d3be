import Basics
import Foundation
import Tensors
import TestSupport

/// Numbers at which readers break.
enum Telling {
  static func number(_ generator: inout SeededGenerator) -> Int {
    switch generator.below(8) {
    case 0: 0
    case 1: -1 - generator.below(4)
    case 2: generator.below(300)
    case 3: 1 << generator.below(63)
    case 4: (1 << generator.below(63)) - 1
    case 5: Int.max - generator.below(64)
    case 6: Int.min + generator.below(64)
    default: Int(truncatingIfNeeded: generator.next())
    }
  }

  /// Mostly the honest number.
  static func number(_ honest: Int, _ generator: inout SeededGenerator) -> Int {
    switch generator.below(48) {
    case 0: number(&generator)
    case 1: honest &+ generator.below(5) - 2
    default: honest
    }
  }
}

/// Damage to the bytes of a file.
enum Mutation {
  static func mutated(_ content: [UInt8], others: [[UInt8]], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = content
    for _ in 0...generator.below(3) {
      guard !bytes.isEmpty else { return bytes }
      let place = generator.below(bytes.count)
      switch generator.below(9) {
      case 0: for _ in 0...generator.below(8) { bytes[generator.below(bytes.count)] ^= 1 << generator.below(8) }
      case 1: bytes.removeLast(bytes.count - place)
      case 2: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
      case 3, 4: overwrite(&bytes, place, &generator)
      case 5:
        // The end of the file holds a zip file's directory, its start a safetensors file's header.
        let near = generator.below(min(bytes.count, 200))
        overwrite(&bytes, generator.below(2) == 0 ? near : bytes.count - 1 - near, &generator)
      case 6: bytes.removeSubrange(place..<min(bytes.count, place + 1 + generator.below(64)))
      case 7:
        let other = generator.pick(others)
        let start = generator.below(other.count)
        let piece = other[start..<min(other.count, start + 1 + generator.below(256))]
        if generator.below(2) == 0 {
          bytes.insert(contentsOf: piece, at: place)
        } else {
          bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
        }
      default:
        bytes.insert(
          contentsOf: Array(repeating: generator.pick(Array("({[]}t.0qh\"9 ".utf8)), count: 1 + generator.below(2000)),
          at: place)
      }
    }
    return bytes
  }

  /// Writes a telling number of 1, 2, 4 or 8 bytes.
  private static func overwrite(_ bytes: inout [UInt8], _ place: Int, _ generator: inout SeededGenerator) {
    let width = 1 << generator.below(4)
    // Lengths and places of the file itself tell most.
    let number = generator.below(3) == 0 ? bytes.count + generator.below(64) - 32 : Telling.number(&generator)
    withUnsafeBytes(of: number.littleEndian) { raw in
      for (i, byte) in raw.prefix(width).enumerated() where place + i < bytes.count { bytes[place + i] = byte }
    }
  }
}

/// Files of `torch.save`'s formats to begin with, and ones whose fields are drawn at random.
enum TorchFileSeeds {
  typealias Tensor = PickleBuilder.Tensor

  static let storages: [String: [UInt8]] = [
    "0": [UInt8](repeating: 1, count: 96), "1": [UInt8](repeating: 0, count: 5), "2": [],
  ]

  static let tensors: [(String, Tensor)] = [
    ("a", Tensor(count: 24, shape: [4, 6], strides: [6, 1])),
    ("b", Tensor(count: 24, offset: 2, shape: [3, 2], strides: [1, 6])),
    ("c", Tensor(type: "BoolStorage", key: "1", count: 5, shape: [5], strides: [1])),
    ("d", Tensor(type: "BFloat16Storage", key: "2", count: 0, shape: [0, 3], strides: [3, 1])),
    ("e", Tensor(count: 24, offset: 23, shape: [], strides: [])),
    ("f", Tensor(count: 24, shape: [1000, 2], strides: [0, 1])),
    ("g", Tensor(count: 24, offset: 1, shape: [2], strides: [3], view: (4, 8))),
  ]

  static var pickles: [[UInt8]] {
    let pickle = PickleBuilder.stateDict(tensors)
    let nested = PickleBuilder.of { builder in
      builder.code("}q\u{0}(")
      builder.text("model")
      builder.bytes += pickle[2..<(pickle.count - 1)]
      builder.text("epoch")
      builder.int(3)
      builder.text("list")
      builder.code("](")
      builder.tensor(tensors[0].1)
      builder.tensor(tensors[2].1)
      builder.code("eu}")
      builder.text("_metadata")
      builder.code("Nsb")
    }
    return [pickle, nested]
  }

  static var all: [[UInt8]] {
    let parts = [("0", 24, storages["0"] ?? []), ("1", 5, storages["1"] ?? []), ("2", 0, [])]
    return pickles.flatMap {
      [TorchFileBuilder.zip(TorchFileBuilder.entries($0, storages)), TorchFileBuilder.legacy($0, parts)]
    }
  }

  static func forged(_ generator: inout SeededGenerator) -> [UInt8] {
    // Damage within the pickle alone reaches what damage to the file around it hides.
    let pickle =
      switch generator.below(3) {
      case 0: opcodes(&generator)
      case 1: Mutation.mutated(generator.pick(pickles), others: pickles, &generator)
      default: PickleBuilder.stateDict(drawn(&generator))
      }
    if generator.below(2) == 0 {
      let parts = ["0", "1", "2"].map { key in
        let honest = storages[key] ?? []
        return (key, Telling.number(key == "0" ? 24 : honest.count, &generator), honest)
      }
      return TorchFileBuilder.legacy(pickle, parts)
    }
    var entries = TorchFileBuilder.entries(pickle, storages)
    if generator.below(4) == 0 {
      let index = generator.below(entries.count)
      switch generator.below(4) {
      case 0: entries[index].length = UInt32(truncatingIfNeeded: Telling.number(&generator))
      case 1: entries[index].start = UInt32(truncatingIfNeeded: Telling.number(&generator))
      case 2: entries.swapAt(index, 0)
      default: entries[index].name = generator.pick(entries).name
      }
    }
    return TorchFileBuilder.zip(entries)
  }

  /// Tensors some of whose fields lie.
  private static func drawn(_ generator: inout SeededGenerator) -> [(String, Tensor)] {
    (0...generator.below(4)).map { number in
      var (name, tensor) = generator.pick(tensors)
      tensor.count = Telling.number(tensor.count, &generator)
      tensor.offset = Telling.number(tensor.offset, &generator)
      tensor.shape = tensor.shape.map { Telling.number($0, &generator) }
      tensor.strides = tensor.strides.map { Telling.number($0, &generator) }
      if generator.below(8) == 0 { tensor.strides.append(Telling.number(&generator)) }
      if generator.below(8) == 0 {
        tensor.shape.append(Telling.number(1, &generator))
        tensor.strides.append(Telling.number(0, &generator))
      }
      if generator.below(8) == 0 { tensor.view = (Telling.number(2, &generator), Telling.number(8, &generator)) }
      let types = [
        "HalfStorage", "DoubleStorage", "ComplexDoubleStorage", "ByteStorage", "UntypedStorage", "LongStorage",
      ]
      if generator.below(8) == 0 { tensor.type = generator.pick(types) }
      if generator.below(8) == 0 { tensor.key = generator.pick(["0", "1", "2", "3", ""]) }
      return (name + (generator.below(4) == 0 ? "" : "\(number)"), tensor)
    }
  }

  /// Opcodes in random order, each with the operands that it takes.
  private static func opcodes(_ generator: inout SeededGenerator) -> [UInt8] {
    var pickle = PickleBuilder()
    let plain: [UInt8] =
      Array("(012N)]}aesudtlRQb.".utf8) + [0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8F, 0x90, 0x91, 0x93, 0x94]
    let globals = [
      ("collections", "OrderedDict"), ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"),
      ("torch._utils", "_rebuild_tensor_v3"), ("torch._utils", "_rebuild_parameter"), ("torch", "FloatStorage"),
      ("torch._tensor", "_rebuild_from_type_v2"), ("torch", "Tensor"), ("builtins", "set"), ("torch", "Size"),
      ("torch", "float16"), ("torch", "device"), ("os", "system"), ("torch.storage", "UntypedStorage"),
    ]
    pickle.code("}q\u{0}")
    var names = 0
    for _ in 0..<generator.below(200) {
      switch generator.below(12) {
      case 0...3: pickle.code(generator.pick(plain))
      case 4: pickle.text(generator.pick(["storage", "0", "a", "cpu", "_metadata", "", "model", "\u{0}"]))
      case 5: pickle.int(Telling.number(4, &generator))
      case 6:
        let (module, name) = generator.pick(globals)
        pickle.global(module, name)
      case 7: pickle.code(UInt8(ascii: "h"), UInt8(generator.below(6)))
      case 8: pickle.code(UInt8(ascii: "q"), UInt8(generator.below(6)))
      case 9: pickle.tensor(generator.pick(tensors).1)
      case 10: pickle.tuple((0..<generator.below(5)).map { _ in Telling.number(2, &generator) })
      default:
        names += 1
        pickle.text("n\(names)")
        pickle.tensor(generator.pick(drawn(&generator)).1)
        pickle.code("s")
      }
    }
    pickle.code(".")
    return pickle.bytes
  }
}

/// Safetensors files to begin with, and ones whose headers are drawn at random.
enum SafeTensorsSeeds {
  static let dtypes = ["F32", "F64", "F16", "BF16", "I8", "I16", "I32", "I64", "U8", "BOOL", "C64"]

  static func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
  }

  static var all: [[UInt8]] {
    let small = #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#
    let large = """
      {"__metadata__":{"format":"pt","näme":"\\u00e4\\ud83d\\ude00\\n"},"b":{"shape":[5],"dtype":"BOOL","data_offsets":[24,29]},
      "a":{"dtype":"F64","shape":[3],"data_offsets":[0,24],"later":{"x":[1,-2.5e3,null,true]}},
      "empty":{"dtype":"I64","shape":[0,7],"data_offsets":[29,29]},"c":{"dtype":"U8","shape":[],"data_offsets":[29,30]}}
      """
    return [
      file(small, [UInt8](repeating: 7, count: 24)), file(large, [UInt8](repeating: 1, count: 30)), file("{}", []),
    ]
  }

  static func forged(_ generator: inout SeededGenerator) -> [UInt8] {
    if generator.below(3) == 0 {
      // Damage within the header alone, with the length that it then has.
      let headers = all.map { file in
        Array(file[8..<(8 + file.prefix(4).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) })])
      }
      let header = Mutation.mutated(generator.pick(headers), others: headers, &generator)
      return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        + [UInt8](repeating: 1, count: generator.pick([0, 24, 30]))
    }
    var offset = 0
    var entries: [String] = []
    for number in 0..<generator.below(6) {
      let shape = (0..<generator.below(4)).map { _ in generator.below(4) }
      let dtype = generator.pick(dtypes)
      let size = ["F64": 8, "I64": 8, "C64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2][dtype] ?? 1
      let end = offset + shape.reduce(size, *)
      let dimensions = shape.map { "\(Telling.number($0, &generator))" }.joined(
        separator: generator.below(30) == 0 ? ",," : ",")
      let offsets = "\(Telling.number(offset, &generator)),\(Telling.number(end, &generator))"
      let name = generator.below(20) == 0 ? "t0" : "t\(number)"
      let type = generator.below(20) == 0 ? "F8_E4M3" : dtype
      entries.append("\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":[\(dimensions)],\"data_offsets\":[\(offsets)]}")
      offset = end
    }
    generator.shuffle(&entries)
    let header = "{" + entries.joined(separator: ",") + "}" + String(repeating: " ", count: generator.below(9))
    var content = file(header, [UInt8](repeating: 0, count: generator.below(8) == 0 ? generator.below(100) : offset))
    if generator.below(10) == 0 {
      let length = Telling.number(header.utf8.count, &generator)
      withUnsafeBytes(of: length.littleEndian) { content.replaceSubrange(0..<8, with: $0) }
    }
    return content
  }
}
