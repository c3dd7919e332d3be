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
    try AtomicFile.write(Self.consensusTable(utterances), to: folder.appending(path: CorpusLayout.consensus))
    try AtomicFile.write(Self.detailedTable(utterances), to: folder.appending(path: CorpusLayout.detailed))
  }

  static func consensusTable(_ utterances: [Utterance]) -> Data {
    let extras = Set(utterances.flatMap(\.extra.keys)).sorted()
    var table = CSVText(header: CorpusLayout.consensusColumns + extras)
    for utterance in utterances {
      table.append(
        [
          utterance.fileName, String(utterance.consensus.letter), cell(utterance.attributes.arousal),
          cell(utterance.attributes.valence), cell(utterance.attributes.dominance),
          utterance.speaker ?? CorpusLayout.unknownSpeaker, utterance.gender.rawValue, utterance.split.rawValue,
        ] + extras.map { utterance.extra[$0] ?? "" })
    }
    return table.data
  }

  static func detailedTable(_ utterances: [Utterance]) -> Data {
    var table = CSVText(header: CorpusLayout.detailedColumns)
    for utterance in utterances {
      for rating in utterance.ratings {
        table.append([
          utterance.fileName, rating.rater ?? "", rating.primary.word,
          rating.secondary.map(\.word).joined(separator: ","), cell(rating.attributes.arousal),
          cell(rating.attributes.valence), cell(rating.attributes.dominance),
        ])
      }
    }
    return table.data
  }

  /// The shortest decimal that reads back as the same number, without `.0` on whole numbers.
  private static func cell(_ value: Double?) -> String {
    guard let value else { return "" }
    return value == value.rounded() && abs(value) < 1e9 ? String(Int(value)) : String(value)
  }
}
