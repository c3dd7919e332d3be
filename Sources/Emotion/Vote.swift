/// What one rater may choose: one of the eight classes, or an emotion that is none of them.
public enum Vote: Hashable, Sendable {
  /// One of the eight classes.
  case emotion(EmotionClass)
  /// An emotion that is none of the eight.
  case other

  /// Every vote: the eight classes in their order, then `other`.
  public static let all: [Vote] = EmotionClass.allCases.map(Vote.emotion) + [.other]

  /// The word of MSP-Podcast's `labels_detailed` files: `Angry`, `Sad`, …, `Other`.
  public var word: String {
    switch self {
    case .emotion(let emotion): emotion.rawValue.prefix(1).uppercased() + emotion.rawValue.dropFirst()
    case .other: "Other"
    }
  }

  /// The vote that a word of MSP-Podcast's `labels_detailed` files stands for, or nil when it is none of `all`.
  public init?(word: String) {
    guard let vote = Self.byWord[word] else { return nil }
    self = vote
  }

  /// The class, or nil for `other`.
  public var emotion: EmotionClass? {
    if case .emotion(let emotion) = self { emotion } else { nil }
  }

  /// The consensus of raters who all vote so.
  public var consensus: Consensus {
    switch self {
    case .emotion(let emotion): .emotion(emotion)
    case .other: .other
    }
  }

  private static let byWord = Dictionary(uniqueKeysWithValues: all.map { ($0.word, $0) })
}
