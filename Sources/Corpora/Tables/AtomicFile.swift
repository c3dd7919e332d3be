import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files and folders that appear under their final name complete or not at all: written aside, synced, renamed.
enum AtomicFile {
  /// Writes a file beside `url` and renames it to `url`, replacing what was there.
  static func write(_ data: Data, to url: URL) throws {
    let aside = aside(url)
    do {
      try data.write(to: aside)
      try sync(aside)
      try rename(aside, to: url)
    } catch {
      try? FileManager.default.removeItem(at: aside)
      throw error
    }
  }

  /// A name beside `url` that no other process uses.
  static func aside(_ url: URL) -> URL {
    url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(UUID().uuidString.prefix(8)).partial")
  }

  /// Forces a file's or folder's content to the disk.
  static func sync(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else { throw failure("opened", url) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("written to the disk", url) }
  }

  /// Forces everything below a folder to the disk.
  static func syncTree(_ folder: URL) throws {
    #if canImport(Glibc)
      // One call, which on Linux waits until all is written: thousands of small transcripts, synced one by one, would take
      // longer than everything else in an import.
      Glibc.sync()
    #else
      let keys: [URLResourceKey] = [.isSymbolicLinkKey]
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: keys)
      while let file = files?.nextObject() as? URL {
        let isLink = try file.resourceValues(forKeys: Set(keys)).isSymbolicLink ?? false
        if !isLink { try sync(file) }
      }
      try sync(folder)
    #endif
  }

  /// Renames within a file system in one step and syncs the folder that holds the new name.
  static func rename(_ source: URL, to target: URL) throws {
    let code = source.path.withCString { from in
      target.path.withCString { to in
        #if canImport(Darwin)
          Darwin.rename(from, to)
        #elseif canImport(Glibc)
          Glibc.rename(from, to)
        #else
          Musl.rename(from, to)
        #endif
      }
    }
    guard code == 0 else { throw failure("renamed to \(target.lastPathComponent)", source) }
    try sync(target.deletingLastPathComponent())
  }

  private static func failure(_ verb: String, _ url: URL) -> CorporaError {
    .fileSystem(path: url.path, problem: "could not be \(verb): \(String(cString: strerror(errno)))")
  }
}
