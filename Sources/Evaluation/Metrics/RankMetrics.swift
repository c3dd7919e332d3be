/// Metrics of how well a score puts the utterances of a class before the others.
public struct RankMetrics: Sendable {
  /// A point of the curves: what is found above some score.
  public struct Point: Codable, Equatable, Sendable {
    /// The share of the others that lie above it (ROC, horizontal).
    public var falsePositiveRate: Double
    /// The share of the class that lies above it (ROC, vertical; recall).
    public var recall: Double
    /// The share of the class among all above it.
    public var precision: Double
  }

  /// The area under the ROC curve, ties counted half (Hanley and McNeil 1982); nil where one side is empty.
  public let auroc: Double?
  /// Average precision, Σ (R_n - R_{n-1}) P_n over the distinct scores, as scikit-learn has it; nil without the class.
  public let averagePrecision: Double?
  /// Points at the distinct scores, from the highest down.
  public let curve: [Point]

  /// Ranks utterances by their scores.
  ///
  /// - Throws: `EvaluationError.arguments` for lengths that differ, or a score that is no number, with its row.
  public init(scores: [Double], isOfClass: [Bool]) throws(EvaluationError) {
    guard scores.count == isOfClass.count else {
      throw .arguments("\(scores.count) scores cannot be held against \(isOfClass.count) labels")
    }
    if let row = scores.firstIndex(where: \.isNaN) {
      throw .arguments("row \(row): the score is not a number; scores must be numbers to be ranked")
    }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    let positives = isOfClass.count { $0 }
    let negatives = scores.count - positives
    var (found, others, area, precision) = (0, 0, 0.0, 0.0)
    var points: [Point] = []
    var at = 0
    while at < order.count {
      var (newFound, newOthers) = (0, 0)
      let score = scores[order[at]]
      while at < order.count, scores[order[at]] == score {
        if isOfClass[order[at]] { newFound += 1 } else { newOthers += 1 }
        at += 1
      }
      area += Double(newOthers) * (Double(found) + Double(newFound) / 2)
      found += newFound
      others += newOthers
      if newFound > 0 { precision += Double(newFound) * Double(found) / Double(found + others) }
      points.append(
        Point(
          falsePositiveRate: negatives > 0 ? Double(others) / Double(negatives) : 0,
          recall: positives > 0 ? Double(found) / Double(positives) : 0,
          precision: Double(found) / Double(found + others)))
    }
    auroc = positives > 0 && negatives > 0 ? area / (Double(positives) * Double(negatives)) : nil
    averagePrecision = positives > 0 ? precision / Double(positives) : nil
    curve = points
  }
}
