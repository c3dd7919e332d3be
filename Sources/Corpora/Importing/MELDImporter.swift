public import Foundation

/// MELD: labels and words in three tables, one video for each utterance, whose sound is used.
public struct MELDImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "meld"
  /// The corpus, with its reference.
  public let title = "MELD, English dialogues of a television series (Poria et al. 2019)"
  /// What the source folder should hold.
  public let expected =
    "MELD.Raw: train_sent_emo.csv, dev_sent_emo.csv, test_sent_emo.csv and folders with videos named like dia0_utt0.mp4"
  /// Raters gave the label.
  public let labelColumn = "Label"

  private static let splits: [(name: String, split: Split)] = [
    ("train", .train), ("dev", .development), ("test", .test1),
  ]

  /// The importer.
  public init() {}

  /// Joins each table with the videos of the folders whose name begins as the table's does. The same names occur in each
  /// split, so that clips are named `train-dia0_utt0.mp4`. Speakers are characters and occur in all splits.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    let folder = try SourceFolder(source, expected: expected)
    var found = ImportSource()
    var media = [String: [String: String]]()
    for path in folder.paths where SourceFolder.isMedia(path) {
      let name = Utterance.name(ofFile: SourceFolder.fileName(path))
      if let split = Self.split(ofPath: path), name.hasPrefix("dia"), name.contains("_utt") {
        media[split, default: [:]][name] = path
      } else {
        found.unrecognisedFiles.append(path)
      }
    }
    for (name, split) in Self.splits {
      guard let table = folder.file(named: "\(name)_sent_emo.csv") else {
        found.notes.append("\(name)_sent_emo.csv is missing")
        continue
      }
      try read(table, name, split, media: &media[name, default: [:]], into: &found)
    }
    found.filesWithoutLabel = media.values.flatMap(\.values).sorted()
    found.notes.append("speakers are characters of the series and occur in several splits, as in the source")
    return found
  }

  private func read(
    _ file: URL, _ name: String, _ split: Split, media: inout [String: String], into found: inout ImportSource
  ) throws {
    let columns = ["Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"]
    let table = try SourceTable(contentsOf: file, columns: columns)
    for row in table.rows {
      let turn = "dia\(table.cell(row, "Dialogue_ID"))_utt\(table.cell(row, "Utterance_ID"))"
      guard let path = media.removeValue(forKey: turn) else {
        found.labelsWithoutFile.append("\(name): \(turn)")
        continue
      }
      var clip = ImportSource.Clip(
        path: path, label: table.cell(row, "Emotion"), speaker: SourceWords.speaker(table.cell(row, "Speaker")),
        transcript: Self.mended(table.cell(row, "Utterance")))
      clip.split = split
      clip.name = "\(name)-\(SourceFolder.fileName(path))"
      found.clips.append(clip)
    }
  }

  /// `train_splits`, `dev_splits_complete`, `output_repeated_splits_test`: the split's name is part of a folder's.
  private static func split(ofPath path: String) -> String? {
    for folder in path.split(separator: "/").dropLast().reversed() {
      if let match = splits.first(where: { folder.split(separator: "_").contains(Substring($0.name)) }) {
        return match.name
      }
    }
    return nil
  }

  /// The tables have control characters where typographic quotes were: bytes of Windows-1252 that were taken for Latin-1.
  private static func mended(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { (0x80...0x9F).contains($0.value) }) else { return text }
    var mended = ""
    for scalar in text.unicodeScalars {
      if (0x80...0x9F).contains(scalar.value),
        let character = String(data: Data([UInt8(scalar.value)]), encoding: .windowsCP1252)
      {
        mended += character
      } else {
        mended.unicodeScalars.append(scalar)
      }
    }
    return mended
  }
}
