/// Sets of classes that hold the true one with a stated probability, whatever the system and the data, as long as the
/// utterances to come are drawn as those that the thresholds were fitted on (split conformal prediction, Vovk et al. 2005).
public struct ConformalSets: Codable, Equatable, Sendable {
  /// What is promised.
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// Coverage over all utterances: the classes of a probability above one threshold (Sadinle et al. 2019).
    case overall
    /// Coverage of each class: a threshold for each.
    case perClass = "per-class"
  }

  /// What is promised.
  public var kind: Kind
  /// The stated coverage, such as 0.9.
  public var coverage: Double
  /// The least probability at which each class is in the set.
  public var thresholds: [Double]

  /// Sets by given thresholds.
  public init(kind: Kind, coverage: Double, thresholds: [Double]) {
    self.kind = kind
    self.coverage = coverage
    self.thresholds = thresholds
  }

  /// Fits thresholds on calibrated probabilities, (utterances, classes), and labels.
  ///
  /// - Throws: `EvaluationError.arguments` for a coverage that is none, or nothing to fit on.
  public init(
    fitting kind: Kind, coverage: Double, probabilities: [[Double]], labels: [Int]
  ) throws(EvaluationError) {
    guard coverage > 0, coverage < 1, let width = probabilities.first?.count, probabilities.count == labels.count else {
      throw .arguments(
        "conformal sets need a coverage between 0 and 1 and labelled predictions; there are \(coverage) and "
          + "\(probabilities.count)")
    }
    let scores = zip(probabilities, labels).map { (label: $1, score: $0[$1]) }
    func threshold(_ scores: [Double]) -> Double {
      // The floor((n + 1)(1 - coverage))-th least score; with too few scores for the promise every class is taken.
      let rank = Int((Double(scores.count + 1) * (1 - coverage) + 1e-9).rounded(.down))
      return rank < 1 ? 0 : scores.sorted()[rank - 1]
    }
    self.kind = kind
    self.coverage = coverage
    switch kind {
    case .overall: thresholds = [Double](repeating: threshold(scores.map(\.score)), count: width)
    case .perClass:
      thresholds = (0..<width).map { c in threshold(scores.filter { $0.label == c }.map(\.score)) }
    }
  }

  /// The set of an utterance, as indices of classes.
  public func callAsFunction(_ probabilities: [Double]) -> [Int] {
    probabilities.indices.filter { probabilities[$0] >= thresholds[$0] }
  }
}
