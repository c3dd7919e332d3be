import Basics
import Emotion
import Foundation

/// A division of a corpus into folds such that no speaker is in two of them, balanced in classes and size.
public struct SpeakerFolds: Sendable, Equatable {
  /// Which fold an utterance is in.
  public struct Assignment: Sendable, Equatable {
    /// The utterance's file name.
    public let fileName: String
    /// Its speaker.
    public let speaker: String
    /// Its fold, from 0.
    public let fold: Int
  }

  /// How many folds there are.
  public let count: Int
  /// Every utterance with a known speaker, in the corpus's order.
  public let assignments: [Assignment]
  /// The file names of utterances whose speaker is unknown. They are in no fold and in no view, since nobody knows
  /// whether their speakers are among those of a test fold.
  public let withoutSpeaker: [String]

  /// Divides a corpus into `count` folds of whole speakers, the same for the same seed.
  ///
  /// Speakers are taken from the one with the most utterances down, those with equally many in an order drawn from the
  /// seed; each goes to the fold where it adds least to the sum of squared relative class counts and sizes.
  ///
  /// Throws `CorporaError.folds` for fewer than 3 folds (a test, a development and a training fold) and for more folds
  /// than speakers.
  public init(of corpus: Corpus, count: Int, seed: UInt64 = 0) throws {
    guard count >= 3 else {
      throw CorporaError.folds(
        problem: "\(count) folds were asked for; at least 3 are needed: one to test, one for development, one to train")
    }
    let tallies = Self.tallies(of: corpus)
    let unknown = corpus.utterances.filter { $0.speaker == nil }.map(\.fileName)
    guard count <= tallies.count else {
      let also = unknown.isEmpty ? "" : " (and \(unknown.count) utterances of unknown speakers)"
      throw CorporaError.folds(
        problem: "\(count) speaker-disjoint folds were asked for, but \(corpus.folder.path) has \(tallies.count) "
          + "speakers\(also); allowed are 3 to \(tallies.count) folds")
    }
    let folds = Self.distribute(tallies, count: count, seed: seed)
    self.count = count
    withoutSpeaker = unknown
    assignments = corpus.utterances.compactMap { utterance in
      guard let speaker = utterance.speaker, let fold = folds[speaker] else { return nil }
      return Assignment(fileName: utterance.fileName, speaker: speaker, fold: fold)
    }
  }

  init(count: Int, assignments: [Assignment], withoutSpeaker: [String]) {
    self.count = count
    self.assignments = assignments
    self.withoutSpeaker = withoutSpeaker
  }

  /// The corpus as fold `fold` sees it: that fold is `Test1`, the next one (cyclically) `Development`, the rest `Train`.
  ///
  /// Throws `CorporaError.folds` when there is no such fold, or the folds are not those of the corpus.
  public func view(_ fold: Int, of corpus: Corpus) throws -> Corpus {
    guard (0..<count).contains(fold) else {
      throw CorporaError.folds(problem: "there is no fold \(fold); allowed is 0 to \(count - 1)")
    }
    let folds = Dictionary(assignments.map { ($0.fileName, $0.fold) }, uniquingKeysWith: { first, _ in first })
    let left = Set(withoutSpeaker)
    var view = Corpus(folder: corpus.folder, utterances: [])
    view.utterances.reserveCapacity(assignments.count)
    for var utterance in corpus.utterances {
      guard let place = folds[utterance.fileName] else {
        if left.contains(utterance.fileName) { continue }
        throw CorporaError.folds(
          problem: "the folds do not name \(utterance.fileName) of \(corpus.folder.path); make them anew")
      }
      utterance.split = place == fold ? .test1 : place == (fold + 1) % count ? .development : .train
      view.utterances.append(utterance)
    }
    return view
  }

  /// A speaker's utterances per class, in the order of the speakers' names.
  private struct Tally {
    let speaker: String
    var classes: [Character: Double] = [:]
    var size: Double = 0
  }

  private static func tallies(of corpus: Corpus) -> [Tally] {
    var tallies = [String: Tally]()
    for utterance in corpus.utterances {
      guard let speaker = utterance.speaker else { continue }
      tallies[speaker, default: Tally(speaker: speaker)].classes[utterance.consensus.letter, default: 0] += 1
      tallies[speaker]?.size += 1
    }
    return tallies.values.sorted { $0.speaker < $1.speaker }
  }

  private static func distribute(_ tallies: [Tally], count: Int, seed: UInt64) -> [String: Int] {
    var generator = SeededGenerator(seed: seed)
    var order = tallies
    generator.shuffle(&order)
    let rank = Dictionary(uniqueKeysWithValues: zip(order.map(\.speaker), 0...))
    order.sort { ($1.size, rank[$0.speaker] ?? 0) < ($0.size, rank[$1.speaker] ?? 0) }

    var totals = [Character: Double]()
    for tally in tallies { totals.merge(tally.classes, uniquingKeysWith: +) }
    let size = tallies.reduce(0) { $0 + $1.size }
    var classes = [[Character: Double]](repeating: [:], count: count)
    var sizes = [Double](repeating: 0, count: count)
    var folds = [String: Int]()
    for tally in order {
      // Adding s to n raises the square by s (s + 2 n); s itself is the same for every fold.
      let letters = tally.classes.sorted { $0.key < $1.key }
      func cost(_ fold: Int) -> Double {
        var cost = Double(totals.count) * tally.size * sizes[fold] / (size * size)
        for (letter, number) in letters {
          let total = totals[letter] ?? 1
          cost += number * (classes[fold][letter] ?? 0) / (total * total)
        }
        return cost
      }
      let costs = (0..<count).map(cost)
      let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
      folds[tally.speaker] = best
      classes[best].merge(tally.classes, uniquingKeysWith: +)
      sizes[best] += tally.size
    }
    return folds
  }
}
