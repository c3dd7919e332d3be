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

  /// A rating; secondary votes and attributes may be absent.
  public init(
    rater: String? = nil, primary: Vote, secondary: [Vote] = [], attributes: AttributeValues = AttributeValues()
  ) {
    self.rater = rater
    self.primary = primary
    self.secondary = secondary
    self.attributes = attributes
  }
}
