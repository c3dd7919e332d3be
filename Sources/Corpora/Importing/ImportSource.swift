import Foundation

/// What an importer found in a source: its clips as the source labels them, and everything that did not fit.
public struct ImportSource: Sendable {
  /// One clip as its source describes it.
  public struct Clip: Sendable {
    /// The audio's path in the source folder.
    public var path: String
    /// The source's own label: for acted speech, the emotion that the actor was asked for.
    public var label: String
    /// Listeners' votes as the source labels them, one for each vote; nil when the source has no listeners.
    public var votes: [String]?
    /// The speaker's name in the source.
    public var speaker: String
    /// The speaker's gender.
    public var gender: Gender
    /// The words spoken, or nil where the source does not define them.
    public var transcript: String?
    /// Further columns for `labels_consensus.csv`.
    public var extra: [String: String]

    /// A clip.
    public init(
      path: String, label: String, votes: [String]? = nil, speaker: String, gender: Gender, transcript: String?,
      extra: [String: String] = [:]
    ) {
      self.path = path
      self.label = label
      self.votes = votes
      self.speaker = speaker
      self.gender = gender
      self.transcript = transcript
      self.extra = extra
    }
  }

  /// The clips, in the order of their paths.
  public var clips: [Clip] = []
  /// Files that are none of the source's own kinds, by path.
  public var unrecognisedFiles: [String] = []
  /// Rows of the source's label table for which there is no audio, by the name in the table.
  public var labelsWithoutFile: [String] = []
  /// Audio of the source's kind that its label table does not name, by path.
  public var filesWithoutLabel: [String] = []
  /// Anything else that the user should know.
  public var notes: [String] = []

  /// Nothing found yet.
  public init() {}
}

/// The files below a source's folder.
struct SourceFolder {
  static let audioExtensions: Set<String> = ["wav", "flac", "opus", "ogg", "mp3", "m4a", "aac", "aif", "aiff"]

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

  static func isAudio(_ path: String) -> Bool {
    guard let dot = path.lastIndex(of: ".") else { return false }
    return audioExtensions.contains(path[path.index(after: dot)...].lowercased())
  }
}
