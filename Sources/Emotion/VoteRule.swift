/// Which votes of the raters count towards a soft target. Recorded with a run by its name.
public enum VoteRule: String, CaseIterable, Codable, Hashable, Sendable {
  /// Each rater gives one vote, to the primary emotion.
  case primary
  /// Each rater gives one vote to every emotion named, primary or secondary; one named twice gets one vote.
  case primaryAndSecondary = "primary-and-secondary"

  /// The votes that a rating gives under the rule, none twice.
  public func votes(of rating: Rating) -> [Vote] {
    switch self {
    case .primary: return [rating.primary]
    case .primaryAndSecondary:
      var votes = [rating.primary]
      for vote in rating.secondary where !votes.contains(vote) { votes.append(vote) }
      return votes
    }
  }
}
