import Basics
import Foundation
import Hub

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A recording to recognise.
struct PredictInput: Equatable {
  /// As the output names it.
  let name: String
  /// Where it lies: elsewhere than its name for what came through standard input; an http or https address for what is
  /// fetched when its turn comes.
  let url: URL
  /// The name of its output without an extension: its place below the folder that was given, or the file's name.
  let stem: String
  /// What is wrong with it already, before it is opened.
  var fault: String?
}

/// The recordings that arguments name: files, all recordings below a folder, what matches a pattern that the shell left as it
/// is, http and https addresses, or `-` for what comes through standard input.
struct PredictInputs {
  /// Extensions of recordings; a file that is named itself may have any.
  static let extensions: Set<String> = [
    "3gp", "aac", "aif", "aiff", "amr", "au", "avi", "caf", "flac", "m4a", "m4b", "mka", "mkv", "mov", "mp2", "mp3",
    "mp4",
    "mpeg", "mpg", "oga", "ogg", "opus", "w64", "wav", "webm", "wma", "wv",
  ]

  private(set) var inputs: [PredictInput] = []
  /// What holds the recording of standard input, to be removed at the end.
  private var scratch: URL?

  /// - Throws: `PredictError` for two recordings that would have one output
  init(_ arguments: [String], needsOutputs: Bool) throws {
    for argument in arguments.flatMap(Self.expanded) {
      var isFolder: ObjCBool = false
      if argument == "-" {
        guard scratch == nil else { throw PredictError.inputs("- is given twice; standard input can be read once") }
        let url = try Self.standardInput()
        scratch = url
        inputs.append(PredictInput(name: "-", url: url, stem: "stdin"))
      } else if FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder), isFolder.boolValue {
        inputs += Self.folder(argument)
      } else if WebFile.isAddress(argument), let url = URL(string: argument) {
        let name = url.deletingPathExtension().lastPathComponent
        inputs.append(
          PredictInput(name: argument, url: url, stem: name.isEmpty || name == "/" ? url.host() ?? "recording" : name))
      } else {
        let url = URL(filePath: argument)
        let isPattern = argument.contains { "*?[".contains($0) } && !FileManager.default.fileExists(atPath: argument)
        inputs.append(
          PredictInput(
            name: argument, url: url, stem: url.deletingPathExtension().lastPathComponent,
            fault: isPattern ? "\(argument): no file matches this pattern" : nil))
      }
    }
    guard needsOutputs else { return }
    let byStem = Dictionary(grouping: inputs, by: \.stem)
    if let (stem, same) = byStem.first(where: { $0.value.count > 1 }) {
      throw PredictError.inputs(
        "\(same.map(\.name).sorted().joined(separator: " and ")) would both be written as \(stem); give their folder instead"
      )
    }
  }

  func removeScratch() {
    if let scratch { try? FileManager.default.removeItem(at: scratch) }
  }

  /// What a pattern matches, sorted; any other argument, and a pattern that matches nothing, as it is.
  private static func expanded(_ argument: String) -> [String] {
    guard argument.contains(where: { "*?[".contains($0) }), !WebFile.isAddress(argument),
      !FileManager.default.fileExists(atPath: argument)
    else { return [argument] }
    var matches = glob_t()
    defer { globfree(&matches) }
    guard glob(argument, 0, nil, &matches) == 0 else { return [argument] }
    return (0..<Int(matches.gl_pathc)).compactMap { matches.gl_pathv[$0].map { String(cString: $0) } }
  }

  private static func folder(_ path: String) -> [PredictInput] {
    let root = URL(filePath: path, directoryHint: .isDirectory)
    let names = (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [])
      .filter { extensions.contains(URL(filePath: $0).pathExtension.lowercased()) }.sorted()
    guard !names.isEmpty else {
      let fault =
        "\(root.path): holds no recording that can be read; files such as .wav, .mp3, .m4a or .mp4 are expected"
      return [PredictInput(name: path, url: root, stem: root.lastPathComponent, fault: fault)]
    }
    return names.map { name in
      PredictInput(
        name: (path.hasSuffix("/") ? path : path + "/") + name, url: root.appending(path: name),
        stem: String(name.dropLast(URL(filePath: name).pathExtension.count + 1)))
    }
  }

  /// An empty file that nobody else can read.
  static func scratchFile() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "affect-recording-\(UUID().uuidString)")
    guard FileManager.default.createFile(atPath: url.path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
      throw FileError(url: url, message: "can't be made")
    }
    return url
  }

  /// Containers are read with seeking, which a pipe does not have: what comes is kept in a file first.
  private static func standardInput() throws -> URL {
    let url = try scratchFile()
    let file = try FileHandle(forWritingTo: url)
    defer { try? file.close() }
    while let block = try FileHandle.standardInput.read(upToCount: 1 << 20), !block.isEmpty {
      try file.write(contentsOf: block)
    }
    return url
  }
}

extension PredictInput {
  /// Gives `body` the recording as a file; what is fetched for that is removed afterwards.
  ///
  /// - Throws: `WebFileError`, and what `body` throws
  func withFile<Output>(_ report: (Notice) -> Void, _ body: (URL) throws -> Output) throws -> Output {
    guard !url.isFileURL else { return try body(url) }
    let file = try PredictInputs.scratchFile()
    defer { try? FileManager.default.removeItem(at: file) }
    report(.status("fetching \(name)"))
    try WebFile(name).fetchAndWait(into: file)
    return try body(file)
  }
}

/// Arguments of `affect predict` that make no sense together.
public enum PredictError: Error, Equatable, CustomStringConvertible {
  /// What is wrong with the recordings that are named, or with how they are to be written.
  case inputs(String)

  /// What is wrong and what would be right.
  public var description: String {
    switch self {
    case .inputs(let message): message
    }
  }
}
