import Basics
public import Foundation

/// A safetensors file, mapped: opening one of any size costs its header, and tensors share the mapping.
public final class SafeTensors: TensorSource, Sendable {
  /// The file.
  public let url: URL
  /// The strings of its `__metadata__`.
  public let metadata: [String: String]
  let entries: [String: SafeTensorsHeader.Entry]
  let file: MappedFile
  let dataStart: Int

  /// Opens a file and checks its header. Throws `FileError`, which says what is wrong with it.
  public init(_ url: URL) throws {
    self.url = url
    file = try MappedFile(url)
    do throws(FileFault) {
      let header = try file.withBytes(SafeTensorsHeader.init)
      (entries, metadata, dataStart) = (header.entries, header.metadata, header.dataStart)
      names = header.entries.keys.sorted()
    } catch {
      throw FileError(url: url, message: error.message)
    }
  }

  /// The names of the tensors, sorted.
  public let names: [String]

  /// The shape of a tensor; nil when there is none of that name.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The dtype of a tensor; nil when there is none of that name.
  public func dtype(of name: String) -> DType? { entries[name]?.dtype }

  /// A tensor of the file. It shares the mapping, which lives as long as the tensor does. Writing to it changes memory,
  /// never the file.
  public func tensor(_ name: String) throws -> Tensor {
    guard let entry = entries[name] else { throw missing(name) }
    return try file.withBytes { bytes in
      // Zero elements have no address of their own.
      guard !entry.range.isEmpty, let start = bytes.baseAddress else {
        return try Tensor.zeros(entry.shape, dtype: entry.dtype)
      }
      let elements = UnsafeRawBufferPointer(start: start + dataStart + entry.range.lowerBound, count: entry.range.count)
      if entry.dtype == .bool, let odd = elements.firstIndex(where: { $0 > 1 }) {
        throw FileError(url: url, message: "element \(odd) of the bools of tensor \(name.quoted) is neither 0 nor 1")
      }
      guard let address = elements.baseAddress, Int(bitPattern: address) % entry.dtype.byteCount == 0 else {
        // Old writers did not pad the header; elements that are not aligned are copied, which the format allows.
        let copy = try Tensor.empty(entry.shape, dtype: entry.dtype)
        try copy.withUnsafeBytes { $0.copyMemory(from: elements) }
        return copy
      }
      return try Tensor(sharing: address, shape: entry.shape, dtype: entry.dtype, owner: file)
    }
  }

  /// All tensors by name.
  public func tensors() throws -> [String: Tensor] {
    try Dictionary(uniqueKeysWithValues: entries.keys.map { ($0, try tensor($0)) })
  }

  /// Writes tensors atomically, in the order of their names, the largest elements first so that all are aligned.
  /// Throws `FileError` for a dtype or a name that the format can't hold.
  public static func write(_ tensors: [String: Tensor], metadata: [String: String] = [:], to url: URL) throws {
    let ordered = tensors.sorted { ($1.value.dtype.byteCount, $0.key) < ($0.value.dtype.byteCount, $1.key) }
    var offset = 0
    var header: [String: WrittenEntry] = [:]
    if !metadata.isEmpty { header["__metadata__"] = .metadata(metadata) }
    for (name, tensor) in ordered {
      guard name != "__metadata__" else {
        throw FileError(url: url, message: "no tensor can be named '__metadata__', where safetensors keeps its strings")
      }
      guard let dtype = tensor.dtype.safeTensorsName else {
        throw FileError(url: url, message: "tensor '\(name)' is \(tensor.dtype.rawValue), which safetensors can't hold")
      }
      let end = offset + tensor.count * tensor.dtype.byteCount
      header[name] = .tensor(dtype: dtype, shape: tensor.shape, offsets: [offset, end])
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(header)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    try AtomicFile.write(to: url) { handle in
      try withUnsafeBytes(of: UInt64(json.count).littleEndian) { try handle.write(contentsOf: Data($0)) }
      try handle.write(contentsOf: json)
      for (_, tensor) in ordered where tensor.count > 0 {
        try tensor.detached().moved(to: .cpu).contiguous().withUnsafeBytes { bytes in
          guard let start = bytes.baseAddress else { return }
          try handle.write(contentsOf: Data(bytesNoCopy: start, count: bytes.count, deallocator: .none))
        }
      }
    }
  }
}

private enum WrittenEntry: Encodable {
  case tensor(dtype: String, shape: [Int], offsets: [Int])
  case metadata([String: String])

  enum Keys: String, CodingKey {
    case dtype, shape
    case offsets = "data_offsets"
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .metadata(let values):
      var container = encoder.singleValueContainer()
      try container.encode(values)
    case .tensor(let dtype, let shape, let offsets):
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(dtype, forKey: .dtype)
      try container.encode(shape, forKey: .shape)
      try container.encode(offsets, forKey: .offsets)
    }
  }
}
