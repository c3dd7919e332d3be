import Foundation

/// Small files without the ceremony of Foundation's calls, of which a corpus would need hundreds of thousands.
enum SmallFile {
  /// Writes a file in a folder that is itself not yet under its final name.
  static func write(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure("could not be made", path) }
    defer { close(descriptor) }
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    guard written == bytes.count else { throw failure("could not be written", path) }
  }

  /// The bytes of a file.
  static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("could not be read", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("could not be read", path) }
    let size = Int(status.st_size)
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let read = pread(descriptor, buffer.baseAddress?.advanced(by: count), size - count, off_t(count))
        if read < 0, errno == EINTR { continue }
        guard read >= 0 else { throw failure("could not be read", path) }
        // Somebody made it shorter.
        if read == 0 { break }
        count += read
      }
    }
  }

  /// The size of the file that a path leads to, links followed; nil where there is none.
  static func size(_ path: String) -> Int? { info(path)?.size }

  /// Size and time of change (nanoseconds) of the file that a path leads to, links followed; nil where there is none.
  static func info(_ path: String) -> (size: Int, changed: Int64)? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return (Int(status.st_size), Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// What the operating system says of a call that failed.
  static func failure(_ problem: String, _ path: String) -> CorporaError {
    .fileSystem(path: path, problem: "\(problem): \(String(cString: strerror(errno)))")
  }
}
