/// What one rater said of one utterance.
public struct Rating: Hashable, Sendable {
  /// The rater's name in the corpus, or nil where the corpus publishes votes without names.
  public var rater: String?
  /// The one emotion that fits best.
  public var primary: Vote
  /// Every emotion that the rater also heard; the primary one may be repeated among them.
  public var secondary: [Vote]
  /// The rater's attribute values.
  public var attributes: AttributeValues
  /// What the rater wrote where `primary` is other, such as `bored` of MSP-Podcast's `Other-bored`; nil where nothing.
  public var primaryText: String?
  /// The words among the secondary emotions that are none of the eight, such as `Amused`: what each `other` of
  /// `secondary` was, as far as the corpus says.
  public var secondaryTexts: [String]

  /// A rating; secondary votes, attributes and free text may be absent.
  public init(
    rater: String? = nil, primary: Vote, secondary: [Vote] = [], attributes: AttributeValues = AttributeValues(),
    primaryText: String? = nil, secondaryTexts: [String] = []
  ) {
    self.rater = rater
    self.primary = primary
    self.secondary = secondary
    self.attributes = attributes
    self.primaryText = primaryText
    self.secondaryTexts = secondaryTexts
  }
}
