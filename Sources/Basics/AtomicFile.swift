public import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files that are whole or absent: written aside in the same folder, synced, and renamed. A process killed at any moment
/// leaves either the old file or the new one under the final name.
public enum AtomicFile {
  /// Writes a file through a handle.
  ///
  /// - Parameters:
  ///   - url: the final name; its folder is made if it is missing.
  ///   - body: writes the content. If it throws, nothing is left behind and the old file stays.
  /// - Throws: `FileError`, or what `body` throws.
  public static func write(to url: URL, _ body: (FileHandle) throws -> Void) throws {
    let folder = url.deletingLastPathComponent()
    let aside = aside(url)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(url: folder, message: "the folder can't be made: \(error.localizedDescription)")
    }
    guard FileManager.default.createFile(atPath: aside.path, contents: nil) else {
      throw failure("no file can be made in this folder", folder)
    }
    do {
      let handle = try FileHandle(forWritingTo: aside)
      defer { try? handle.close() }
      try body(handle)
      try handle.synchronize()
      try AtomicFolder.rename(aside, to: url)
    } catch {
      try? FileManager.default.removeItem(at: aside)
      throw error
    }
  }

  /// Writes bytes.
  public static func write(_ data: Data, to url: URL) throws {
    try write(to: url) { try $0.write(contentsOf: data) }
  }

  /// Writes text as UTF-8.
  public static func write(_ text: String, to url: URL) throws { try write(Data(text.utf8), to: url) }

  /// A hidden name beside `url` that no other process uses.
  public static func aside(_ url: URL) -> URL {
    url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(UUID().uuidString).part")
  }

  /// Removes what processes that were killed left aside of a file. For whoever alone may write it, such as the holder of its
  /// folder's lock.
  public static func removeLeftovers(of url: URL) throws {
    let folder = url.deletingLastPathComponent()
    let manager = FileManager.default
    guard manager.fileExists(atPath: folder.path) else { return }
    for name in try manager.contentsOfDirectory(atPath: folder.path)
    where name.hasPrefix(".\(url.lastPathComponent).") && name.hasSuffix(".part") {
      try manager.removeItem(at: folder.appending(path: name))
    }
  }

  static func failure(_ what: String, _ url: URL) -> FileError {
    FileError(url: url, message: "\(what): \(String(cString: strerror(errno)))")
  }
}

/// A file that can't be used, and why.
public struct FileError: Error, Equatable, CustomStringConvertible {
  /// The file or folder.
  public let url: URL
  /// What is wrong, and what would be right.
  public let message: String

  /// Makes an error of its parts.
  public init(url: URL, message: String) {
    self.url = url
    self.message = message
  }

  /// The path and what is wrong with it.
  public var description: String { "\(url.path): \(message)" }
}
