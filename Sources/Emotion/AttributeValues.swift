/// Values of the three attributes on the scale from 1 to 7, each of which may be missing.
public struct AttributeValues: Hashable, Sendable, Codable {
  /// From 1, very calm, to 7, very active.
  public var arousal: Double?
  /// From 1, very negative, to 7, very positive.
  public var valence: Double?
  /// From 1, very weak, to 7, very strong.
  public var dominance: Double?

  /// Values as given; without arguments, all missing.
  public init(arousal: Double? = nil, valence: Double? = nil, dominance: Double? = nil) {
    self.arousal = arousal
    self.valence = valence
    self.dominance = dominance
  }

  /// The value of an attribute, or nil when it is missing.
  public subscript(attribute: Attribute) -> Double? {
    get {
      switch attribute {
      case .arousal: arousal
      case .valence: valence
      case .dominance: dominance
      }
    }
    set {
      switch attribute {
      case .arousal: arousal = newValue
      case .valence: valence = newValue
      case .dominance: dominance = newValue
      }
    }
  }

  /// Whether no attribute has a value.
  public var isEmpty: Bool { Attribute.allCases.allSatisfy { self[$0] == nil } }

  /// The mean of each attribute over those of `values` that have it; missing where none has.
  public static func mean(of values: some Sequence<AttributeValues>) -> AttributeValues {
    var sums = [Attribute: (sum: Double, count: Int)]()
    for value in values {
      for attribute in Attribute.allCases {
        guard let rating = value[attribute] else { continue }
        sums[attribute, default: (0, 0)].sum += rating
        sums[attribute, default: (0, 0)].count += 1
      }
    }
    var means = AttributeValues()
    for (attribute, total) in sums { means[attribute] = total.sum / Double(total.count) }
    return means
  }
}
