import Foundation

/// Metrics of numbers: probabilities and attributes.
public enum ScoreMetrics {
  /// The mean of -ln p(true class), in nats. A probability is taken as at least the spacing of doubles at one
  /// (2.2e-16) so that a single certain error does not make the mean infinite, as in scikit-learn's `log_loss`.
  ///
  /// - Parameters:
  ///   - probabilities: (utterances, classes).
  ///   - labels: the true class of each utterance, an index into its row.
  /// - Throws: `EvaluationError.arguments` where there are none, lengths differ or an index is outside.
  public static func logLoss(probabilities: [[Double]], labels: [Int]) throws(EvaluationError) -> Double {
    guard probabilities.count == labels.count, !labels.isEmpty else {
      throw .arguments(
        "log-loss needs as many labels as rows of probabilities, at least one; there are \(labels.count) and \(probabilities.count)"
      )
    }
    let tiny = Double.ulpOfOne
    var sum = 0.0
    for (row, (values, label)) in zip(probabilities, labels).enumerated() {
      guard values.indices.contains(label) else {
        throw .arguments("row \(row): label \(label) is outside of its \(values.count) probabilities")
      }
      guard let bad = values.first(where: { !(0...1).contains($0) }) else {
        sum -= log(min(max(values[label], tiny), 1 - tiny))
        continue
      }
      throw .arguments("row \(row): \(bad) is not a probability; a number from 0 to 1 is expected")
    }
    return sum / Double(labels.count)
  }

  /// Lin's concordance correlation coefficient (Lin 1989): 2 cov(x, y) / (var x + var y + (mean x - mean y)²), with
  /// population moments (divided by n). Nil where it is not defined: no values, or both constant and equal.
  ///
  /// - Throws: `EvaluationError.arguments` where lengths differ.
  public static func concordance(_ x: [Double], _ y: [Double]) throws(EvaluationError) -> Double? {
    guard x.count == y.count else {
      throw .arguments("\(x.count) predicted values cannot be compared with \(y.count) labels")
    }
    for (row, pair) in zip(x, y).enumerated() where !pair.0.isFinite || !pair.1.isFinite {
      throw .arguments("row \(row): \(pair.0) and \(pair.1) can't be compared; both must be finite numbers")
    }
    return AttributeMoments(x, y).concordance
  }
}
