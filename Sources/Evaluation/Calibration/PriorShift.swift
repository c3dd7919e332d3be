import Foundation

/// The correction of probabilities for classes that are more or less frequent where a system is used than where it was
/// calibrated (Saerens, Latinne and Decaestecker 2002): p'(c) ∝ p(c) · target(c) / source(c).
public struct PriorShift: Codable, Equatable, Sendable {
  /// The frequencies that the probabilities stand for.
  public var source: [Double]
  /// The frequencies of the classes where the system is used.
  public var target: [Double]

  /// A shift from one set of frequencies to another.
  public init(source: [Double], target: [Double]) {
    self.source = source
    self.target = target
  }

  /// What the probabilities are multiplied by; a class that had no frequency stays as it is.
  var factors: [Double] { zip(source, target).map { $0 > 0 ? $1 / $0 : 1 } }

  /// Shifted probabilities of one utterance; they sum to 1.
  public func callAsFunction(_ probabilities: [Double]) -> [Double] {
    let values = zip(probabilities, factors).map { $0 * $1 }
    let sum = values.reduce(0, +)
    return sum > 0 ? values.map { $0 / sum } : probabilities
  }

  /// Estimates the target frequencies from probabilities alone, without labels, by expectation maximisation (the same
  /// paper): the mean of the shifted probabilities, until it no longer moves. It presumes that the clips of a class are alike
  /// in both sets, and that each class is calibrated: of classes that are not, the estimate lets some vanish.
  ///
  /// - Parameter own: probabilities of the clips that `source` was counted on. What is estimated of them must be `source`,
  ///   but for a tenth; empty for no such look.
  /// - Throws: `EvaluationError.arguments` for none, of another width than `source`, or not calibrated by class.
  public init(
    estimatingFrom probabilities: [[Double]], source: [Double], checkedOn own: [[Double]] = []
  ) throws(EvaluationError) {
    if !own.isEmpty {
      let target = try PriorShift(estimatingFrom: own, source: source).target
      let misplaced = zip(target, source).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
      guard misplaced <= 0.1 else {
        throw .arguments(
          "the frequencies of the classes can't be estimated: for the clips of the calibration itself "
            + String(format: "%.2f", misplaced)
            + " of them would come out in other classes than they are labelled, and at "
            + "most 0.10 may; calibrate class by class, as vector scaling does, or state the frequencies")
      }
    }
    guard !probabilities.isEmpty, probabilities.allSatisfy({ $0.count == source.count }) else {
      throw .arguments("frequencies can be estimated from rows of \(source.count) probabilities, at least one")
    }
    var shift = PriorShift(source: source, target: source)
    for _ in 0..<1000 {
      var sums = [Double](repeating: 0, count: source.count)
      for row in probabilities { for (c, value) in shift(row).enumerated() { sums[c] += value } }
      let next = sums.map { $0 / Double(probabilities.count) }
      let moved = zip(next, shift.target).map { abs($0 - $1) }.max() ?? 0
      shift.target = next
      if moved < 1e-10 { break }
    }
    self = shift
  }
}
