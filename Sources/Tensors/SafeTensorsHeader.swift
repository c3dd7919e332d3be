import Foundation

/// The header of a safetensors file: what it holds and where, checked before anything is trusted.
struct SafeTensorsHeader {
  struct Entry: Equatable {
    var dtype: DType
    var shape: [Int]
    /// Byte offsets from the end of the header.
    var range: Range<Int>
  }

  var entries: [String: Entry]
  var metadata: [String: String]
  /// Where the elements begin in the file.
  var dataStart: Int

  /// The format's own limit.
  static let mostBytes = 100_000_000

  /// Reads the header at the start of a file of `bytes`, and checks that the entries fill the rest of it exactly.
  init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
    guard bytes.count >= 8 else {
      throw Fault("it has \(bytes.count) bytes; a safetensors file begins with the 8-byte length of its header")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.mostBytes), Int(length) <= bytes.count - 8 else {
      throw Fault(
        "its header claims \(length) bytes, but \(bytes.count - 8) follow: it is truncated or not a safetensors file")
    }
    dataStart = 8 + Int(length)
    let json = Data(bytes[8..<dataStart])
    let raw: [String: RawEntry]
    do {
      raw = try JSONDecoder().decode([String: RawEntry].self, from: json)
    } catch {
      throw Fault("its header is not the JSON that a safetensors file begins with")
    }
    entries = [:]
    metadata = [:]
    entries.reserveCapacity(raw.count)
    for (name, entry) in raw {
      switch entry {
      case .metadata(let values): metadata = values
      case .tensor(let dtype, let shape, let offsets): entries[name] = try Self.checked(name, dtype, shape, offsets)
      }
    }
    try checkCoverage(of: bytes.count - dataStart)
  }

  private static func checked(_ name: String, _ dtype: String, _ shape: [Int], _ offsets: [Int]) throws(Fault) -> Entry
  {
    guard let type = DType(safeTensorsName: dtype) else {
      let known = DType.allCases.compactMap(\.safeTensorsName).joined(separator: ", ")
      throw Fault("tensor '\(name)' has the dtype \(dtype); known are \(known)")
    }
    guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0] else {
      throw Fault("tensor '\(name)' has the data offsets \(offsets); two rising numbers from 0 are expected")
    }
    var bytes = type.byteCount
    for size in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { throw Fault("tensor '\(name)' has the impossible shape \(shape)") }
      bytes = product
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw Fault(
        "tensor '\(name)', \(dtype) \(shape), needs \(bytes) bytes, but its offsets \(offsets) hold "
          + "\(offsets[1] - offsets[0])")
    }
    return Entry(dtype: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Entries must lie end to end from 0 to the end of the file: anything else is a truncated or forged file.
  private func checkCoverage(of byteCount: Int) throws(Fault) {
    var end = 0
    for (name, entry) in entries.sorted(by: {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }) {
      guard entry.range.lowerBound == end else {
        let what = entry.range.lowerBound < end ? "overlaps the tensor before it" : "leaves a hole before it"
        throw Fault("tensor '\(name)' at bytes \(entry.range) \(what), which ends at \(end)")
      }
      end = entry.range.upperBound
    }
    guard end == byteCount else {
      let what = end > byteCount ? "it is truncated" : "\(byteCount - end) bytes belong to no tensor"
      throw Fault("its tensors take \(end) bytes, but \(byteCount) follow the header: \(what)")
    }
  }

  /// What is wrong with a header, as a sentence about "it", the file.
  struct Fault: Error {
    let message: String
    init(_ message: String) { self.message = message }
  }
}

/// A value of the header's JSON: a tensor, or the `__metadata__` object of strings.
private enum RawEntry: Decodable {
  case tensor(dtype: String, shape: [Int], offsets: [Int])
  case metadata([String: String])

  enum Keys: String, CodingKey {
    case dtype, shape
    case offsets = "data_offsets"
  }

  init(from decoder: any Decoder) throws {
    if decoder.codingPath.last?.stringValue == "__metadata__" {
      self = .metadata(try decoder.singleValueContainer().decode([String: String].self))
    } else {
      let values = try decoder.container(keyedBy: Keys.self)
      self = .tensor(
        dtype: try values.decode(String.self, forKey: .dtype), shape: try values.decode([Int].self, forKey: .shape),
        offsets: try values.decode([Int].self, forKey: .offsets))
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
    case .bool: "BOOL"
    case .bfloat16: "BF16"
    case .complex64, .complex128: nil
    }
  }

  init?(safeTensorsName name: String) {
    guard let match = Self.allCases.first(where: { $0.safeTensorsName == name }) else { return nil }
    self = match
  }
}
