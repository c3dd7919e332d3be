public import Foundation

/// RAVDESS: the label is in the file name, `MODALITY-CHANNEL-EMOTION-INTENSITY-STATEMENT-REPETITION-ACTOR`.
public struct RAVDESSImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "ravdess"
  /// The corpus, with its reference.
  public let title = "RAVDESS, acted English speech (Livingstone and Russo 2018)"
  /// What the source folder should hold.
  public let expected = "RAVDESS's speech: audio named like 03-01-06-01-02-01-12.wav"

  private static let emotions = [
    "01": "neutral", "02": "calm", "03": "happy", "04": "sad", "05": "angry", "06": "fearful", "07": "disgust",
    "08": "surprised",
  ]
  private static let intensities = ["01": "normal", "02": "strong"]
  private static let statements = ["01": "Kids are talking by the door.", "02": "Dogs are sitting by the door."]

  /// The importer.
  public init() {}

  /// Finds the audio-only speech (modality 03, channel 01); song and video are not recognised.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    var found = ImportSource()
    for path in try SourceFolder(source, expected: expected).paths {
      let parts = Utterance.name(ofFile: SourceFolder.fileName(path)).split(separator: "-").map(String.init)
      guard SourceFolder.isAudio(path), parts.count == 7, parts[0] == "03", parts[1] == "01",
        let emotion = Self.emotions[parts[2]], let intensity = Self.intensities[parts[3]],
        let statement = Self.statements[parts[4]], ["01", "02"].contains(parts[5]), parts[6].count == 2,
        let actor = Int(parts[6])
      else {
        found.unrecognisedFiles.append(path)
        continue
      }
      found.clips.append(
        ImportSource.Clip(
          path: path, label: emotion, speaker: parts[6], gender: actor.isMultiple(of: 2) ? .female : .male,
          transcript: statement, extra: ["ActedLevel": intensity]))
    }
    return found
  }
}
