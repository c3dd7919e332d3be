/// How often each class was taken for each class.
public struct ConfusionMatrix: Equatable, Sendable {
  /// The names of the classes, in the order of rows and columns.
  public let classes: [String]
  /// `counts[i][j]` is the number of utterances of class `i` that were predicted as class `j`: (classes, classes).
  public let counts: [[Int]]

  /// Keeps counts made elsewhere.
  ///
  /// - Throws: `EvaluationError.arguments` where they are not square, negative or named twice.
  public init(classes: [String], counts: [[Int]]) throws(EvaluationError) {
    guard Set(classes).count == classes.count else {
      throw .arguments("each class of a confusion matrix has a name of its own; there are \(classes)")
    }
    guard counts.count == classes.count, counts.allSatisfy({ $0.count == classes.count && $0.allSatisfy { $0 >= 0 } })
    else {
      throw .arguments(
        "\(classes.count) classes need a square of \(classes.count) rows of counts that are not negative")
    }
    self.classes = classes
    self.counts = counts
  }

  /// Counts that are known to be sound.
  init(square counts: [[Int]], classes: [String]) {
    self.classes = classes
    self.counts = counts
  }

  /// Counts pairs of class indices.
  ///
  /// - Parameters:
  ///   - labels: the true class of each utterance, an index into `classes`.
  ///   - predictions: the predicted class of each utterance, in the same order.
  /// - Throws: `EvaluationError.arguments` where lengths differ or an index is outside.
  public init(labels: [Int], predictions: [Int], classes: [String]) throws(EvaluationError) {
    guard labels.count == predictions.count else {
      throw .arguments("\(labels.count) labels cannot be compared with \(predictions.count) predictions")
    }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
    for (position, (label, prediction)) in zip(labels, predictions).enumerated() {
      guard classes.indices.contains(label), classes.indices.contains(prediction) else {
        throw .arguments(
          "position \(position): label \(label) and prediction \(prediction) must be from 0 to \(classes.count - 1)")
      }
      counts[label][prediction] += 1
    }
    try self.init(classes: classes, counts: counts)
  }

  /// The number of utterances.
  public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

  /// The share of each true class that went to each predicted class: rows sum to one, or are zero where a class does
  /// not occur in the labels. The diagonal is the recall.
  public var rowNormalised: [[Double]] {
    counts.map { row in
      let support = row.reduce(0, +)
      return row.map { support == 0 ? 0 : Double($0) / Double(support) }
    }
  }

  /// The positions of the classes that occur in labels or predictions.
  public var occurring: [Int] {
    classes.indices.filter { index in counts[index].contains { $0 > 0 } || counts.contains { $0[index] > 0 } }
  }

  /// The part of the matrix that belongs to some classes; utterances of the others are no longer counted.
  func restricted(to positions: [Int]) throws(EvaluationError) -> ConfusionMatrix {
    try ConfusionMatrix(
      classes: positions.map { classes[$0] }, counts: positions.map { row in positions.map { counts[row][$0] } })
  }
}
