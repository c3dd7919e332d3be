public import Emotion
import Foundation

/// All that is found of one system's predictions: the metrics with their intervals, reliability, selective prediction and
/// groups. Its JSON holds the keys of `EvaluationReport` and more beside them; they are stable.
public struct Judgement: Encodable, Sendable {
  /// An attribute's agreement with its ratings.
  public struct AttributeScore: Codable, Equatable, Sendable {
    /// See `AttributeMoments`; absent where not defined.
    public var ccc, pearson, rmse: Double?
    /// The number of pairs.
    public var count: Int
  }

  /// How a class is ranked.
  public struct ClassRanking: Codable, Equatable, Sendable {
    /// The area under the ROC curve of the class against all others.
    public var auroc: Double?
    /// Average precision.
    public var averagePrecision: Double?
  }

  /// Metrics of the classes; absent where the predictions or labels hold none.
  public var classes: EvaluationReport?
  /// Every metric by its key, as `ResampledMetrics` names them.
  public var metrics: [String: Double]
  /// Their intervals by the same keys.
  public var intervals: [String: Interval]
  /// How the intervals were drawn.
  public var method: String
  /// By the name of the class; absent without probabilities.
  public var rankings: [String: ClassRanking]?
  /// By the name of the attribute; absent without attributes.
  public var attributes: [String: AttributeScore]?
  /// Absent without probabilities.
  public var reliability: Reliability?
  /// Absent without probabilities.
  public var selective: SelectivePrediction?
  /// The number of utterances whose votes the divergences are taken over.
  public var voted: Int
  /// The groupings asked for.
  public var groups: [GroupReport]

  /// The utterances.
  public let clips: JudgedClips

  /// Judges predictions.
  ///
  /// - Parameters:
  ///   - averaged: the classes that F1 scores are averaged over; nil stands for those that occur.
  ///   - balancedSubsets: the seed of BS-F1's subsets; nil leaves it out.
  ///   - groupings: divisions of the utterances to score by.
  /// - Throws: `EvaluationError.arguments` where nothing can be evaluated.
  public init(
    _ clips: JudgedClips, _ resampling: Resampling = Resampling(), over averaged: [EmotionClass]? = nil,
    balancedSubsets seed: UInt64? = nil, groupings: [Grouping] = []
  ) throws(EvaluationError) {
    self.clips = clips
    let found = try ResampledMetrics(clips, resampling, averaged: averaged?.map(\.index))
    metrics = Dictionary(
      uniqueKeysWithValues: zip(found.names, found.values).filter { !$0.1.isNaN }.map { ($0.0, $0.1) })
    intervals = found.intervals
    method = resampling.description
    let sums = found.table.whole
    voted = sums.voted
    classes = clips.classified.isEmpty ? nil : try EvaluationReport(clips, over: averaged, balancedSubsets: seed)
    groups = groupings.isEmpty ? [] : try GroupReport.reports(of: clips, by: groupings, resampling)
    let moments = Dictionary(
      uniqueKeysWithValues: zip(Attribute.allCases, sums.moments).compactMap { attribute, moments in
        moments.map {
          (
            attribute.rawValue,
            AttributeScore(
              ccc: $0.concordance, pearson: $0.pearson, rmse: $0.rootMeanSquare, count: Int($0.count))
          )
        }
      })
    attributes = moments.isEmpty ? nil : moments
    guard clips.hasScores, classes != nil else { return }
    rankings = Dictionary(
      uniqueKeysWithValues: clips.classes.map { emotion in
        let (area, precision) = (sums.auroc[emotion.index], sums.averagePrecision[emotion.index])
        return (
          emotion.rawValue,
          ClassRanking(auroc: area.isNaN ? nil : area, averagePrecision: precision.isNaN ? nil : precision)
        )
      })
    reliability = Reliability(
      counts: (0..<Reliability.usualBins).map { sums.bins[2 * $0] + sums.bins[2 * $0 + 1] },
      right: (0..<Reliability.usualBins).map { sums.bins[2 * $0 + 1] }, confidence: sums.confidence)
    selective = try SelectivePrediction(
      confidences: clips.confidences.map(\.confidence), right: clips.confidences.map(\.isRight))
  }

  private enum Keys: String, CodingKey {
    case metrics, intervals, method, rankings, attributes, reliability, selective, voted, groups
  }

  /// Writes one object: the keys of `EvaluationReport`, and those of this beside them.
  public func encode(to encoder: any Encoder) throws {
    try classes?.encode(to: encoder)
    var values = encoder.container(keyedBy: Keys.self)
    try values.encode(metrics, forKey: .metrics)
    try values.encode(intervals, forKey: .intervals)
    try values.encode(method, forKey: .method)
    try values.encodeIfPresent(rankings, forKey: .rankings)
    try values.encodeIfPresent(attributes, forKey: .attributes)
    try values.encodeIfPresent(reliability, forKey: .reliability)
    try values.encodeIfPresent(selective, forKey: .selective)
    if voted > 0 { try values.encode(voted, forKey: .voted) }
    if !groups.isEmpty { try values.encode(groups, forKey: .groups) }
  }
}

extension JudgedClips {
  /// The confidence of each utterance that counts for the class metrics, and whether its most probable class, the first of
  /// several, is the label.
  var confidences: [(row: Int, confidence: Double, isRight: Bool)] {
    let width = classes.count
    guard width > 0 else { return [] }
    return classified.map { row in
      let scores = probabilities[row * width..<(row + 1) * width]
      let top = scores.indices.reduce(scores.startIndex) { scores[$1] > scores[$0] ? $1 : $0 }
      return (row, min(scores[top], 1), classes[top - scores.startIndex].index == Int(truth[row]))
    }
  }

  /// The probabilities of the utterances that count, and their labels as indices into `classes`: what calibration is fitted
  /// on. Labels of classes without probabilities are left out.
  public var scored: (rows: [Int], probabilities: [[Double]], labels: [Int]) {
    let width = classes.count
    var place = [Int](repeating: -1, count: 8)
    for (column, emotion) in classes.enumerated() { place[emotion.index] = column }
    let rows = classified.filter { width > 0 && place[Int(truth[$0])] >= 0 }
    return (
      rows, rows.map { Array(probabilities[$0 * width..<($0 + 1) * width]) }, rows.map { place[Int(truth[$0])] }
    )
  }

  /// The same utterances with calibrated probabilities, decisions on the most probable class.
  public func calibrated(by calibration: Calibration) throws(EvaluationError) -> JudgedClips {
    guard calibration.classes == classes else {
      throw .arguments(
        "the calibration is for \(calibration.classes.map(\.rawValue)), the predictions have \(classes.map(\.rawValue))"
      )
    }
    let width = classes.count
    var changed: [Double] = []
    var decided: [Int8] = []
    changed.reserveCapacity(probabilities.count)
    for row in 0..<count {
      let scores = calibration(Array(probabilities[row * width..<(row + 1) * width]))
      changed += scores
      let top = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
      decided.append(Int8(classes[top].index))
    }
    return replacing(probabilities: changed, decisions: decided)
  }
}
