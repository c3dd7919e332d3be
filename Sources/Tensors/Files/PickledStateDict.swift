import Basics
public import Foundation

/// A state dict that `torch.save` wrote, in the zip format or in the one before PyTorch 1.6, mapped: opening one of any
/// size costs its pickle, and tensors share the mapping where their elements are aligned in it.
///
/// Nothing that the file names is run. Dictionaries within dictionaries, lists and tuples are read too: the name of a
/// tensor is the keys on the way to it, joined by dots, such as `model.encoder.weight`. Other values are passed over.
public final class PickledStateDict: TensorSource {
  /// The file.
  public let url: URL
  private let file: MappedFile
  private let entries: [String: Entry]

  private struct Entry {
    var dtype: DType
    var shape: [Int]
    var strides: [Int]
    /// The elements that the tensor reaches, first to last, in bytes of the file.
    var span: Range<Int>
    /// The storage, in bytes of the file.
    var storage: Range<Int>
  }

  /// Opens a file and checks everything in it. Throws `FileError`, which says what is wrong with it.
  public convenience init(_ url: URL) throws { try self.init(url, expecting: .tensors) }

  private init(_ url: URL, expecting content: PickledContent) throws {
    self.url = url
    file = try MappedFile(url)
    do throws(FileFault) {
      entries = try file.withBytes { bytes throws(FileFault) in try Self.entries(bytes, expecting: content) }
    } catch {
      throw FileError(url: url, message: error.message)
    }
  }

  /// The tensor of a file that holds nothing else, as `torch.save(tensor, file)` writes it: features of one recording, for
  /// example. It shares the mapping like `tensor(_:)`. Throws `FileError` for anything else, such as a dictionary or a list.
  public static func soleTensor(_ url: URL) throws -> Tensor {
    try PickledStateDict(url, expecting: .oneTensor).tensor("")
  }

  /// The names of the tensors, sorted.
  public private(set) lazy var names: [String] = entries.keys.sorted()

  /// The shape of a tensor; nil when there is none of that name.
  public func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// The dtype of a tensor; nil when there is none of that name.
  public func dtype(of name: String) -> DType? { entries[name]?.dtype }

  /// A tensor of the file. It shares the mapping, which lives as long as the tensor does, unless its elements are not
  /// aligned there: then they are copied. Writing to it changes memory, of other tensors on the same storage too where
  /// they share the mapping, and never the file.
  public func tensor(_ name: String) throws -> Tensor {
    guard let entry = entries[name] else { throw missing(name) }
    return try tensor(entry)
  }

  /// All tensors by name. Those on one storage share their elements, as they did when they were saved.
  public func tensors() throws -> [String: Tensor] {
    var copies: [Range<Int>: Tensor] = [:]
    return try entries.mapValues { entry in
      if isAligned(entry) || entry.span.isEmpty { return try tensor(entry) }
      let bytes = try copies[entry.storage] ?? copy(entry.storage)
      copies[entry.storage] = bytes
      let elements = try bytes.narrowed(
        0, start: 0, length: entry.storage.count / entry.dtype.byteCount * entry.dtype.byteCount)
      return try elements.viewed(as: entry.dtype).strided(
        entry.shape, strides: entry.strides,
        offset: (entry.span.lowerBound - entry.storage.lowerBound) / entry.dtype.byteCount)
    }
  }

  /// Gives the main memory of a tensor's pages back to the system; they can be read again.
  public func release(_ name: String) { if let entry = entries[name] { file.release(entry.span) } }

  private func tensor(_ entry: Entry) throws -> Tensor {
    let span = entry.span
    let size = entry.dtype.byteCount
    return try file.withBytes { bytes in
      guard !span.isEmpty, let start = bytes.baseAddress else {
        return try Tensor.zeros(entry.shape, dtype: entry.dtype)
      }
      if entry.dtype == .bool, let place = bytes[span].firstIndex(where: { $0 > 1 }) {
        throw FileError(url: url, message: "the bool at byte \(place) is neither 0 nor 1")
      }
      let elements =
        try isAligned(entry)
        ? Tensor(sharing: start + span.lowerBound, shape: [span.count / size], dtype: entry.dtype, owner: file)
        : copy(span).viewed(as: entry.dtype)
      return try elements.strided(entry.shape, strides: entry.strides, offset: 0)
    }
  }

  /// A mapping begins at a page, so that the place in the file decides.
  private func isAligned(_ entry: Entry) -> Bool { entry.span.lowerBound % entry.dtype.byteCount == 0 }

  /// Bytes of the file, of which there are some, as a uint8 tensor of their own.
  private func copy(_ range: Range<Int>) throws -> Tensor {
    let pages = try FreshPages(count: range.count)
    file.withBytes { pages.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
    return try Tensor(sharing: UnsafeRawPointer(pages.start), shape: [range.count], dtype: .uint8, owner: pages)
  }

  // MARK: - Checks

  private static func entries(
    _ bytes: UnsafeRawBufferPointer, expecting content: PickledContent
  ) throws(FileFault) -> [String: Entry] {
    let file = try TorchFile(bytes)
    var entries: [String: Entry] = [:]
    // Each storage is looked up once: a forged file may name one with a key of megabytes from a million tensors.
    var storages: [Int: Range<Int>] = [:]
    for (name, index) in try StateDictWalk(file.machine, file.root, expecting: content).found {
      let entry: Entry
      do throws(FileFault) {
        let tensor = file.machine.tensors[index]
        let storage: Range<Int>
        if let known = storages[tensor.storage] {
          storage = known
        } else {
          storage = try file.bytes(ofStorage: tensor.storage)
          storages[tensor.storage] = storage
        }
        entry = try checked(tensor, storage)
      } catch {
        throw FileFault("tensor \(name.quoted) \(error.message)")
      }
      guard entries.updateValue(entry, forKey: name) == nil else {
        throw FileFault("it has two tensors named \(name.quoted)")
      }
    }
    return entries
  }

  private static func checked(_ tensor: PickledTensor, _ bytes: Range<Int>) throws(FileFault) -> Entry {
    let size = tensor.dtype.byteCount
    var described: String { "(\(tensor.dtype.rawValue) \(tensor.shape.listed), strides \(tensor.strides.listed))" }
    guard let whole = tensor.dtype.byteCount(ofShape: tensor.shape) else {
      throw FileFault("has an impossible shape \(described)")
    }
    let available = bytes.count / size
    guard whole > 0 else {
      return Entry(
        dtype: tensor.dtype, shape: tensor.shape, strides: tensor.strides, span: bytes.lowerBound..<bytes.lowerBound,
        storage: bytes)
    }
    var last = tensor.offset
    var isOutside = false
    for (count, stride) in zip(tensor.shape, tensor.strides) {
      let (distance, overflow) = stride.multipliedReportingOverflow(by: count - 1)
      let (sum, carry) = last.addingReportingOverflow(distance)
      isOutside = isOutside || overflow || carry
      last = sum
    }
    guard !isOutside, last < available else {
      throw FileFault(
        "\(described) from element \(tensor.offset) on reaches beyond its storage of \(available) elements")
    }
    // A tensor may show elements several times, but not so that a small file asks for all memory.
    guard whole / size <= max(available, mostRepeated) else {
      throw FileFault("\(described) repeats the \(available) elements of its storage too often")
    }
    let span = (bytes.lowerBound + tensor.offset * size)..<(bytes.lowerBound + (last + 1) * size)
    return Entry(dtype: tensor.dtype, shape: tensor.shape, strides: tensor.strides, span: span, storage: bytes)
  }

  private static let mostRepeated = 1 << 22
}

extension Tensor {
  /// The bytes of a uint8 tensor as elements of another dtype.
  fileprivate func viewed(as dtype: DType) throws -> Tensor {
    dtype == self.dtype ? self : try Op.view(.tensor(self), .dtype(dtype))
  }

  /// A view of a tensor of one dimension, which reaches no further; the caller has checked that.
  fileprivate func strided(_ shape: [Int], strides: [Int], offset: Int) throws -> Tensor {
    try Op.strided(.tensor(self), .ints(shape), .ints(strides), .int(offset))
  }

  private enum Op {
    static let view = Operator("aten::view", "dtype")
    static let strided = Operator("aten::as_strided")
  }
}
