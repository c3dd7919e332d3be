public import Foundation

/// nEMO: the labels and transcripts are in `data.tsv`, which names each clip with `.wav` whatever its extension.
public struct NEMOImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "nemo"
  /// The corpus, with its reference.
  public let title = "nEMO, acted Polish speech (Christop 2024)"
  /// What the source folder should hold.
  public let expected = "nEMO: data.tsv and audio in samples/"

  /// The importer.
  public init() {}

  /// Reads `data.tsv` and joins it with the audio by name.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    let folder = try SourceFolder(source, expected: expected)
    guard let tableFile = folder.file(named: "data.tsv") else {
      throw CorporaError.notFound(path: source.appending(path: "data.tsv").path, expected: expected)
    }
    // Texts hold quotation marks that are not field quotes, so quotes are ordinary characters here.
    let table = try SourceTable(
      contentsOf: tableFile, columns: ["file_id", "emotion", "raw_text", "speaker_id", "gender"], delimiter: "\t",
      quoting: false)
    var found = ImportSource()
    var audio = [String: String]()
    for path in folder.paths where !path.hasSuffix("data.tsv") {
      if SourceFolder.isAudio(path) {
        let name = Utterance.name(ofFile: SourceFolder.fileName(path))
        if let other = audio.updateValue(path, forKey: name) { found.filesWithoutLabel.append(other) }
      } else {
        found.unrecognisedFiles.append(path)
      }
    }
    for row in table.rows {
      let file = table.cell(row, "file_id")
      guard let path = audio.removeValue(forKey: Utterance.name(ofFile: file)) else {
        found.labelsWithoutFile.append(file)
        continue
      }
      found.clips.append(
        ImportSource.Clip(
          path: path, label: table.cell(row, "emotion"), speaker: table.cell(row, "speaker_id"),
          gender: try gender(table.cell(row, "gender"), row: row.line), transcript: table.cell(row, "raw_text")))
    }
    found.filesWithoutLabel = (found.filesWithoutLabel + audio.values).sorted()
    found.clips.sort { $0.path < $1.path }
    return found
  }

  private func gender(_ word: String, row: Int) throws -> Gender {
    switch word {
    case "female": return .female
    case "male": return .male
    case "": return .unknown
    default:
      throw CorporaError.invalidRow(
        file: "data.tsv", row: row, problem: "the gender is \"\(word)\"", allowed: "female, male or nothing")
    }
  }
}
