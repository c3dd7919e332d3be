/// What the raters of an utterance agreed on, as MSP-Podcast writes it in `EmoClass`.
public enum Consensus: Hashable, Sendable {
  /// One of the eight classes won.
  case emotion(EmotionClass)
  /// The raters agreed on an emotion that is none of the eight (`O`).
  case other
  /// No class won (`X`).
  case noAgreement
  /// Nobody outside the corpus's makers knows: the label is withheld, as in MSP-Podcast's `Test3`. An empty cell.
  case unlabelled

  /// The letter of MSP-Podcast's label files: `A S H U F D C N`, `O` or `X`; `?` where the label is
  /// withheld, which the files leave empty.
  public var letter: Character {
    switch self {
    case .emotion(let emotion): emotion.letter
    case .other: "O"
    case .noAgreement: "X"
    case .unlabelled: "?"
    }
  }

  /// The consensus that a letter stands for, or nil when the letter is not one of MSP-Podcast's.
  public init?(letter: Character) {
    switch letter {
    case "O": self = .other
    case "X": self = .noAgreement
    default:
      guard let emotion = EmotionClass(letter: letter) else { return nil }
      self = .emotion(emotion)
    }
  }

  /// The class that won, or nil for `other`, `noAgreement` and `unlabelled`.
  public var emotion: EmotionClass? {
    if case .emotion(let emotion) = self { emotion } else { nil }
  }
}
