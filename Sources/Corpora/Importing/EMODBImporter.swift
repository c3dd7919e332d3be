public import Foundation

/// EMO-DB: the label is in the file name, `SSTTTEv`: speaker, text, emotion, version.
public struct EMODBImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "emodb"
  /// The corpus, with its reference.
  public let title = "EMO-DB, acted German speech (Burkhardt et al. 2005)"
  /// What the source folder should hold.
  public let expected = "EMO-DB's audio, named like 03a01Fa.wav"

  private static let emotions: [Character: String] = [
    "W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "happiness", "T": "sadness", "N": "neutral",
  ]
  private static let genders: [String: Gender] = [
    "03": .male, "08": .female, "09": .female, "10": .male, "11": .male, "12": .male, "13": .female, "14": .female,
    "15": .male, "16": .female,
  ]
  private static let texts = [
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
  ]

  /// The importer.
  public init() {}

  /// Finds the audio of the ten speakers, ten texts and seven emotions.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    var found = ImportSource()
    for path in try SourceFolder(source, expected: expected).paths {
      let name = Array(Utterance.name(ofFile: SourceFolder.fileName(path)))
      guard SourceFolder.isAudio(path), name.count == 7, let gender = Self.genders[String(name[0..<2])],
        let text = Self.texts[String(name[2..<5])], let emotion = Self.emotions[name[5]], name[6].isLetter
      else {
        found.unrecognisedFiles.append(path)
        continue
      }
      found.clips.append(
        ImportSource.Clip(
          path: path, label: emotion, speaker: String(name[0..<2]), gender: gender, transcript: text))
    }
    return found
  }
}
