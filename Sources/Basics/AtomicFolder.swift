public import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Folders that appear under their final name complete or not at all: filled aside, synced and renamed.
public enum AtomicFolder {
  /// Forces everything in a folder to the disk. Throws `FileError`.
  public static func sync(_ folder: URL) throws {
    #if canImport(Glibc)
      // One call, which on Linux waits until all is written: thousands of small files, synced one by one, would take
      // longer than everything else.
      Glibc.sync()
    #else
      let keys: [URLResourceKey] = [.isSymbolicLinkKey]
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: keys)
      while let file = files?.nextObject() as? URL {
        let isLink = try file.resourceValues(forKeys: Set(keys)).isSymbolicLink ?? false
        if !isLink { try syncOne(file) }
      }
      try syncOne(folder)
    #endif
  }

  /// Renames a file or folder within a file system in one step, replacing a file that has the name, and makes the
  /// rename itself survive a power cut. Throws `FileError`.
  public static func rename(_ source: URL, to target: URL) throws {
    #if canImport(Darwin)
      let status = Darwin.rename(source.path, target.path)
    #elseif canImport(Glibc)
      let status = Glibc.rename(source.path, target.path)
    #else
      let status = Musl.rename(source.path, target.path)
    #endif
    guard status == 0 else { throw AtomicFile.failure("can't be put in place", target) }
    try syncOne(target.deletingLastPathComponent())
  }

  private static func syncOne(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY)
    guard descriptor >= 0 else { throw AtomicFile.failure("can't be opened", url) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw AtomicFile.failure("can't be written to the disk", url) }
  }
}
