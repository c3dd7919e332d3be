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
  /// A lock that is held for as long as somebody refers to it. The system gives it back when the process ends,
  /// however it ends, so that the file `.lock` may stay.
  public final class Hold: Sendable {
    private let descriptor: Int32

    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
  }

  /// Takes the lock of a folder, which is made if it is missing.
  ///
  /// - Parameter waiting: is called once if another process or thread holds the lock, before this one waits for it.
  /// - Throws: `FileError` for a folder that can't be made or locked.
  public static func take(_ folder: URL, waiting: () -> Void = {}) throws -> Hold {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(url: folder, message: "the folder can't be made: \(error.localizedDescription)")
    }
    // Not inherited by child processes, which would go on to hold the lock.
    let descriptor = open(folder.appending(path: ".lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw AtomicFile.failure("no lock can be made in this folder", folder) }
    let hold = Hold(descriptor)
    var operation = LOCK_EX | LOCK_NB
    while flock(descriptor, operation) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK where operation != LOCK_EX:
        waiting()
        operation = LOCK_EX
      // Some network file systems know no locks; one process at a time still works there.
      case ENOSYS, EOPNOTSUPP, ENOLCK: return hold
      default: throw AtomicFile.failure("can't be locked", folder)
      }
    }
    return hold
  }

  /// Runs `body` while the lock is held, and waits first for whoever holds it.
  ///
  /// - Throws: `FileError` for a folder that can't be made or locked, or what `body` throws.
  public static func held<Output>(_ folder: URL, _ body: () throws -> Output) throws -> Output {
    let hold = try take(folder)
    return try withExtendedLifetime(hold, body)
  }
}
