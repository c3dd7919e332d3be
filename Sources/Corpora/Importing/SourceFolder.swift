import Foundation

/// The files below a source's folder.
struct SourceFolder {
  static let audioExtensions: Set<String> = [
    "wav", "flac", "opus", "ogg", "mp3", "m4a", "aac", "aif", "aiff", "wma",
  ]
  static let videoExtensions: Set<String> = ["mp4", "mkv", "avi", "mov", "webm"]

  let url: URL
  /// The paths of all files that are not hidden, relative to the folder, sorted.
  let paths: [String]

  init(_ url: URL, expected: String) throws {
    let folder = url.resolvingSymlinksInPath()
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw CorporaError.notFound(path: url.path, expected: expected)
    }
    self.url = folder
    var found = [String]()
    let names: [String]
    do {
      names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    } catch {
      throw CorporaError.fileSystem(path: folder.path, problem: "could not be listed: \(error.localizedDescription)")
    }
    for path in names where !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
      let file = folder.appending(path: path).path
      if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue {
        found.append(path)
      }
    }
    paths = found.sorted()
  }

  /// The file of that name nearest to the top.
  func file(named name: String) -> URL? {
    paths.filter { Self.fileName($0) == name }.min { $0.count < $1.count }.map { url.appending(path: $0) }
  }

  static func fileName(_ path: String) -> String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }

  static func isAudio(_ path: String) -> Bool { audioExtensions.contains(suffix(path)) }

  /// Whether a file may hold sound: audio, or video with a sound track.
  static func isMedia(_ path: String) -> Bool {
    let suffix = suffix(path)
    return audioExtensions.contains(suffix) || videoExtensions.contains(suffix)
  }

  private static func suffix(_ path: String) -> String {
    path.lastIndex(of: ".").map { path[path.index(after: $0)...].lowercased() } ?? ""
  }
}
