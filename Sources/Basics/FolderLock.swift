public import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Keeps other processes and threads that ask for the same lock away from a folder.
public enum FolderLock {
  /// Runs `body` while the lock is held, and waits first for whoever holds it. The system gives the lock back when the
  /// process ends, however it ends, so that the file `.lock` may stay.
  ///
  /// - Throws: `FileError` for a folder that can't be made or locked, or what `body` throws.
  public static func held<Output>(_ folder: URL, _ body: () throws -> Output) throws -> Output {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(url: folder, message: "the folder can't be made: \(error.localizedDescription)")
    }
    // Not inherited by child processes, which would go on to hold the lock.
    let descriptor = open(folder.appending(path: ".lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw AtomicFile.failure("no lock can be made in this folder", folder) }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      if errno == EINTR { continue }
      // Some network file systems know no locks; one process at a time still works there.
      if errno == ENOSYS || errno == EOPNOTSUPP || errno == ENOLCK { break }
      throw AtomicFile.failure("can't be locked", folder)
    }
    return try body()
  }
}
