import Basics
import Emotion
import Foundation

extension Corpus {
  /// Writes `Labels/labels_consensus.csv` and `Labels/labels_detailed.csv` of a corpus whose folder is there; each file
  /// is replaced in one step.
  ///
  /// Throws `CorporaError`.
  public func writeLabels() throws {
    let labels = folder.appending(path: CorpusLayout.labels)
    do {
      try FileManager.default.createDirectory(at: labels, withIntermediateDirectories: true)
    } catch {
      throw CorporaError.fileSystem(path: labels.path, problem: "could not be made: \(error.localizedDescription)")
    }
    try AtomicFile.write(to: folder.appending(path: CorpusLayout.consensus)) {
      try Self.writeConsensus(utterances, to: $0)
    }
    try AtomicFile.write(to: folder.appending(path: CorpusLayout.detailed)) {
      try Self.writeRatings(utterances, to: $0)
    }
  }

  static func writeConsensus(_ utterances: [Utterance], to file: FileHandle) throws {
    var names = Set<String>()
    for utterance in utterances { names.formUnion(utterance.extra.keys) }
    let extras = names.sorted()
    var table = CSVText(header: CorpusLayout.consensusColumns + extras)
    for utterance in utterances {
      table.append(
        [
          utterance.fileName, utterance.consensus == .unlabelled ? "" : String(utterance.consensus.letter),
          cell(utterance.attributes.arousal), cell(utterance.attributes.valence), cell(utterance.attributes.dominance),
          utterance.speaker ?? CorpusLayout.unknownSpeaker, utterance.gender.rawValue, utterance.split.rawValue,
        ] + extras.map { utterance.extra[$0] ?? "" })
      if table.isFull { try file.write(contentsOf: table.take()) }
    }
    try file.write(contentsOf: table.take())
  }

  static func writeRatings(_ utterances: [Utterance], to file: FileHandle) throws {
    var table = CSVText(header: CorpusLayout.detailedColumns)
    for utterance in utterances {
      for rating in utterance.ratings {
        table.append([
          utterance.fileName, rating.rater ?? "", rating.primaryCell, rating.secondaryCell,
          cell(rating.attributes.arousal), cell(rating.attributes.valence), cell(rating.attributes.dominance),
        ])
      }
      if table.isFull { try file.write(contentsOf: table.take()) }
    }
    try file.write(contentsOf: table.take())
  }

  /// The shortest decimal that reads back as the same number, without `.0` on whole numbers.
  private static func cell(_ value: Double?) -> String {
    guard let value else { return "" }
    return value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(value)
  }
}
