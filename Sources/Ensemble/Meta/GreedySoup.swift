/// Which classifiers of several make the best mean (Wortsman et al. 2022, recipe 1).
struct GreedySoup {
  /// The mean of the chosen.
  let classifier: MetaClassifier
  /// Its score.
  let score: BalancedScore
  /// The chosen ones, in the order in which they came in.
  let ingredients: [Int]

  /// Begins with the best classifier, and adds the others in the order of their scores where the mean with them has no
  /// worse score on the held-out set.
  ///
  /// - Parameters:
  ///   - candidates: at least one, with their scores on the held-out set
  ///   - score: of a mean, on the same held-out set
  init(
    _ candidates: [(classifier: MetaClassifier, score: BalancedScore)], by selection: MetaSettings.Selection,
    score: (MetaClassifier) throws -> BalancedScore
  ) throws {
    let order = candidates.indices.sorted { a, b in
      candidates[a].score.isBetter(than: candidates[b].score, by: selection)
        || (!candidates[b].score.isBetter(than: candidates[a].score, by: selection) && a < b)
    }
    guard let first = order.first else { throw EnsembleError.arguments("a soup needs at least one classifier") }
    var best = candidates[first]
    var chosen = [first]
    for candidate in order.dropFirst() {
      let mean = try MetaClassifier.soup((chosen + [candidate]).map { candidates[$0].classifier })
      let told = try score(mean)
      guard told.isNoWorse(than: best.score, by: selection) else { continue }
      best = (mean, told)
      chosen.append(candidate)
    }
    (classifier, self.score, ingredients) = (best.classifier, best.score, chosen)
  }
}
