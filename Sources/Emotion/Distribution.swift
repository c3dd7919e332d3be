/// A probability for each of the eight classes, adding up to 1: the soft target of an utterance.
public struct Distribution: Hashable, Sendable {
  /// The probabilities in the order of `EmotionClass.allCases`; eight, none negative, sum 1.
  public let probabilities: [Double]

  /// The share of each class in the votes that fall on the eight classes. Votes for `other` do not count.
  ///
  /// Nil when no vote falls on the eight: such an utterance has no soft target.
  public init?(of ratings: some Sequence<Rating>, rule: VoteRule) {
    var counts = [EmotionClass: Double]()
    for rating in ratings {
      for vote in rule.votes(of: rating) {
        if let emotion = vote.emotion { counts[emotion, default: 0] += 1 }
      }
    }
    self.init(weights: counts)
  }

  /// The soft target of an utterance: the shares as above where the rule includes its consensus, else nil.
  public init?(of ratings: some Sequence<Rating>, consensus: Consensus, rule: VoteRule) {
    guard rule.includes(consensus) else { return nil }
    self.init(of: ratings, rule: rule)
  }

  /// Weights divided by their sum; nil when the sum is not a positive finite number or a weight is negative.
  public init?(weights: [EmotionClass: Double]) {
    let inOrder = EmotionClass.allCases.map { weights[$0] ?? 0 }
    let sum = inOrder.reduce(0, +)
    guard sum > 0, sum.isFinite, inOrder.allSatisfy({ $0 >= 0 }) else { return nil }
    probabilities = inOrder.map { $0 / sum }
  }

  /// All on one class: a hard label.
  public init(oneHot emotion: EmotionClass) {
    probabilities = EmotionClass.allCases.map { $0 == emotion ? 1 : 0 }
  }

  /// The probability of a class.
  public subscript(emotion: EmotionClass) -> Double { probabilities[emotion.index] }
}
