public import Foundation

/// A folder for the files of one test, gone with the last reference to it.
public final class TemporaryFolder: Sendable {
  /// The folder, links resolved.
  public let url: URL

  /// Makes a new folder.
  public init() throws {
    url = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "affect-tests-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The place of a file in the folder.
  public func callAsFunction(_ path: String) -> URL { url.appending(path: path) }

  /// The text of a file in the folder.
  public func text(_ path: String) throws -> String { try String(contentsOf: self(path), encoding: .utf8) }

  /// Writes a text file, its folders included.
  @discardableResult
  public func write(_ text: String, _ path: String) throws -> URL {
    try FileManager.default.createDirectory(
      at: self(path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: self(path))
    return self(path)
  }

  /// All files below a folder, hidden ones included, as sorted paths relative to it.
  public func files(_ path: String) -> [String] {
    (FileManager.default.subpaths(atPath: self(path).path) ?? []).filter { name in
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: self(path).appending(path: name).path, isDirectory: &isFolder)
      return exists && !isFolder.boolValue
    }.sorted()
  }
}
