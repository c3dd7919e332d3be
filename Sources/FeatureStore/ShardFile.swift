import Basics
import Crypto
import Foundation
import Tensors

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A shard while it is written: `shard-NNNNN.safetensors.part`, with room left for the header, which is known only at the
/// end. What the index says is in the file is in it; what stands behind that was not entered before a kill.
final class ShardFile {
  /// A finished utterance.
  struct Item {
    let name: String
    let frames: Int
  }

  private let url: URL
  private let descriptor: Int32
  private let headerBytes: Int
  private(set) var dataBytes: Int

  static func part(_ shard: URL) -> URL { shard.appendingPathExtension("part") }

  /// Opens the file of a shard to go on behind `dataBytes`; nil where it holds less than that, as after a power cut.
  init?(_ shard: URL, headerBytes: Int, dataBytes: Int) throws {
    url = Self.part(shard)
    (self.headerBytes, self.dataBytes) = (headerBytes, dataBytes)
    descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure("can't be opened", url) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.failure("can't be looked at", url) }
    let wanted = headerBytes + dataBytes
    if dataBytes > 0, Int(status.st_size) < wanted { return nil }
    guard ftruncate(descriptor, off_t(wanted)) == 0 else { throw Self.failure("can't be cut to its size", url) }
  }

  deinit { close(descriptor) }

  /// Adds the elements of a contiguous tensor.
  func append(_ features: Tensor) throws {
    try features.withUnsafeBytes { bytes in
      try write(UnsafeRawBufferPointer(bytes), at: headerBytes + dataBytes)
      dataBytes += bytes.count
    }
  }

  /// Waits until all is on the disk.
  func sync() throws {
    guard fsync(descriptor) == 0 else { throw Self.failure("can't be written to the disk", url) }
  }

  /// Writes the header and gives the file its name.
  ///
  /// - Returns: the file's size and SHA-256
  func finish(_ items: [Item], dtype: DType, width: Int, as shard: URL) throws -> (bytes: Int, checksum: String) {
    let header = try ShardHeader.text(items, dtype: dtype, width: width)
    guard header.count + 8 <= headerBytes else {
      throw FileError(
        url: url, message: "its header takes \(header.count + 8) bytes, of \(headerBytes) that were kept for it")
    }
    var room = [UInt8](repeating: UInt8(ascii: " "), count: headerBytes)
    withUnsafeBytes(of: UInt64(headerBytes - 8).littleEndian) { room.replaceSubrange(0..<8, with: $0) }
    room.replaceSubrange(8..<(8 + header.count), with: header)
    try room.withUnsafeBytes { try write($0, at: 0) }
    try sync()
    let checksum = try Self.checksum(url)
    try AtomicFolder.rename(url, to: shard)
    return (headerBytes + dataBytes, checksum)
  }

  /// The SHA-256 of a file in hexadecimal digits, as `sha256sum` prints it.
  static func checksum(_ url: URL) throws -> String {
    let handle: FileHandle
    do { handle = try FileHandle(forReadingFrom: url) } catch {
      throw FileError(url: url, message: "can't be opened: \(error.localizedDescription)")
    }
    defer { try? handle.close() }
    var hash = SHA256()
    var isAtEnd = false
    while !isAtEnd {
      // Foundation's buffers would wait for the end of the loop elsewhere.
      try autoreleased {
        let block = try handle.read(upToCount: 1 << 20) ?? Data()
        hash.update(data: block)
        isAtEnd = block.isEmpty
      }
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  private static func autoreleased(_ body: () throws -> Void) rethrows {
    #if canImport(Darwin)
      try autoreleasepool(invoking: body)
    #else
      try body()
    #endif
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.failure("can't be written", url) }
      done += count
    }
  }

  private static func failure(_ what: String, _ url: URL) -> FileError {
    FileError(url: url, message: "\(what): \(String(cString: strerror(errno)))")
  }
}

/// The header of a shard.
enum ShardHeader {
  /// The JSON text: tensors (frames, width) end to end in the order of the items.
  static func text(_ items: [ShardFile.Item], dtype: DType, width: Int) throws -> [UInt8] {
    var text = "{\"__metadata__\":{\"format\":\"affect features 1\"}"
    var offset = 0
    for item in items {
      let end = offset + item.frames * width * dtype.byteCount
      text += ",\(try quoted(item.name)):{\"dtype\":\"\(try name(of: dtype))\",\"shape\":[\(item.frames),\(width)],"
      text += "\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    return Array((text + "}").utf8)
  }

  /// Bytes to keep for the header of a shard of these utterances and for the number before it: a multiple of 4096, so
  /// that the elements begin on a page.
  static func room(for names: [String]) throws -> Int {
    // Beside the name there are 50 characters, and four numbers of at most 19 digits.
    let most = try names.reduce(64) { try $0 + quoted($1).utf8.count + 50 + 4 * 19 }
    return (8 + most + 4095) / 4096 * 4096
  }

  private static func quoted(_ name: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(name), as: UTF8.self)
  }

  private static func name(of dtype: DType) throws -> String {
    switch dtype {
    case .bfloat16: "BF16"
    case .float16: "F16"
    case .float32: "F32"
    default: throw TensorError(operation: "storing features", message: "\(dtype.rawValue) features can't be stored")
    }
  }
}
