/// One of the eight classes of MSP-Podcast and of the Interspeech 2025 challenge, in the order that both systems use.
public enum EmotionClass: String, CaseIterable, Codable, Hashable, Sendable {
  case angry, sad, happy, surprise, fear, disgust, contempt, neutral

  /// The letter that stands for the class in MSP-Podcast's label files (`EmoClass`).
  public var letter: Character {
    switch self {
    case .angry: "A"
    case .sad: "S"
    case .happy: "H"
    case .surprise: "U"
    case .fear: "F"
    case .disgust: "D"
    case .contempt: "C"
    case .neutral: "N"
    }
  }

  /// The class of a letter of MSP-Podcast's label files, or nil for any other letter (`O` and `X` included).
  public init?(letter: Character) {
    guard let match = Self.allCases.first(where: { $0.letter == letter }) else { return nil }
    self = match
  }
}

extension EmotionClass: Comparable {
  /// Classes are ordered as they are declared, the order of the published systems.
  public static func < (a: EmotionClass, b: EmotionClass) -> Bool { a.index < b.index }

  /// The place of the class in the order, from 0: its column in logits, posteriors and soft targets.
  public var index: Int {
    switch self {
    case .angry: 0
    case .sad: 1
    case .happy: 2
    case .surprise: 3
    case .fear: 4
    case .disgust: 5
    case .contempt: 6
    case .neutral: 7
    }
  }
}
