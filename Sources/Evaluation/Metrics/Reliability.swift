/// How often predictions of a certain confidence are right (DeGroot and Fienberg 1983). The confidence of a prediction is its
/// greatest probability, and it is right where that class, the first of several, is the label.
public struct Reliability: Codable, Equatable, Sendable {
  /// The predictions of one range of confidence.
  public struct Bin: Codable, Equatable, Sendable {
    /// The range: above `low`, up to and with `high`; the first bin holds 0 too.
    public var low, high: Double
    /// The number of predictions in it.
    public var count: Int
    /// The mean confidence in it, 0 where it is empty.
    public var confidence: Double
    /// The share of right ones in it, 0 where it is empty.
    public var accuracy: Double
  }

  /// Bins of equal width.
  public var bins: [Bin]
  /// The expected calibration error (Naeini et al. 2015): the mean distance of confidence and accuracy, bins weighted by
  /// their counts.
  public var expectedError: Double
  /// The greatest distance of a bin.
  public var greatestError: Double

  /// The usual number of bins.
  public static let usualBins = 15

  /// The bin of a confidence: `(i / bins, (i + 1) / bins]`, as scikit-learn's `calibration_curve` has them.
  static func bin(_ confidence: Double, of bins: Int) -> Int {
    var bin = min(max(Int(confidence * Double(bins)), 0), bins - 1)
    // The product may have been rounded over an edge.
    while bin > 0, confidence <= edge(bin, of: bins) { bin -= 1 }
    while bin < bins - 1, confidence > edge(bin + 1, of: bins) { bin += 1 }
    return bin
  }

  /// Edges as NumPy's `linspace` makes them.
  private static func edge(_ index: Int, of bins: Int) -> Double {
    index == bins ? 1 : Double(index) * (1 / Double(bins))
  }

  /// Bins from their sums.
  init(counts: [Int], right: [Int], confidence: [Double]) {
    let total = Double(max(counts.reduce(0, +), 1))
    let width = counts.count
    bins = counts.indices.map { index in
      let count = Double(max(counts[index], 1))
      return Bin(
        low: Self.edge(index, of: width), high: Self.edge(index + 1, of: width), count: counts[index],
        confidence: confidence[index] / count, accuracy: Double(right[index]) / count)
    }
    expectedError = bins.reduce(0) { $0 + abs($1.confidence - $1.accuracy) * Double($1.count) / total }
    greatestError = bins.filter { $0.count > 0 }.map { abs($0.confidence - $0.accuracy) }.max() ?? 0
  }

  /// Bins of predictions.
  ///
  /// - Parameters:
  ///   - confidences: the greatest probability of each prediction
  ///   - right: whether it was right
  /// - Throws: `EvaluationError.arguments` for lengths that differ, or a confidence that is none, with its row.
  public init(
    confidences: [Double], right: [Bool], bins: Int = Reliability.usualBins
  ) throws(EvaluationError) {
    guard confidences.count == right.count, bins > 0 else {
      throw .arguments(
        "\(confidences.count) confidences cannot be held against \(right.count) outcomes in \(bins) bins")
    }
    var counts = [Int](repeating: 0, count: bins)
    var hits = counts
    var sums = [Double](repeating: 0, count: bins)
    for (row, confidence) in confidences.enumerated() {
      guard (0...1).contains(confidence) else {
        throw .arguments("row \(row): \(confidence) is no confidence; a number from 0 to 1 is expected")
      }
      let bin = Self.bin(confidence, of: bins)
      counts[bin] += 1
      hits[bin] += right[row] ? 1 : 0
      sums[bin] += confidence
    }
    self.init(counts: counts, right: hits, confidence: sums)
  }
}
