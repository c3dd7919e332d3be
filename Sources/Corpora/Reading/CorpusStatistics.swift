public import Emotion
import Foundation

/// What a corpus consists of, in figures.
public struct CorpusStatistics: Codable, Sendable, Equatable {
  /// The figures of one split, or of the whole corpus.
  public struct Part: Codable, Sendable, Equatable {
    /// Utterances.
    public var utterances = 0
    /// Hours of audio; nil when the durations are not known.
    public var hours: Double?
    /// Utterances per letter of `EmoClass`.
    public var classes: [String: Int] = [:]
    /// Speakers, unknown ones not counted.
    public var speakers = 0
    /// Utterances whose speaker is unknown.
    public var utterancesOfUnknownSpeakers = 0
    /// Utterances per gender.
    public var genders: [String: Int] = [:]
    /// Utterances that have a transcript.
    public var transcripts = 0
    /// Ratings.
    public var ratings = 0
    /// The fewest ratings of an utterance that has any; 0 when none has.
    public var fewestRatings = 0
    /// The most ratings of an utterance.
    public var mostRatings = 0
    /// How far the raters agree; nil without ratings.
    public var agreement: RaterAgreement?
    /// The entropy of the eight classes in bits, from 0, one class only, to 3, all equally frequent; nil without any.
    public var classEntropy: Double?
    /// The share of utterances without agreement (`X`), from 0 to 1.
    public var noAgreement = 0.0
    /// The mean of each attribute over the utterances that have it.
    public var attributes = AttributeValues()

    /// Ratings per utterance, on average.
    public var ratingsPerUtterance: Double { utterances == 0 ? 0 : Double(ratings) / Double(utterances) }
  }

  /// The corpus's folder.
  public let corpus: String
  /// The whole corpus.
  public let all: Part
  /// Each split that has utterances, by its name.
  public let splits: [String: Part]

  /// Counts a corpus. `durations` are the seconds of each file, as `CheckReport` has them; hours stay unknown when a
  /// file is missing there.
  public init(of corpus: Corpus, durations: [String: Double]? = nil) {
    self.corpus = corpus.folder.path
    all = Part(of: corpus.utterances, durations: durations)
    splits = Dictionary(grouping: corpus.utterances, by: \.split.rawValue).mapValues {
      Part(of: $0, durations: durations)
    }
  }
}

extension CorpusStatistics.Part {
  init(of utterances: [Utterance], durations: [String: Double]?) {
    self.utterances = utterances.count
    var names = Set<String>()
    var seconds: Double? = durations == nil ? nil : 0
    for utterance in utterances {
      classes[String(utterance.consensus.letter), default: 0] += 1
      genders[utterance.gender.rawValue, default: 0] += 1
      if let speaker = utterance.speaker { names.insert(speaker) } else { utterancesOfUnknownSpeakers += 1 }
      if utterance.transcript != nil { transcripts += 1 }
      let count = utterance.ratings.count
      ratings += count
      if count > 0 { fewestRatings = fewestRatings == 0 ? count : min(fewestRatings, count) }
      mostRatings = max(mostRatings, count)
      if let total = seconds { seconds = durations?[utterance.fileName].map { total + $0 } }
    }
    speakers = names.count
    hours = seconds.map { $0 / 3600 }
    noAgreement =
      utterances.isEmpty ? 0 : Double(classes["X"] ?? 0) / Double(utterances.count)
    agreement = ratings == 0 ? nil : RaterAgreement(of: utterances)
    classEntropy = Agreement.entropy(EmotionClass.allCases.map { classes[String($0.letter)] ?? 0 })
    attributes = AttributeValues.mean(of: utterances.lazy.map(\.attributes))
  }
}
