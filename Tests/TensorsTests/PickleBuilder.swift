import Foundation

/// Writes pickles opcode by opcode, true ones and forged ones.
struct PickleBuilder {
  var bytes: [UInt8]

  init(version: UInt8 = 2) { bytes = [0x80, version] }

  /// A pickle of opcodes alone.
  static func of(_ build: (inout PickleBuilder) -> Void) -> [UInt8] {
    var builder = PickleBuilder()
    build(&builder)
    builder.code(".")
    return builder.bytes
  }

  mutating func code(_ codes: String) { bytes += codes.utf8 }
  mutating func code(_ codes: UInt8...) { bytes += codes }

  mutating func number<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number.littleEndian) { bytes += Array($0) }
  }

  mutating func text(_ text: String) {
    code("X")
    number(UInt32(text.utf8.count))
    bytes += text.utf8
  }

  mutating func int(_ value: Int) {
    if let small = Int32(exactly: value) {
      code("J")
      number(small)
    } else {
      code(0x8A, 8)
      number(Int64(value))
    }
  }

  mutating func global(_ module: String, _ name: String) { code("c\(module)\n\(name)\n") }

  mutating func tuple(_ values: [Int]) {
    code("(")
    for value in values { int(value) }
    code("t")
  }

  mutating func tensor(_ tensor: Tensor) {
    global("torch._utils", "_rebuild_tensor_v2")
    code("((")
    text("storage")
    global("torch", tensor.type)
    text(tensor.key)
    text("cpu")
    int(tensor.count)
    if let view = tensor.view {
      code("(")
      text("view")
      int(view.0)
      int(view.1)
      code("t")
    }
    code("tQ")
    int(tensor.offset)
    self.tuple(tensor.shape)
    self.tuple(tensor.strides)
    code(0x89)
    global("collections", "OrderedDict")
    code(")RtR")
  }

  /// A tensor as a pickle describes it.
  struct Tensor {
    var type = "FloatStorage"
    var key = "0"
    /// Of the storage.
    var count = 4
    var offset = 0
    var shape = [2, 2]
    var strides = [2, 1]
    var view: (Int, Int)?
  }

  /// An ordered dictionary of tensors.
  static func stateDict(_ tensors: [(String, Tensor)]) -> [UInt8] {
    of { pickle in
      pickle.global("collections", "OrderedDict")
      pickle.code(")R(")
      for (name, tensor) in tensors {
        pickle.text(name)
        pickle.tensor(tensor)
      }
      pickle.code("u")
    }
  }
}

/// Writes files of `torch.save`'s two formats around a pickle.
enum TorchFileBuilder {
  /// An entry of a zip file, with what a forger might change.
  struct Entry {
    var name: String
    var content: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    /// What the directory says of the length and the place, where it lies.
    var length: UInt32?
    var start: UInt32?
  }

  static func entries(_ pickle: [UInt8], _ storages: [String: [UInt8]]) -> [Entry] {
    [Entry(name: "x/data.pkl", content: pickle), Entry(name: "x/byteorder", content: Array("little".utf8))]
      + storages.sorted { $0.key < $1.key }.map { Entry(name: "x/data/\($0)", content: $1) }
      + [Entry(name: "x/version", content: Array("3\n".utf8))]
  }

  /// A zip file with its contents at multiples of 64, as PyTorch writes it.
  static func zip(_ entries: [Entry], comment: [UInt8] = []) -> [UInt8] {
    var out = PickleBuilder()
    out.bytes = []
    var directory = PickleBuilder()
    directory.bytes = []
    for entry in entries {
      let start = out.bytes.count
      let padding = (64 - (start + 30 + entry.name.utf8.count + 4) % 64) % 64 + 4
      out.number(UInt32(0x0403_4B50))
      for field in [0, entry.flags, entry.method, 0, 0] { out.number(field) }
      out.number(UInt32(0))
      out.number(UInt32(entry.content.count))
      out.number(UInt32(entry.content.count))
      out.number(UInt16(entry.name.utf8.count))
      out.number(UInt16(padding))
      out.bytes += entry.name.utf8
      out.number(UInt16(0x4246))
      out.number(UInt16(padding - 4))
      out.bytes += [UInt8](repeating: 0x5A, count: padding - 4) + entry.content
      directory.number(UInt32(0x0201_4B50))
      for field in [0, 0, entry.flags, entry.method, 0, 0] { directory.number(field) }
      directory.number(UInt32(0))
      directory.number(UInt32(entry.content.count))
      directory.number(entry.length ?? UInt32(entry.content.count))
      directory.number(UInt16(entry.name.utf8.count))
      for _ in 0..<4 { directory.number(UInt16(0)) }
      directory.number(UInt32(0))
      directory.number(entry.start ?? UInt32(start))
      directory.bytes += entry.name.utf8
    }
    let (offset, length) = (out.bytes.count, directory.bytes.count)
    out.bytes += directory.bytes
    let tail = out.bytes.count
    out.number(UInt32(0x0606_4B50))
    out.number(UInt64(44))
    out.number(UInt32(0x2D))
    out.number(UInt64(0))
    for field in [entries.count, entries.count, length, offset] { out.number(UInt64(field)) }
    out.number(UInt32(0x0706_4B50))
    out.number(UInt32(0))
    out.number(UInt64(tail))
    out.number(UInt32(1))
    out.number(UInt32(0x0605_4B50))
    for field in [0, 0, UInt16(entries.count), UInt16(entries.count)] { out.number(field) }
    out.number(UInt32(length))
    out.number(UInt32(offset))
    out.number(UInt16(comment.count))
    return out.bytes + comment
  }

  /// A file of the format before PyTorch 1.6.
  ///
  /// - Parameter storages: key, number of elements and content of each, in the order of the file
  static func legacy(_ pickle: [UInt8], _ storages: [(String, Int, [UInt8])], isLittle: Bool = true) -> [UInt8] {
    let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    var out = PickleBuilder()
    out.bytes =
      magic + PickleBuilder.of { $0.int(1001) }
      + PickleBuilder.of {
        $0.code("}")
        $0.text("little_endian")
        $0.code(isLittle ? 0x88 : 0x89)
        $0.code("s")
      } + pickle
      + PickleBuilder.of {
        $0.code("](")
        for (key, _, _) in storages { $0.text(key) }
        $0.code("e")
      }
    for (_, count, content) in storages {
      out.number(Int64(count))
      out.bytes += content
    }
    return out.bytes
  }
}
