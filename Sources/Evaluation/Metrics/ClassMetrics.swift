/// Precision, recall and F1 of one class.
public struct ClassScore: Codable, Equatable, Sendable {
  /// The share of the utterances predicted as the class that are of it: TP / (TP + FP), 0 where none was predicted.
  public var precision: Double
  /// The share of the utterances of the class that were predicted as it: TP / (TP + FN), 0 where it does not occur.
  public var recall: Double
  /// The harmonic mean of both: 2 TP / (2 TP + FP + FN), 0 where the class is neither in labels nor predictions.
  public var f1: Double
  /// The number of utterances whose label is the class: TP + FN.
  public var support: Int

  /// A score, as it is.
  public init(precision: Double, recall: Double, f1: Double, support: Int) {
    self.precision = precision
    self.recall = recall
    self.f1 = f1
    self.support = support
  }
}

/// The metrics of a confusion matrix, by scikit-learn's definitions with `zero_division=0`.
public struct ClassMetrics: Equatable, Sendable {
  /// Over which classes F1 scores are averaged.
  public enum Averaging: Equatable, Sendable {
    /// The classes that occur in labels or predictions: scikit-learn's default.
    case occurring
    /// These classes, whether they occur or not; one that does not occur scores 0. Scikit-learn's `labels=`.
    case fixed([String])
  }

  /// The scores of the classes that are averaged, in the order of the matrix (or of the fixed set).
  public let perClass: [(name: String, score: ClassScore)]
  /// The mean F1 of the classes.
  public let macroF1: Double
  /// 2 TP / (2 TP + FP + FN) with the counts summed over the classes. Over all that occur it equals the accuracy.
  public let microF1: Double
  /// The mean F1 weighted by support.
  public let weightedF1: Double
  /// The share of all utterances that were predicted right.
  public let accuracy: Double
  /// Unweighted average recall: the mean recall of the classes that occur in the labels, whatever is averaged
  /// otherwise. Scikit-learn's `balanced_accuracy_score`.
  public let uar: Double

  /// Computes the metrics.
  ///
  /// - Throws: `EvaluationError.arguments` where the matrix is empty, or the fixed set is empty or names a class that
  ///   the matrix does not have.
  public init(_ confusion: ConfusionMatrix, over averaging: Averaging = .occurring) throws(EvaluationError) {
    let counts = confusion.counts
    let total = confusion.total
    guard total > 0 else {
      throw .arguments("there is nothing to evaluate: metrics need at least one utterance with a label")
    }
    let truePositives = counts.indices.map { counts[$0][$0] }
    let support = counts.map { $0.reduce(0, +) }
    let predicted = counts.indices.map { column in counts.reduce(0) { $0 + $1[column] } }
    let scores = counts.indices.map { index in
      ClassScore(
        precision: ratio(truePositives[index], predicted[index]), recall: ratio(truePositives[index], support[index]),
        f1: ratio(2 * truePositives[index], predicted[index] + support[index]), support: support[index])
    }

    let averaged = try Self.positions(of: averaging, in: confusion)
    func sum(_ values: [Int]) -> Int { averaged.reduce(0) { $0 + values[$1] } }
    let averagedSupport = sum(support)
    perClass = averaged.map { (confusion.classes[$0], scores[$0]) }
    macroF1 = averaged.reduce(0) { $0 + scores[$1].f1 } / Double(averaged.count)
    microF1 = ratio(2 * sum(truePositives), sum(predicted) + averagedSupport)
    weightedF1 =
      averagedSupport == 0
      ? 0 : averaged.reduce(0) { $0 + scores[$1].f1 * Double(support[$1]) } / Double(averagedSupport)
    accuracy = ratio(truePositives.reduce(0, +), total)
    let labelled = scores.filter { $0.support > 0 }
    uar = labelled.reduce(0) { $0 + $1.recall } / Double(labelled.count)
  }

  private static func positions(
    of averaging: Averaging, in confusion: ConfusionMatrix
  ) throws(EvaluationError) -> [Int] {
    guard case .fixed(let names) = averaging else { return confusion.occurring }
    guard !names.isEmpty, Set(names).count == names.count else {
      throw .arguments("the classes to average over must be at least one, each once; there are \(names)")
    }
    var positions: [Int] = []
    for name in names {
      guard let position = confusion.classes.firstIndex(of: name) else {
        throw .arguments("'\(name)' is none of the classes \(confusion.classes.joined(separator: ", "))")
      }
      positions.append(position)
    }
    return positions
  }

  /// Equal where all scores are.
  public static func == (a: ClassMetrics, b: ClassMetrics) -> Bool {
    a.perClass.elementsEqual(b.perClass, by: ==) && a.macroF1 == b.macroF1 && a.microF1 == b.microF1
      && a.weightedF1 == b.weightedF1 && a.accuracy == b.accuracy && a.uar == b.uar
  }
}

/// A quotient that is 0 where there is nothing to divide by.
private func ratio(_ numerator: Int, _ denominator: Int) -> Double {
  denominator == 0 ? 0 : Double(numerator) / Double(denominator)
}
