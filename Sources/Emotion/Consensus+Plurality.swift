extension Consensus {
  /// The plurality of the raters' primary votes: the emotion (`other` included) with more votes than any other.
  ///
  /// A tie for the most votes is `noAgreement`, and so are no votes at all.
  public init(pluralityOf ratings: some Sequence<Rating>) {
    var counts = [Vote: Int]()
    for rating in ratings { counts[rating.primary, default: 0] += 1 }
    let most = counts.values.max() ?? 0
    let winners = counts.filter { $0.value == most }.keys
    guard winners.count == 1, let winner = winners.first else {
      self = .noAgreement
      return
    }
    self = winner.consensus
  }

  /// Every consensus that raters can come to: the eight classes in their order, `other`, `noAgreement`.
  public static let all: [Consensus] = EmotionClass.allCases.map(Consensus.emotion) + [.other, .noAgreement]
}
