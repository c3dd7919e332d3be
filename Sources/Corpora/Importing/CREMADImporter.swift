import Emotion
public import Foundation

/// CREMA-D: actors were asked for an emotion, and listeners voted for what they heard. The votes of listeners who had the
/// voice alone become ratings, and their plurality the class; the emotion asked for is kept as `Acted`.
public struct CREMADImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "crema-d"
  /// The corpus, with its reference.
  public let title = "CREMA-D, acted English speech with listeners' votes (Cao et al. 2014)"
  /// What the source folder should hold.
  public let expected = "CREMA-D: audio named like 1001_DFA_ANG_XX.wav, tabulatedVotes.csv and VideoDemographics.csv"

  private static let texts = [
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
  ]
  private static let emotions: Set<String> = ["ANG", "DIS", "FEA", "HAP", "NEU", "SAD"]
  private static let levels: Set<String> = ["XX", "LO", "MD", "HI", "X"]
  private static let letters = ["A", "D", "F", "H", "N", "S"]
  private static let tables: Set<String> = ["tabulatedVotes.csv", "VideoDemographics.csv", "SentenceFilenames.csv"]

  /// The importer.
  public init() {}

  /// Joins the audio with the voice-only votes (row numbers from 100000 to 199999) and the actors' genders.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    let folder = try SourceFolder(source, expected: expected)
    guard let votesFile = folder.file(named: "tabulatedVotes.csv") else {
      throw CorporaError.notFound(path: source.appending(path: "tabulatedVotes.csv").path, expected: expected)
    }
    var found = ImportSource()
    var votes = try readVotes(votesFile)
    let genders = try readGenders(folder, notes: &found.notes)
    for path in folder.paths where !Self.tables.contains(SourceFolder.fileName(path)) {
      let name = Utterance.name(ofFile: SourceFolder.fileName(path))
      let parts = name.split(separator: "_").map(String.init)
      guard SourceFolder.isAudio(path), parts.count == 4, parts[0].count == 4, Int(parts[0]) != nil,
        let text = Self.texts[parts[1]], Self.emotions.contains(parts[2]), Self.levels.contains(parts[3])
      else {
        found.unrecognisedFiles.append(path)
        continue
      }
      guard let heard = votes.removeValue(forKey: name) else {
        found.filesWithoutLabel.append(path)
        continue
      }
      var clip = ImportSource.Clip(
        path: path, label: parts[2], speaker: parts[0], gender: genders[parts[0]] ?? .unknown, transcript: text,
        extra: ["ActedLevel": parts[3]])
      clip.ratings = try heard.map { Rating(primary: try context.labels.vote(for: $0, of: path)) }
      // Also where nobody voted: the plurality of no votes is no agreement, not what the actor was asked for.
      clip.consensus = Consensus(pluralityOf: clip.ratings)
      found.clips.append(clip)
    }
    found.labelsWithoutFile = votes.keys.sorted()
    return found
  }

  private func readVotes(_ file: URL) throws -> [String: [String]] {
    let table = try SourceTable(contentsOf: file, columns: ["", "fileName"] + Self.letters)
    var votes = [String: [String]]()
    for row in table.rows {
      let number = table.cell(row, "")
      guard number.count == 6, number.hasPrefix("1") else { continue }
      var heard = [String]()
      for letter in Self.letters {
        let cell = table.cell(row, letter)
        guard let count = Int(cell), (0...1000).contains(count) else {
          throw CorporaError.invalidRow(
            file: file.lastPathComponent, row: row.line, problem: "the column \(letter) is \"\(cell)\"",
            allowed: "a number of votes")
        }
        heard += Array(repeating: letter, count: count)
      }
      let name = table.cell(row, "fileName")
      guard votes.updateValue(heard, forKey: name) == nil else {
        throw CorporaError.invalidRow(
          file: file.lastPathComponent, row: row.line, problem: "the voice-only votes of \(name) are there twice",
          allowed: "one row for each clip and presentation")
      }
    }
    return votes
  }

  private func readGenders(_ folder: SourceFolder, notes: inout [String]) throws -> [String: Gender] {
    guard let file = folder.file(named: "VideoDemographics.csv") else {
      notes.append("VideoDemographics.csv is missing, so the speakers' genders are unknown")
      return [:]
    }
    let table = try SourceTable(contentsOf: file, columns: ["ActorID", "Sex"])
    var genders = [String: Gender]()
    for row in table.rows {
      let word = table.cell(row, "Sex")
      guard let gender = Gender(rawValue: word) else {
        throw CorporaError.invalidRow(
          file: file.lastPathComponent, row: row.line, problem: "Sex is \"\(word)\"", allowed: "Female or Male")
      }
      genders[table.cell(row, "ActorID")] = gender
    }
    return genders
  }
}
