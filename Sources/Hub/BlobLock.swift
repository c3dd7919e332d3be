import Basics
import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The lock of a blob, as the Python client's `filelock` takes it: `flock` on a file that stays. The system gives it back
/// when a process ends, however it ends.
final class BlobLock: Sendable {
  private let descriptor: Int32
  /// Whether the file system knows locks. Where it does not, two processes may fetch a blob at the same time, each into a
  /// file of its own.
  let isExclusive: Bool

  private init(_ descriptor: Int32, isExclusive: Bool) {
    (self.descriptor, self.isExclusive) = (descriptor, isExclusive)
  }

  deinit { close(descriptor) }

  /// Waits for the lock.
  ///
  /// - Parameter waiting: is called once where another process or task holds it
  /// - Throws: `FileError` where no lock can be made, and `CancellationError`
  static func take(_ url: URL, waiting: () -> Void) async throws -> BlobLock {
    let folder = url.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(url: folder, message: "no folder of locks can be made here: \(error.localizedDescription)")
    }
    var hasWaited = false
    while true {
      let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o664)
      guard descriptor >= 0 else {
        throw FileError(url: url, message: "no lock can be made here: \(String(cString: strerror(errno)))")
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        // Whoever held it before may have removed the file: others would then lock another one.
        var mine = stat()
        var there = stat()
        if fstat(descriptor, &mine) == 0, stat(url.path, &there) == 0, mine.st_ino == there.st_ino {
          return BlobLock(descriptor, isExclusive: true)
        }
        close(descriptor)
        continue
      }
      let reason = errno
      if [ENOSYS, EOPNOTSUPP, ENOLCK].contains(reason) { return BlobLock(descriptor, isExclusive: false) }
      close(descriptor)
      guard reason == EWOULDBLOCK || reason == EINTR else {
        throw FileError(url: url, message: "can't be locked: \(String(cString: strerror(reason)))")
      }
      if !hasWaited { waiting() }
      hasWaited = true
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
