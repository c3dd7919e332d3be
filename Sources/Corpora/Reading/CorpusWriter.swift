import Basics
import Emotion
public import Foundation

/// Writes a corpus so that it appears under its name complete or not at all: everything goes to a folder beside it,
/// which `finish()` syncs and renames.
public struct CorpusWriter: Sendable {
  /// The corpus's final folder.
  public let folder: URL
  /// The folder beside it that is written until `finish()`.
  public let staging: URL
  private let replacing: Bool
  /// Keeps others away from a folder that more than one run may write to.
  private let lock: FolderLock.Hold?

  /// Prepares to write a corpus. A folder that is there already is an error, unless it is empty, or it is a corpus and
  /// `replacing` is true.
  ///
  /// Throws `CorporaError`.
  public init(folder: URL, replacing: Bool = false) throws {
    try self.init(
      folder: folder, replacing: replacing, staging: AtomicFile.aside(folder.standardizedFileURL), lock: nil)
  }

  /// Prepares to write a corpus that takes long to make: what a stopped run of the same identity left is kept and gone on
  /// with. Another process that does so is waited for, which `waiting` tells.
  init(folder: URL, replacing: Bool, resuming identity: String, waiting: () -> Void) throws {
    let folder = folder.standardizedFileURL
    let staging = folder.deletingLastPathComponent()
      .appending(path: ".\(folder.lastPathComponent).\(identity).part", directoryHint: .isDirectory)
    // Before a folder is made that nobody would go on with.
    try Self.check(folder, replacing: replacing)
    let lock = try FolderLock.take(staging, waiting: waiting)
    try self.init(folder: folder, replacing: replacing, staging: staging, lock: lock)
  }

  private init(folder: URL, replacing: Bool, staging: URL, lock: FolderLock.Hold?) throws {
    let folder = folder.standardizedFileURL
    self.folder = folder
    self.replacing = replacing
    self.staging = staging
    self.lock = lock
    // The process that was waited for may have made it.
    try Self.check(folder, replacing: replacing)
    do {
      for part in [CorpusLayout.audios, CorpusLayout.labels] {
        try FileManager.default.createDirectory(
          at: staging.appending(path: part), withIntermediateDirectories: true)
      }
    } catch {
      throw CorporaError.fileSystem(path: staging.path, problem: "could not be made: \(error.localizedDescription)")
    }
  }

  private static func check(_ folder: URL, replacing: Bool) throws {
    guard try !CorpusLayout.isFree(folder) else { return }
    guard replacing else { throw CorporaError.exists(path: folder.path) }
    let labels = folder.appending(path: CorpusLayout.consensus)
    guard FileManager.default.fileExists(atPath: labels.path) else {
      throw CorporaError.unsafeOutput(
        path: folder.path, reason: "it is not a corpus (no \(CorpusLayout.consensus)), so it is not replaced")
    }
  }

  /// Where to write the audio file of that name.
  public func audio(_ fileName: String) -> URL {
    staging.appending(path: CorpusLayout.audios).appending(path: fileName)
  }

  /// Links to audio that lies elsewhere, by its absolute path.
  public func link(_ source: URL, as fileName: String) throws {
    try link(path: source.standardizedFileURL.path, as: fileName)
  }

  /// Links to audio by its absolute path, which is taken as it is.
  func link(path: String, as fileName: String) throws {
    let name = "\(staging.path)/\(CorpusLayout.audios)/\(fileName)"
    try Self.system("could not be linked as \(fileName)", path) { symlink(path, name) }
  }

  /// Writes a further file, such as `README.md`, by its path in the corpus.
  public func write(_ text: String, to path: String) throws {
    let file = staging.appending(path: path)
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    } catch {
      throw CorporaError.fileSystem(path: file.path, problem: "could not be written: \(error.localizedDescription)")
    }
  }

  /// Writes the labels, ratings and transcripts of the utterances.
  public func write(_ utterances: [Utterance]) throws {
    // The tables keep the processor busy, transcripts the file system.
    _ = try Parallel.map(3) { part in
      switch part {
      case 0: try write(to: CorpusLayout.detailed) { try Corpus.writeRatings(utterances, to: $0) }
      case 1: try write(to: CorpusLayout.consensus) { try Corpus.writeConsensus(utterances, to: $0) }
      default: try writeTranscripts(utterances)
      }
    }
  }

  private func writeTranscripts(_ utterances: [Utterance]) throws {
    let folder = staging.appending(path: CorpusLayout.transcripts).path
    var isThere = false
    for utterance in utterances {
      guard let transcript = utterance.transcript else { continue }
      if !isThere {
        // A corpus that is gone on with has it where the run before was killed among the transcripts.
        try Self.system("could not be made", folder) { mkdir(folder, 0o777) == 0 || errno == EEXIST ? 0 : -1 }
        isThere = true
      }
      try SmallFile.write(Array("\(transcript)\n".utf8), to: "\(folder)/\(utterance.name).txt")
    }
  }

  private func write(to path: String, _ body: (FileHandle) throws -> Void) throws {
    let file = staging.appending(path: path)
    do {
      try AtomicFile.write(to: file, body)
    } catch {
      throw CorporaError.fileSystem(path: file.path, problem: "could not be written: \(error)")
    }
  }

  private static func system(_ problem: String, _ path: String, _ call: () -> Int32) throws {
    guard call() == 0 else { throw SmallFile.failure(problem, path) }
  }

  /// Syncs everything that was written and gives it its final name; what stood there is removed.
  public func finish() throws {
    if lock != nil { try FileManager.default.removeItem(at: staging.appending(path: ".lock")) }
    try AtomicFolder.sync(staging)
    let old = try replaced()
    try AtomicFolder.rename(staging, to: folder)
    if let old { try FileManager.default.removeItem(at: old) }
  }

  /// Removes what was written so far.
  public func abandon() { try? FileManager.default.removeItem(at: staging) }

  /// Moves what stands under the final name aside.
  private func replaced() throws -> URL? {
    guard FileManager.default.fileExists(atPath: folder.path) else { return nil }
    guard try replacing || CorpusLayout.isFree(folder) else { throw CorporaError.exists(path: folder.path) }
    let old = AtomicFile.aside(folder)
    try AtomicFolder.rename(folder, to: old)
    return old
  }
}

extension CorpusLayout {
  /// Whether nothing, or an empty folder, is at the place.
  static func isFree(_ folder: URL) throws -> Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else { return true }
    guard isFolder.boolValue else { return false }
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty
  }
}
