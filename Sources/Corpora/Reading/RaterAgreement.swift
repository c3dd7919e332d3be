import Emotion
import Foundation

/// How far the raters of utterances agree beyond chance, in their primary votes (the eight classes and other) and in the
/// attributes. Utterances with one rater say nothing of that.
public struct RaterAgreement: Codable, Sendable, Equatable {
  /// Raters with a name.
  public var raters: Int
  /// Utterances for each number of ratings.
  public var utterancesByRatings: [String: Int]
  /// Fleiss' kappa, generalised to utterances with different numbers of raters; see `Agreement.fleissKappa`.
  public var fleissKappa: Double?
  /// Krippendorff's nominal alpha of the primary votes.
  public var alpha: Double?
  /// Krippendorff's interval alpha of each attribute, by its name.
  public var intervalAlpha: [String: Double]
  /// Krippendorff's ordinal alpha of each attribute, by its name.
  public var ordinalAlpha: [String: Double]
  /// The mean entropy of an utterance's primary votes in bits: 0 where its raters are of one mind.
  public var voteEntropy: Double?

  /// Measures utterances; those without ratings do not count.
  public init(of utterances: [Utterance]) {
    var names = Set<String>()
    var byRatings = [String: Int]()
    var counts = [[Int]]()
    var (entropies, rated) = (0.0, 0)
    for utterance in utterances where !utterance.ratings.isEmpty {
      var votes = [Int](repeating: 0, count: EmotionClass.allCases.count + 1)
      for rating in utterance.ratings {
        votes[rating.primary.emotion?.index ?? EmotionClass.allCases.count] += 1
        if let rater = rating.rater { names.insert(rater) }
      }
      counts.append(votes)
      byRatings[String(utterance.ratings.count), default: 0] += 1
      entropies += Agreement.entropy(votes) ?? 0
      rated += 1
    }
    raters = names.count
    utterancesByRatings = byRatings
    fleissKappa = Agreement.fleissKappa(counts)
    alpha = Agreement.krippendorffAlpha(counts.map(Self.values), level: .nominal)
    voteEntropy = rated == 0 ? nil : entropies / Double(rated)
    intervalAlpha = [:]
    ordinalAlpha = [:]
    for attribute in Attribute.allCases {
      let values = utterances.map { $0.ratings.compactMap { $0.attributes[attribute] } }
      intervalAlpha[attribute.rawValue] = Agreement.krippendorffAlpha(values, level: .interval)
      ordinalAlpha[attribute.rawValue] = Agreement.krippendorffAlpha(values, level: .ordinal)
    }
  }

  /// One number a vote, the same for votes for the same category.
  private static func values(_ counts: [Int]) -> [Double] {
    counts.enumerated().flatMap { Array(repeating: Double($0.offset), count: $0.element) }
  }
}
