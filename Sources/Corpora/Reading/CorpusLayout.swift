import Foundation

/// The names of a corpus's files and columns, in one place.
enum CorpusLayout {
  static let audios = "Audios"
  static let transcripts = "Transcripts"
  /// How the transcripts were made, beside them.
  static let transcriptionRecord = "transcription.json"
  static let labels = "Labels"
  static let folds = "Folds"
  static let splits = "Splits"
  static let consensus = "Labels/labels_consensus.csv"
  static let detailed = "Labels/labels_detailed.csv"

  static let consensusColumns = [
    "FileName", "EmoClass", "EmoAct", "EmoVal", "EmoDom", "SpkrID", "Gender", "Split_Set",
  ]
  static let detailedColumns = [
    "FileName", "WorkerID", "EmoClass_Major", "EmoClass_Second", "EmoAct", "EmoVal", "EmoDom",
  ]

  /// What the label files write for a speaker who is not known.
  static let unknownSpeaker = "Unknown"

  /// The names of a folder's files, hidden ones left out, sorted; empty where there is no folder.
  static func files(in folder: URL) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }.sorted()
    } catch {
      throw CorporaError.fileSystem(path: folder.path, problem: "could not be listed: \(error.localizedDescription)")
    }
  }

  /// A file's content. Long tables, which are read once from front to back, are mapped instead of copied.
  static func data(of file: URL, expected: String, mapped: Bool = false) throws -> Data {
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw CorporaError.notFound(path: file.path, expected: expected)
    }
    do {
      return try Data(contentsOf: file, options: mapped ? .mappedIfSafe : [])
    } catch {
      throw CorporaError.fileSystem(path: file.path, problem: "could not be read: \(error.localizedDescription)")
    }
  }
}
