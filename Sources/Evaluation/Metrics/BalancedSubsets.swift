/// BS-F1 as system A publishes it: Macro-F1 over class-balanced subsets, drawn without replacement. It says how well a
/// system does when classes are equally frequent, as in the challenge's test set; its range is not a confidence interval.
public struct BalancedSubsetF1: Codable, Equatable, Sendable {
  /// The mean Macro-F1 of the subsets.
  public var mean: Double
  /// The least Macro-F1 of a subset.
  public var lowest: Double
  /// The greatest Macro-F1 of a subset.
  public var highest: Double
  /// The number of subsets.
  public var subsets: Int
  /// The number of utterances per class in each subset: what was asked for, or the size of the smallest class.
  public var perClass: Int
  /// The seed that the subsets were drawn with.
  public var seed: UInt64

  /// Draws the subsets and computes their Macro-F1, over the classes that occur in a subset's labels or predictions.
  ///
  /// - Parameters:
  ///   - labels: the true class of each utterance, from 0 up.
  ///   - predictions: the predicted class of each utterance, in the same order.
  ///   - subsets: how many subsets to draw.
  ///   - perClass: how many utterances of each class that occurs in the labels; fewer where the smallest has fewer.
  ///   - seed: the same seed gives the same subsets on every machine.
  /// - Throws: `EvaluationError.arguments` where there is nothing to draw from.
  public init(
    labels: [Int], predictions: [Int], subsets: Int = 100, perClass: Int = 200, seed: UInt64 = 0
  ) throws(EvaluationError) {
    guard subsets > 0, perClass > 0 else {
      throw .arguments(
        "BS-F1 needs at least one subset of one utterance per class; asked for \(subsets) of \(perClass)")
    }
    let classes = (max(labels.max() ?? 0, predictions.max() ?? 0)) + 1
    let names = (0..<classes).map { "\($0)" }
    // Checks lengths and ranges.
    guard try ConfusionMatrix(labels: labels, predictions: predictions, classes: names).total > 0 else {
      throw .arguments("BS-F1 needs at least one utterance with a label")
    }
    var members: [[Int]] = names.map { _ in [] }
    for (utterance, label) in labels.enumerated() { members[label].append(utterance) }
    members.removeAll(where: \.isEmpty)
    let size = min(perClass, members.map(\.count).min() ?? 0)
    var generator = SplitMix64(seed: seed)
    var scores: [Double] = []
    for _ in 0..<subsets {
      var chosen: [Int] = []
      for group in members.indices {
        // The first steps of a Fisher-Yates shuffle draw `size` without replacement; the order that an earlier subset
        // left does not matter to the distribution.
        for position in 0..<size {
          let other = position + generator.below(members[group].count - position)
          members[group].swapAt(position, other)
          chosen.append(members[group][position])
        }
      }
      let confusion = try ConfusionMatrix(
        labels: chosen.map { labels[$0] }, predictions: chosen.map { predictions[$0] }, classes: names)
      scores.append(try ClassMetrics(confusion).macroF1)
    }
    mean = scores.reduce(0, +) / Double(subsets)
    lowest = scores.min() ?? 0
    highest = scores.max() ?? 0
    self.subsets = subsets
    self.perClass = size
    self.seed = seed
  }
}

/// Steele, Lea and Flood's SplitMix64 (2014): the same numbers on every machine, which the system's generator does not
/// promise.
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from 0 to `bound - 1`, each equally likely: values from the incomplete last stretch are drawn again.
  mutating func below(_ bound: Int) -> Int {
    let bound = UInt64(bound)
    let rest = (UInt64.max % bound + 1) % bound
    var value = next()
    while value > UInt64.max - rest { value = next() }
    return Int(value % bound)
  }
}
