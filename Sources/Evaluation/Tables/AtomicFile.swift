import Foundation

/// Writes files so that nothing half-written ever stands under a final name: aside, synced, renamed.
enum AtomicFile {
  /// Replaces or makes the file at `url`, and the folders above it.
  static func write(_ data: Data, to url: URL) throws(EvaluationError) {
    let folder = url.deletingLastPathComponent()
    let aside = folder.appending(path: ".\(url.lastPathComponent).\(UUID().uuidString).part")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      do {
        try data.write(to: aside, options: .withoutOverwriting)
        let handle = try FileHandle(forWritingTo: aside)
        try handle.synchronize()
        try handle.close()
        guard rename(aside.path, url.path) == 0 else {
          throw CocoaError(.fileWriteUnknown, userInfo: [NSLocalizedDescriptionKey: String(cString: strerror(errno))])
        }
      } catch {
        try? FileManager.default.removeItem(at: aside)
        throw error
      }
    } catch {
      throw .file(url.path, problem: "cannot be written: \(error.localizedDescription)")
    }
    // The rename itself lasts once the folder is on the disk; a file system that cannot sync folders has no more to give.
    let descriptor = open(folder.path, O_RDONLY)
    if descriptor >= 0 {
      _ = fsync(descriptor)
      _ = close(descriptor)
    }
  }
}
