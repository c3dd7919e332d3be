/// What a system gains by giving no answer where it is unsure: the risk among the most confident share of its answers
/// (El-Yaniv and Wiener 2010).
public struct SelectivePrediction: Codable, Equatable, Sendable {
  /// A point of the curve.
  public struct Point: Codable, Equatable, Sendable {
    /// The share of utterances answered.
    public var coverage: Double
    /// The share of wrong answers among them.
    public var risk: Double
    /// The least confidence answered.
    public var confidence: Double
  }

  /// From the surest answers to all of them, one point for each distinct confidence; at most 200.
  public var curve: [Point]
  /// The area under the curve of all points, the mean risk over coverages: lower is better (Geifman and El-Yaniv 2017).
  public var area: Double
  /// The same for a ranking that puts every right answer first: what could be reached.
  public var bestArea: Double

  /// The curve of answers.
  ///
  /// - Throws: `EvaluationError.arguments` for none, lengths that differ, or a confidence that is no number, with its row.
  public init(confidences: [Double], right: [Bool]) throws(EvaluationError) {
    guard confidences.count == right.count, !right.isEmpty else {
      throw .arguments("\(confidences.count) confidences cannot be held against \(right.count) outcomes")
    }
    if let row = confidences.firstIndex(where: \.isNaN) {
      throw .arguments("row \(row): the confidence is not a number")
    }
    let order = confidences.indices.sorted { confidences[$0] > confidences[$1] }
    let total = Double(right.count)
    var points: [Point] = []
    var (wrong, at, sum) = (0, 0, 0.0)
    while at < order.count {
      let confidence = confidences[order[at]]
      let start = at
      while at < order.count, confidences[order[at]] == confidence {
        wrong += right[order[at]] ? 0 : 1
        at += 1
      }
      let risk = Double(wrong) / Double(at)
      // Equal confidences can't be told apart: they are answered together.
      sum += risk * Double(at - start)
      points.append(Point(coverage: Double(at) / total, risk: risk, confidence: confidence))
    }
    area = sum / total
    let hits = right.count - wrong
    var best = 0.0
    for answered in hits..<right.count { best += Double(answered + 1 - hits) / Double(answered + 1) }
    bestArea = best / total
    let step = max(1, (points.count + 199) / 200)
    curve = points.enumerated().filter { $0.offset % step == step - 1 || $0.offset == points.count - 1 }.map(\.element)
  }

  /// The risk where so large a share of utterances is answered.
  public func risk(at coverage: Double) -> Double? { curve.first { $0.coverage >= coverage }?.risk }
}
