import Foundation

/// How far predicted probabilities are from a distribution over the same classes: the voters' shares, or a label.
public enum DistributionMetrics {
  /// The least probability that is taken for one that is 0, as in `ScoreMetrics.logLoss`.
  static let tiny = Double.ulpOfOne

  /// The Kullback-Leibler divergence of the prediction from the voters, Σ t ln(t / p) in nats. A predicted probability
  /// counts as at least 2.2e-16.
  public static func kullbackLeibler(_ votes: [Double], _ predicted: [Double]) -> Double {
    zip(votes, predicted).reduce(0) { sum, pair in
      pair.0 > 0 ? sum + pair.0 * log(pair.0 / max(pair.1, tiny)) : sum
    }
  }

  /// The Jensen-Shannon divergence in nats (Lin 1991), from 0 to ln 2: the mean of both sides' divergence from their
  /// midpoint.
  public static func jensenShannon(_ votes: [Double], _ predicted: [Double]) -> Double {
    zip(votes, predicted).reduce(0) { sum, pair in
      let middle = (pair.0 + pair.1) / 2
      return sum + (pair.0 > 0 ? pair.0 / 2 * log(pair.0 / middle) : 0)
        + (pair.1 > 0 ? pair.1 / 2 * log(pair.1 / middle) : 0)
    }
  }

  /// The Brier score of one prediction (Brier 1950): the squared distance to the one-hot label, from 0 to 2.
  public static func brier(_ predicted: [Double], label: Int) -> Double {
    predicted.enumerated().reduce(0) { sum, item in
      let difference = item.element - (item.offset == label ? 1 : 0)
      return sum + difference * difference
    }
  }

  /// The rank of the label among the probabilities, 0 for the most probable. Of equal ones the later class comes first,
  /// as in scikit-learn's `top_k_accuracy_score`.
  public static func rank(_ predicted: [Double], label: Int) -> Int {
    var above = 0
    for (place, value) in predicted.enumerated() {
      if value > predicted[label] || (value == predicted[label] && place > label) { above += 1 }
    }
    return above
  }
}
