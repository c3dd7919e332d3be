import Basics
import Foundation

/// Where a clip comes from, as far as it is known.
public struct ClipOrigin: Hashable, Sendable {
  /// The corpus, where several were merged.
  public var corpus: String?
  /// The speaker.
  public var speaker: String?

  /// A clip of a corpus and a speaker; nil where it is not known.
  public init(corpus: String? = nil, speaker: String? = nil) {
    self.corpus = corpus
    self.speaker = speaker
  }
}

/// How far corpora, speakers and classes are evened out in the clips that an epoch draws: a clip's share is proportional to
/// the number of clips of its corpus to the power of `-corpora`, times that of its speaker to `-speakers`, times that of its
/// class within its corpus to `-classes`. With 0 everywhere all clips are drawn alike.
public struct EvenedShares: Equatable, Sendable {
  /// The exponent of corpora: with 1, each corpus is drawn as often as the others, the other exponents being 0.
  public var corpora: Double
  /// The exponent of speakers.
  public var speakers: Double
  /// The exponent of classes within their corpus; clips without consensus are a class of their own.
  public var classes: Double

  /// Exponents, each from 0.
  public init(corpora: Double, speakers: Double, classes: Double) {
    self.corpora = corpora
    self.speakers = speakers
    self.classes = classes
  }

  /// What is wrong with the exponents, as a sentence; nil when clips can be drawn by them.
  var fault: String? {
    [corpora, speakers, classes].first { !($0 >= 0 && $0.isFinite) }.map {
      "an exponent of evened sampling is \($0); 0 or more is expected"
    }
  }

  private struct Kind: Hashable {
    let corpus: String?
    let label: Int?
  }

  /// As many clips as are given, in random order. Each is drawn as often as its share says, rounded up or down at random
  /// (systematic sampling, Madow 1949): chance leaves out no clip that is due once, and repeats none that is not.
  func clips(
    _ candidates: [(clip: Int, label: Int?, origin: ClipOrigin)], using random: inout SeededGenerator
  ) -> [Int] {
    func counts<Key: Hashable>(_ key: ((clip: Int, label: Int?, origin: ClipOrigin)) -> Key) -> [Key: Double] {
      Dictionary(candidates.map { (key($0), 1) }, uniquingKeysWith: +)
    }
    let (byCorpus, bySpeaker) = (counts(\.origin.corpus), counts(\.origin))
    let byKind = counts { Kind(corpus: $0.origin.corpus, label: $0.label) }
    let order = random.shuffled(candidates)
    let weights = order.map { candidate in
      pow(byCorpus[candidate.origin.corpus] ?? 1, -corpora) * pow(bySpeaker[candidate.origin] ?? 1, -speakers)
        * pow(byKind[Kind(corpus: candidate.origin.corpus, label: candidate.label)] ?? 1, -classes)
    }
    let step = weights.reduce(0, +) / Double(max(order.count, 1))
    var (next, sum, drawn) = (random.uniform() * step, 0.0, [Int]())
    for (candidate, weight) in zip(order, weights) {
      sum += weight
      while next < sum, drawn.count < order.count {
        drawn.append(candidate.clip)
        next += step
      }
    }
    return random.shuffled(drawn)
  }
}
