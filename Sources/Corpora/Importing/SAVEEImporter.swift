public import Foundation

/// SAVEE: the label is in the file name, letters before a number, and the speaker in the folder (`DC/a01.wav`) or in front
/// (`DC_a01.wav`).
public struct SAVEEImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "savee"
  /// The corpus, with its reference.
  public let title = "SAVEE, acted English speech of four men (Haq and Jackson 2009)"
  /// What the source folder should hold.
  public let expected =
    "SAVEE's folders DC, JE, JK and KL with audio named like a01.wav, or audio named like DC_a01.wav"

  private static let speakers: Set<String> = ["DC", "JE", "JK", "KL"]
  private static let labels: Set<String> = ["a", "d", "f", "h", "n", "sa", "su"]

  /// The importer.
  public init() {}

  /// Finds the audio of the four speakers. Names without a speaker get one, since each speaker has an `a01.wav`.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    var found = ImportSource()
    for path in try SourceFolder(source, expected: expected).paths {
      let fileName = SourceFolder.fileName(path)
      let parts = Utterance.name(ofFile: fileName).split(separator: "_").map(String.init)
      let folder = path.split(separator: "/").dropLast().last.map(String.init) ?? ""
      let speaker = parts.count == 2 ? parts[0] : folder
      let label = parts.last.map { String($0.prefix(while: \.isLetter)) } ?? ""
      let number = parts.last?.dropFirst(label.count) ?? ""
      guard SourceFolder.isAudio(path), parts.count <= 2, Self.speakers.contains(speaker), Self.labels.contains(label),
        number.count == 2, Int(number) != nil
      else {
        found.unrecognisedFiles.append(path)
        continue
      }
      var clip = ImportSource.Clip(path: path, label: label, speaker: speaker, gender: .male)
      clip.name = parts.count == 2 ? fileName : "\(speaker)_\(fileName)"
      found.clips.append(clip)
    }
    return found
  }
}
