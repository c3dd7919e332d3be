import Basics
import Emotion
public import Foundation

/// A share of a corpus held out for selection, the rest for training: the 90-10 split of MEDUSA with a share of 0.1.
///
/// Test splits stay as they are. Everything else is pooled and divided anew: what is held out is `Development`, the rest
/// `Train`.
public struct Holdout: Sendable, Equatable {
  /// The split of each file that is in no test split.
  public let splits: [String: Split]

  /// Divides a corpus, the same for the same seed.
  ///
  /// - Parameters:
  ///   - share: of the pooled clips, from 0 to 0.5. Each class gives its share.
  ///   - bySpeaker: whether whole speakers are held out, so that none is in both parts; clips of unknown speakers are
  ///     then for training, since nobody knows whether theirs are held out.
  ///
  /// Throws `CorporaError` for a share that can't be held out.
  public init(of corpus: Corpus, share: Double, bySpeaker: Bool, seed: UInt64 = 0) throws {
    guard share > 0, share <= 0.5 else {
      throw CorporaError.option(name: "the share to hold out", value: "\(share)", allowed: "more than 0, at most 0.5")
    }
    var pool = corpus
    pool.utterances.removeAll(where: \.split.isTest)
    let held: Set<String>
    if bySpeaker {
      held = try Self.speakers(of: pool, share: share, seed: seed)
    } else {
      held = Self.clips(of: pool, share: share, seed: seed)
    }
    guard !held.isEmpty, held.count < pool.utterances.count else {
      throw CorporaError.folds(
        problem: "\(corpus.folder.path) has \(pool.utterances.count) clips outside of the test splits, too few to hold "
          + "out a share of \(share)")
    }
    splits = Dictionary(
      pool.utterances.map { ($0.fileName, held.contains($0.fileName) ? .development : .train) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Of each class, shuffled, the rounded share.
  private static func clips(of pool: Corpus, share: Double, seed: UInt64) -> Set<String> {
    var generator = SeededGenerator(seed: seed)
    var held = Set<String>()
    for (_, members) in Dictionary(grouping: pool.utterances, by: \.consensus.letter).sorted(by: { $0.key < $1.key }) {
      let names = generator.shuffled(members.map(\.fileName).sorted())
      held.formUnion(names.prefix(Int((share * Double(names.count)).rounded())))
    }
    return held
  }

  /// One of as many balanced speaker-disjoint folds as the share fits into the whole, or several for a large share: those with
  /// the most speakers, since one who fills a fold alone says little of others, and is missed in training.
  private static func speakers(of pool: Corpus, share: Double, seed: UInt64) throws -> Set<String> {
    let folds = try SpeakerFolds(of: pool, count: max(3, Int((1 / share).rounded())), seed: seed)
    // Half of the clips are more than one of three folds.
    let wanted = max(1, Int((share * Double(folds.count)).rounded()))
    let speakers = (0..<folds.count).map { fold in
      Set(folds.assignments.lazy.filter { $0.fold == fold }.map(\.speaker)).count
    }
    let chosen = speakers.indices.sorted { speakers[$0] > speakers[$1] || speakers[$0] == speakers[$1] && $0 < $1 }
      .prefix(wanted)
    return Set(folds.assignments.lazy.filter { chosen.contains($0.fold) }.map(\.fileName))
  }

  /// The corpus with the splits as divided.
  ///
  /// Throws `CorporaError.folds` when the corpus has a clip that the division does not know.
  public func view(of corpus: Corpus) throws -> Corpus {
    var view = corpus
    for index in view.utterances.indices where !view.utterances[index].split.isTest {
      let name = view.utterances[index].fileName
      guard let split = splits[name] else {
        throw CorporaError.folds(problem: "the split does not name \(name) of \(corpus.folder.path); make it anew")
      }
      view.utterances[index].split = split
    }
    return view
  }

  /// Writes `Splits/NAME.csv` of the corpus with the columns `FileName,Split_Set`, test splits included, and returns its
  /// place.
  ///
  /// Throws `FileError` or `CorporaError`.
  @discardableResult
  public func write(to corpus: Corpus, name: String) throws -> URL {
    var table = CSVText(header: ["FileName", "Split_Set"])
    for utterance in try view(of: corpus).utterances {
      table.append([utterance.fileName, utterance.split.rawValue])
    }
    let file = corpus.folder.appending(path: "\(CorpusLayout.splits)/\(name).csv")
    try AtomicFile.write(table.data, to: file)
    return file
  }

  /// Reads a split from a file.
  ///
  /// Throws `CorporaError` that names the row.
  public init(contentsOf file: URL) throws {
    let table = try SourceTable(contentsOf: file, columns: ["FileName", "Split_Set"])
    var splits = [String: Split]()
    for row in table.rows {
      let (name, word) = (table.cell(row, "FileName"), table.cell(row, "Split_Set"))
      guard let split = Split(rawValue: word) else {
        throw CorporaError.invalidRow(
          file: file.lastPathComponent, row: row.line, problem: "Split_Set is \"\(word)\"",
          allowed: Split.allCases.map(\.rawValue).joined(separator: ", "))
      }
      guard splits.updateValue(split, forKey: name) == nil else {
        throw CorporaError.invalidRow(
          file: file.lastPathComponent, row: row.line, problem: "\(name) is there twice",
          allowed: "one row for each file")
      }
    }
    self.splits = splits.filter { !$0.value.isTest }
  }
}
