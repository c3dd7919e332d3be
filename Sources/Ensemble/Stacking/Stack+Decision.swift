import Basics
import Emotion
import Evaluation

extension Stack {
  /// Resamples over which the classes' factors are averaged.
  private static let resamples = 40
  /// What factors must gain in Macro-F1 where they were not found, to be kept.
  private static let leastGain = 0.01

  /// The same stack with factors of its classes' probabilities that make the best Macro-F1; all are 1 where factors gain less
  /// than 0.01 in a cross-validation by speakers.
  ///
  /// - Parameters:
  ///   - models: scores for utterances that neither the networks nor the stack were trained on
  ///   - labels: their classes and speakers
  /// - Throws: `EnsembleError` where models and labels do not fit, or fewer than two classes occur
  func decidingByMacroF1(_ models: [ModelScores], _ labels: StackLabels, threads: Int?) throws -> Stack {
    let told = try predictions(models, threads: threads).rows
    let known = Dictionary(labels.rows.map { ($0.fileName, $0) }, uniquingKeysWith: { first, _ in first })
    let missing = told.map(\.fileName).filter { known[$0] == nil }
    guard missing.isEmpty else {
      throw EnsembleError.mismatch([
        UtteranceMismatch(file: "the labels file", missing: missing.sorted(), surplus: [])
      ])
    }
    let rows = told.compactMap { row in
      known[row.fileName].flatMap { label in
        label.consensus.emotion.flatMap { classes.firstIndex(of: $0) }.map { (row.probabilities, $0, label.group) }
      }
    }
    guard Set(rows.map(\.1)).count > 1 else {
      throw EnsembleError.selection(
        "the classes' factors are found on utterances of two classes at least; those that are given have "
          + (rows.first.map { "\(classes[$0.1].rawValue) alone" } ?? "none"))
    }
    var generator = SeededGenerator(seed: settings.seed, FittingJob.Purpose.decision.rawValue)
    var configuration = configuration
    configuration.format = StackConfiguration.currentFormat
    let factors = DecisionFactors(rows.map(\.0), labels: rows.map(\.1), groups: rows.map(\.2))
    let gain = factors.gain(folds: 5, repeats: 3, resamples: 10, &generator)
    configuration.factors =
      gain < Self.leastGain
      ? [Double](repeating: 1, count: classes.count) : factors.factors(resamples: Self.resamples, &generator)
    return Stack(configuration: configuration, forests: forests, classifiers: classifiers)
  }

  /// Probabilities multiplied by the classes' factors, which sum to 1 again, and the most probable class.
  func decided(_ row: Prediction) -> Prediction {
    guard let factors = configuration.factors else { return row }
    let products = zip(row.probabilities, factors).map(*)
    let sum = products.reduce(0, +)
    guard sum > 0 else { return row }
    return Prediction(
      fileName: row.fileName, probabilities: products.map { $0 / sum }, emotion: classes[highest(products)],
      attributes: row.attributes)
  }
}
