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

  /// Prepares to write a corpus. A folder that is there already is an error, unless it is empty, or it is a corpus and
  /// `replacing` is true.
  ///
  /// Throws `CorporaError`.
  public init(folder: URL, replacing: Bool = false) throws {
    let folder = folder.standardizedFileURL
    self.folder = folder
    self.replacing = replacing
    if try !CorpusLayout.isFree(folder) {
      guard replacing else { throw CorporaError.exists(path: folder.path) }
      let labels = folder.appending(path: CorpusLayout.consensus)
      guard FileManager.default.fileExists(atPath: labels.path) else {
        throw CorporaError.unsafeOutput(
          path: folder.path, reason: "it is not a corpus (no \(CorpusLayout.consensus)), so it is not replaced")
      }
    }
    staging = AtomicFile.aside(folder)
    do {
      for part in [CorpusLayout.audios, CorpusLayout.labels] {
        try FileManager.default.createDirectory(
          at: staging.appending(path: part), withIntermediateDirectories: true)
      }
    } catch {
      throw CorporaError.fileSystem(path: staging.path, problem: "could not be made: \(error.localizedDescription)")
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
    try write(to: CorpusLayout.consensus) { try Corpus.writeConsensus(utterances, to: $0) }
    try write(to: CorpusLayout.detailed) { try Corpus.writeRatings(utterances, to: $0) }
    let folder = staging.appending(path: CorpusLayout.transcripts).path
    var isThere = false
    for utterance in utterances {
      guard let transcript = utterance.transcript else { continue }
      if !isThere {
        try Self.system("could not be made", folder) { mkdir(folder, 0o777) }
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
