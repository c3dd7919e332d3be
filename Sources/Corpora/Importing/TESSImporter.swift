public import Foundation

/// TESS: the label is the folder's name, `SPEAKER_emotion`; files are named `SPEAKER_word_emotion`.
public struct TESSImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "tess"
  /// The corpus, with its reference.
  public let title = "TESS, acted English speech of two women (Pichora-Fuller and Dupuis 2020)"
  /// What the source folder should hold.
  public let expected = "TESS's folders, named like OAF_angry, with audio named like OAF_back_angry.wav"

  /// The importer.
  public init() {}

  /// Finds the audio in folders that begin with the speaker `OAF` or `YAF`. The label is the rest of the folder's name in
  /// lower case, since the corpus spells `OAF_Fear` and `YAF_fear`.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    var found = ImportSource()
    for path in try SourceFolder(source, expected: expected).paths {
      let folder = path.split(separator: "/").dropLast().last ?? ""
      let name = Utterance.name(ofFile: SourceFolder.fileName(path)).split(separator: "_")
      guard SourceFolder.isAudio(path), let separator = folder.firstIndex(of: "_"), name.count >= 3,
        ["OAF", "YAF"].contains(folder[..<separator])
      else {
        found.unrecognisedFiles.append(path)
        continue
      }
      let label = folder[folder.index(after: separator)...].lowercased()
      found.clips.append(
        ImportSource.Clip(
          path: path, label: label, speaker: String(folder[..<separator]), gender: .female,
          transcript: "Say the word \(name[1].lowercased())."))
    }
    return found
  }
}
