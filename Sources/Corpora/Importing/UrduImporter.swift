public import Foundation

/// URDU: talk shows; the label is in the file name, `SM1_F12_A012`: speaker with gender, file, emotion with number.
public struct UrduImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "urdu"
  /// The corpus, with its reference.
  public let title = "URDU, Urdu speech of talk shows (Latif et al. 2018)"
  /// What the source folder should hold.
  public let expected = "URDU's folders Angry, Happy, Neutral and Sad with audio named like SM1_F1_A01.wav"
  /// The speech is not acted.
  public let labelColumn = "Label"

  private static let labels: Set<Character> = ["A", "H", "N", "S"]

  /// The importer.
  public init() {}

  /// Finds the audio, whatever its folder.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    var found = ImportSource()
    for path in try SourceFolder(source, expected: expected).paths {
      let parts = Utterance.name(ofFile: SourceFolder.fileName(path)).split(separator: "_")
      guard SourceFolder.isAudio(path), parts.count == 3, parts[0].count >= 3, parts[0].first == "S",
        let gender = SourceWords.gender(String(parts[0].dropFirst().prefix(1))), gender != .unknown,
        Int(parts[0].dropFirst(2)) != nil, parts[1].first == "F", Int(parts[1].dropFirst()) != nil,
        let label = parts[2].first, Self.labels.contains(label), Int(parts[2].dropFirst()) != nil
      else {
        found.unrecognisedFiles.append(path)
        continue
      }
      found.clips.append(
        ImportSource.Clip(path: path, label: String(label), speaker: String(parts[0]), gender: gender))
    }
    return found
  }
}
