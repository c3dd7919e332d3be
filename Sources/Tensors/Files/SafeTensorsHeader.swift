/// The header of a safetensors file: what it holds and where, checked before anything is trusted.
struct SafeTensorsHeader {
  struct Entry: Equatable {
    var dtype: DType
    var shape: [Int]
    /// Byte offsets from the end of the header.
    var range: Range<Int>
  }

  var entries: [String: Entry] = [:]
  var metadata: [String: String] = [:]
  /// Where the elements begin in the file.
  var dataStart: Int

  /// The format's own limit.
  static let mostBytes = 100_000_000

  /// Reads the header at the start of a file of `bytes`, and checks that the entries fill the rest of it exactly.
  init(_ bytes: UnsafeRawBufferPointer) throws(FileFault) {
    guard bytes.count >= 8 else {
      throw FileFault("it has \(bytes.count) bytes; a safetensors file begins with the 8-byte length of its header")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.mostBytes), Int(length) <= bytes.count - 8 else {
      throw FileFault(
        "its header claims \(length) bytes, but \(bytes.count - 8) follow: it is truncated or not a safetensors file")
    }
    dataStart = 8 + Int(length)
    let json = UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart])
    guard json.first == UInt8(ascii: "{") else {
      throw FileFault("its header is not the JSON that a safetensors file begins with: '{' is expected at byte 0")
    }
    var raw: [(name: String, entry: RawEntry)] = []
    do throws(FileFault) {
      (raw, metadata) = try Self.parsed(json)
    } catch {
      throw FileFault("its header is not the JSON that a safetensors file begins with: \(error.message)")
    }
    entries.reserveCapacity(raw.count)
    for (name, entry) in raw {
      guard entries.updateValue(try Self.checked(name, entry), forKey: name) == nil else {
        throw FileFault("its header names the tensor \(name.quoted) twice")
      }
    }
    try checkCoverage(of: bytes.count - dataStart)
  }

  private struct RawEntry {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
  }

  private static func parsed(
    _ json: UnsafeRawBufferPointer
  ) throws(FileFault) -> ([(name: String, entry: RawEntry)], [String: String]) {
    var found: [(name: String, entry: RawEntry)] = []
    var metadata: [String: String]?
    var scanner = JSONScanner(json)
    try scanner.object { scanner, name throws(FileFault) in
      if name == "__metadata__" {
        guard metadata == nil else { throw scanner.fault("__metadata__ stands there twice", at: scanner.position) }
        metadata = try strings(&scanner)
      } else {
        found.append((name, try entry(name, &scanner)))
      }
    }
    try scanner.finish()
    return (found, metadata ?? [:])
  }

  private static func strings(_ scanner: inout JSONScanner) throws(FileFault) -> [String: String] {
    var strings: [String: String] = [:]
    if try scanner.skipNull() { return strings }
    // Of a string that appears twice the last counts, as for the reference.
    try scanner.object { scanner, key throws(FileFault) in strings[key] = try scanner.string() }
    return strings
  }

  private static func entry(_ name: String, _ scanner: inout JSONScanner) throws(FileFault) -> RawEntry {
    var entry = RawEntry()
    try scanner.object { scanner, key throws(FileFault) in
      let isNew: Bool
      switch key {
      case "dtype":
        isNew = entry.dtype == nil
        entry.dtype = try scanner.string()
      case "shape":
        isNew = entry.shape == nil
        entry.shape = try scanner.integers()
      case "data_offsets":
        isNew = entry.offsets == nil
        entry.offsets = try scanner.integers()
      default:
        // What later versions of the format may add, the reference reader passes over too.
        isNew = true
        try scanner.skipValue()
      }
      guard isNew else { throw scanner.fault("tensor \(name.quoted) has \(key) twice", at: scanner.position) }
    }
    return entry
  }

  private static func checked(_ name: String, _ entry: RawEntry) throws(FileFault) -> Entry {
    guard let dtype = entry.dtype, let shape = entry.shape, let offsets = entry.offsets else {
      throw FileFault("tensor \(name.quoted) lacks one of dtype, shape and data_offsets")
    }
    guard let type = DType(safeTensorsName: dtype) else {
      let known = DType.allCases.compactMap(\.safeTensorsName).joined(separator: ", ")
      throw FileFault("tensor \(name.quoted) has the dtype \(dtype.quoted), which can't be read; known are \(known)")
    }
    guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0] else {
      throw FileFault(
        "tensor \(name.quoted) has the data offsets \(offsets.listed); two rising numbers from 0 are expected")
    }
    guard let bytes = type.byteCount(ofShape: shape) else {
      throw FileFault("tensor \(name.quoted) has the impossible shape \(shape.listed)")
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw FileFault(
        "tensor \(name.quoted), \(dtype) \(shape.listed), needs \(bytes) bytes, but its offsets \(offsets) hold "
          + "\(offsets[1] - offsets[0])")
    }
    return Entry(dtype: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Entries must lie end to end from 0 to the end of the file: anything else is a truncated or forged file.
  private func checkCoverage(of byteCount: Int) throws(FileFault) {
    var end = 0
    for (name, entry) in entries.sorted(by: {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }) {
      guard entry.range.lowerBound == end else {
        let what = entry.range.lowerBound < end ? "overlaps the tensor before it" : "leaves a hole before it"
        throw FileFault("tensor \(name.quoted) at bytes \(entry.range) \(what), which ends at \(end)")
      }
      end = entry.range.upperBound
    }
    guard end == byteCount else {
      let what = end > byteCount ? "it is truncated" : "\(byteCount - end) bytes belong to no tensor"
      throw FileFault("its tensors take \(end) bytes, but \(byteCount) follow the header: \(what)")
    }
  }
}

extension DType {
  /// The name in safetensors files; nil for a dtype that they can't hold.
  var safeTensorsName: String? {
    switch self {
    case .uint8: "U8"
    case .int8: "I8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .float16: "F16"
    case .float32: "F32"
    case .float64: "F64"
    case .complex64: "C64"
    case .bool: "BOOL"
    case .bfloat16: "BF16"
    case .complex128: nil
    }
  }

  init?(safeTensorsName name: String) {
    guard let match = Self.allCases.first(where: { $0.safeTensorsName == name }) else { return nil }
    self = match
  }

  /// The bytes that elements of a shape take; nil for negative sizes, too many dimensions, and more bytes than memory
  /// could have.
  func byteCount(ofShape shape: [Int]) -> Int? {
    guard shape.count <= Self.mostDimensions, shape.allSatisfy({ $0 >= 0 }) else { return nil }
    // Sizes are looked at in full although one may be 0: LibTorch computes strides of them.
    var (bytes, product) = (byteCount, byteCount)
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: Swift.max(size, 1))
      guard !overflow else { return nil }
      product = next
      bytes = size == 0 ? 0 : bytes * size
    }
    return bytes
  }

  /// LibTorch's kernels iterate over no more.
  static let mostDimensions = 64
}
