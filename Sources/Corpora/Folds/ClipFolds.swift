import Basics
import Emotion
public import Foundation

/// A division of a corpus's clips into folds that have the same share of each class. A speaker may be in several: figures
/// on such folds are of known speakers, and `SpeakerFolds` are the honest ones.
public struct ClipFolds: Sendable, Equatable {
  /// How many folds there are.
  public let count: Int
  /// The fold of each file, from 0.
  public let folds: [String: Int]

  /// Divides a corpus into `count` folds, the same for the same seed and clips, whatever their order: the clips of each
  /// class are shuffled and dealt out, each class beginning where the one before ended, so that sizes differ by one.
  ///
  /// Throws `CorporaError.folds` for fewer than 2 folds and for more than clips.
  public init(of corpus: Corpus, count: Int, seed: UInt64 = 0) throws {
    guard count >= 2, count <= corpus.utterances.count else {
      throw CorporaError.folds(
        problem: "\(count) folds were asked for, but \(corpus.folder.path) has \(corpus.utterances.count) clips; "
          + "allowed are 2 to \(corpus.utterances.count) folds")
    }
    var generator = SeededGenerator(seed: seed)
    var folds = [String: Int](minimumCapacity: corpus.utterances.count)
    var next = 0
    let classes = Dictionary(grouping: corpus.utterances, by: \.consensus.letter).sorted { $0.key < $1.key }
    for (_, members) in classes {
      for name in generator.shuffled(members.map(\.fileName).sorted()) {
        folds[name] = next % count
        next += 1
      }
    }
    self.count = count
    self.folds = folds
  }

  /// Writes `Folds/NAME.csv` of the corpus with the columns `FileName,SpkrID,Fold` and returns its place. The name
  /// defaults to `clips-COUNT`.
  ///
  /// Throws `FileError`.
  @discardableResult
  public func write(to corpus: Corpus, name: String? = nil) throws -> URL {
    var table = CSVText(header: ["FileName", "SpkrID", "Fold"])
    for utterance in corpus.utterances {
      let fold = folds[utterance.fileName].map(String.init) ?? ""
      table.append([utterance.fileName, utterance.speaker ?? CorpusLayout.unknownSpeaker, fold])
    }
    let file = corpus.folder.appending(path: "\(CorpusLayout.folds)/\(name ?? "clips-\(count)").csv")
    try AtomicFile.write(table.data, to: file)
    return file
  }
}
