import Emotion
public import Foundation

/// IEMOCAP: consensus, raters' words and attributes in the EmoEvaluation files, utterances cut out under `sentences/wav`.
public struct IEMOCAPImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "iemocap"
  /// The corpus, with its reference.
  public let title = "IEMOCAP, acted and improvised English dialogues (Busso et al. 2008)"
  /// What the source folder should hold.
  public let expected = "IEMOCAP: Session1 to Session5, each with dialog/EmoEvaluation and sentences/wav"
  /// Actors improvised situations; nobody asked for the label.
  public let labelColumn = "Label"

  /// The importer.
  public init() {}

  /// Joins evaluations, audio and transcriptions. The source's own consensus is kept, `xxx` as no agreement. Attributes,
  /// on a scale from 1 to 5 and written valence first, come to the scale from 1 to 7. A speaker is a session and a letter.
  /// Session 5 is `Test1`, session 4 `Development`, the rest `Train`, so that no pair of speakers is divided.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    let folder = try SourceFolder(source, expected: expected)
    var found = ImportSource()
    var audio = [String: String]()
    var evaluations = [String]()
    var texts = [String: String]()
    for path in folder.paths {
      let parts = path.split(separator: "/")
      if SourceFolder.isAudio(path), path.contains("sentences/wav/") {
        audio[Utterance.name(ofFile: SourceFolder.fileName(path))] = path
      } else if parts.count >= 2, path.hasSuffix(".txt"), parts[parts.count - 2] == "EmoEvaluation" {
        evaluations.append(path)
      } else if parts.count >= 2, path.hasSuffix(".txt"), parts[parts.count - 2] == "transcriptions" {
        try readTranscriptions(folder.url.appending(path: path), into: &texts)
      }
    }
    for path in evaluations {
      let text = SourceWords.text(
        try CorpusLayout.data(of: folder.url.appending(path: path), expected: "evaluations")
      ).text
      for turn in EmoEvaluation.turns(of: text, file: path, context.labels, faults: &found.faults) {
        guard let file = audio.removeValue(forKey: turn.name) else {
          found.labelsWithoutFile.append(turn.name)
          continue
        }
        found.clips.append(Self.clip(turn, path: file, transcript: texts[turn.name]))
      }
    }
    found.filesWithoutLabel = audio.values.sorted()
    found.clips.sort { $0.path < $1.path }
    if !found.clips.isEmpty {
      found.notes.append("IEMOCAP has no splits of its own; session 5 is Test1, session 4 Development, the rest Train")
    }
    return found
  }

  private static func clip(_ turn: EmoEvaluation, path: String, transcript: String?) -> ImportSource.Clip {
    // Ses01F_impro01_M003: session 01, recorded from its woman's side; the speaker of the turn is the last letter.
    let session = String(turn.name.dropFirst(3).prefix(2))
    let speaker = turn.name.split(separator: "_").last?.first.map(String.init) ?? ""
    var clip = ImportSource.Clip(
      path: path, label: turn.label, speaker: session + speaker, gender: SourceWords.gender(speaker) ?? .unknown,
      transcript: transcript)
    clip.consensus = turn.label == "xxx" ? .noAgreement : nil
    if clip.consensus == nil { clip.consensus = turn.consensus }
    clip.ratings = turn.ratings
    clip.attributes = turn.attributes
    clip.split = session == "05" ? .test1 : session == "04" ? .development : .train
    return clip
  }

  /// Lines like `Ses01F_impro01_F000 [006.2901-008.2357]: Excuse me.`
  private func readTranscriptions(_ file: URL, into texts: inout [String: String]) throws {
    let text = SourceWords.text(try CorpusLayout.data(of: file, expected: "transcriptions")).text
    for line in text.split(whereSeparator: \.isNewline) {
      guard let bracket = line.firstIndex(of: "["), let end = line.range(of: "]:") else { continue }
      let name = line[..<bracket].trimmingCharacters(in: .whitespaces)
      if name.hasPrefix("Ses") { texts[name] = line[end.upperBound...].trimmingCharacters(in: .whitespaces) }
    }
  }
}
