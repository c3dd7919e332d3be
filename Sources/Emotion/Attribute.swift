/// An emotional attribute, rated from 1 to 7.
public enum Attribute: String, CaseIterable, Codable, Hashable, Sendable {
  case arousal, valence, dominance

  /// The column of MSP-Podcast's label files that holds the attribute.
  public var column: String {
    switch self {
    case .arousal: "EmoAct"
    case .valence: "EmoVal"
    case .dominance: "EmoDom"
    }
  }

  /// The range of the rating scale (self-assessment manikins of seven steps).
  public static let scale: ClosedRange<Double> = 1...7
}
