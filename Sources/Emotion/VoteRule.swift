/// How raters' votes become a soft target: which votes count, and which clips have a target. Recorded with a run by its
/// name.
///
/// Votes for other never count towards the eight classes. A clip whose raters agreed on other (`O`), or on nothing (`X`),
/// has a target all the same, of the votes that fall on the eight, unless the rule is one `without` such clips.
public enum VoteRule: String, CaseIterable, Codable, Hashable, Sendable {
  /// Each rater gives one vote, to the primary emotion.
  case primary
  /// As `primary`; clips whose consensus is other have no target.
  case primaryWithoutOther = "primary-without-other"
  /// As `primary`; clips without agreement have no target.
  case primaryWithoutNoAgreement = "primary-without-no-agreement"
  /// As `primary`; only clips whose consensus is one of the eight have a target.
  case primaryWithoutEither = "primary-without-other-and-no-agreement"
  /// Each rater gives one vote to every emotion named, primary or secondary; one named twice gets one vote.
  case primaryAndSecondary = "primary-and-secondary"
  /// As `primaryAndSecondary`; clips whose consensus is other have no target.
  case primaryAndSecondaryWithoutOther = "primary-and-secondary-without-other"
  /// As `primaryAndSecondary`; clips without agreement have no target.
  case primaryAndSecondaryWithoutNoAgreement = "primary-and-secondary-without-no-agreement"
  /// As `primaryAndSecondary`; only clips whose consensus is one of the eight have a target.
  case primaryAndSecondaryWithoutEither = "primary-and-secondary-without-other-and-no-agreement"

  /// Whether secondary emotions count.
  public var countsSecondary: Bool {
    switch self {
    case .primary, .primaryWithoutOther, .primaryWithoutNoAgreement, .primaryWithoutEither: false
    case .primaryAndSecondary, .primaryAndSecondaryWithoutOther, .primaryAndSecondaryWithoutNoAgreement,
      .primaryAndSecondaryWithoutEither:
      true
    }
  }

  /// Whether a clip of that consensus has a target.
  public func includes(_ consensus: Consensus) -> Bool {
    switch (self, consensus) {
    case (_, .emotion): true
    case (_, .unlabelled): false
    case (.primary, _), (.primaryAndSecondary, _): true
    case (.primaryWithoutOther, .other), (.primaryAndSecondaryWithoutOther, .other): false
    case (.primaryWithoutNoAgreement, .noAgreement), (.primaryAndSecondaryWithoutNoAgreement, .noAgreement): false
    case (.primaryWithoutEither, _), (.primaryAndSecondaryWithoutEither, _): false
    default: true
    }
  }

  /// The votes that a rating gives under the rule, none twice.
  public func votes(of rating: Rating) -> [Vote] {
    guard countsSecondary else { return [rating.primary] }
    var votes = [rating.primary]
    for vote in rating.secondary where !votes.contains(vote) { votes.append(vote) }
    return votes
  }
}
