import Basics
import Foundation

/// Finds factors of the classes' probabilities under which the most probable class makes the best Macro-F1.
///
/// Probabilities that are right make the best accuracy where the most probable class is taken, and pass rare classes over.
/// What a factor of one class does changes only where an utterance goes over to the class: every place between two of these
/// is tried, class after class, until none is better. The best factors of one set follow its chances, rare classes having few
/// utterances there: half of what an utterance counts as is therefore its label, and half the probabilities themselves, whose
/// expected F1 needs no labels; and factors are found for resamples of the set, and their logarithms averaged.
struct DecisionFactors {
  /// ln p, (utterances, classes)
  private let logs: [Double]
  private let labels: [Int]
  /// What each utterance counts as, (utterances, classes): a row sums to 1.
  private let truth: [Double]
  private let classCount: Int
  /// The utterances of each group; of each alone where groups are not known.
  private let groups: [[Int]]

  /// ln of the largest factor and of its inverse.
  static let reach = log(50.0)
  /// How much of an utterance counts as its label; the rest counts as its probabilities.
  private static let labelShare = 0.5
  /// Rounds over all classes; they end sooner where none has a better place.
  private static let rounds = 20

  /// - Parameters:
  ///   - probabilities: a row for each utterance
  ///   - labels: the class of each
  ///   - groups: the speaker of each, who is drawn as a whole; nil where one is not known
  init(_ probabilities: [[Double]], labels: [Int], groups: [String?]) {
    classCount = probabilities.first?.count ?? 0
    logs = probabilities.flatMap { $0.map { log(max($0, 1e-12)) } }
    self.labels = labels
    truth = zip(probabilities, labels).flatMap { row, label in
      row.enumerated().map { c, p in Self.labelShare * (c == label ? 1 : 0) + (1 - Self.labelShare) * p }
    }
    let known = groups.compactMap(\.self)
    if known.count == labels.count, Set(known).count > 1 {
      let members = Dictionary(grouping: labels.indices) { known[$0] }
      self.groups = members.sorted { $0.key < $1.key }.map(\.value)
    } else {
      self.groups = labels.indices.map { [$0] }
    }
  }

  /// The factors, whose geometric mean over the classes that occur is 1; 1 for a class that does not occur.
  func factors(resamples: Int, _ generator: inout SeededGenerator) -> [Double] {
    factors(resamples: resamples, of: groups, &generator)
  }

  private func factors(resamples: Int, of groups: [[Int]], _ generator: inout SeededGenerator) -> [Double] {
    var sums = [Double](repeating: 0, count: classCount)
    var counts = sums
    for _ in 0..<resamples {
      var weights = [Double](repeating: 0, count: labels.count)
      for _ in groups { for row in groups[generator.below(groups.count)] { weights[row] += 1 } }
      let (offsets, present) = best(weights)
      for c in present {
        sums[c] += offsets[c]
        counts[c] += 1
      }
    }
    return zip(sums, counts).map { $1 > 0 ? exp($0 / $1) : 1 }
  }

  /// What factors gain in Macro-F1 on groups that they were not found on: cross-validation, several times over.
  func gain(folds: Int, repeats: Int, resamples: Int, _ generator: inout SeededGenerator) -> Double {
    let count = min(folds, groups.count)
    guard count > 1 else { return 0 }
    let plain = macroF1(labels.indices.map { decision($0, [Double](repeating: 1, count: classCount)) })
    var sum = 0.0
    for _ in 0..<repeats {
      let order = generator.shuffled(groups)
      var decisions = [Int](repeating: 0, count: labels.count)
      for fold in 0..<count {
        let others = order.indices.filter { $0 % count != fold }.map { order[$0] }
        let found = factors(resamples: resamples, of: others, &generator)
        for place in stride(from: fold, to: order.count, by: count) {
          for row in order[place] { decisions[row] = decision(row, found) }
        }
      }
      sum += macroF1(decisions) - plain
    }
    return sum / Double(repeats)
  }

  private func decision(_ row: Int, _ factors: [Double]) -> Int {
    highest((0..<classCount).map { logs[row * classCount + $0] + log(factors[$0]) })
  }

  /// Over the classes that occur in the labels.
  private func macroF1(_ decisions: [Int]) -> Double {
    var (right, all) = ([Double](repeating: 0, count: classCount), [Double](repeating: 0, count: classCount))
    for (label, decision) in zip(labels, decisions) {
      all[label] += 1
      all[decision] += 1
      if label == decision { right[label] += 2 }
    }
    let present = Set(labels).sorted()
    return present.reduce(0) { $0 + right[$1] / all[$1] } / Double(max(present.count, 1))
  }

  /// ln of the best factors for utterances that count so often, with mean 0 over the classes that are present.
  private func best(_ weights: [Double]) -> (offsets: [Double], present: [Int]) {
    let rows = labels.indices.filter { weights[$0] > 0 }
    let present = (0..<classCount).filter { c in rows.contains { labels[$0] == c } }
    var offsets = [Double](repeating: 0, count: classCount)
    for _ in 0..<Self.rounds {
      var isBetter = false
      for c in present {
        let found = Sweep(self, rows, weights, offsets, of: c, counting: present).best(from: offsets[c])
        isBetter = isBetter || found.gain > 1e-9
        offsets[c] = found.offset
      }
      if !isBetter { break }
    }
    let mean = present.reduce(0) { $0 + offsets[$1] } / Double(max(present.count, 1))
    for c in present { offsets[c] -= mean }
    return (offsets, present)
  }

  /// What Macro-F1 becomes as the factor of one class grows from nothing.
  private struct Sweep {
    /// Where an utterance goes over to the class, which class it leaves, and how far either is right.
    private struct Step {
      let threshold, weight, isOld, isNew: Double
      let from: Int
    }

    private let c: Int
    private let counted: [Int]
    private var steps: [Step] = []
    /// Of each class: how much is told and right, told, and there.
    private var right, told, there: [Double]

    init(
      _ all: DecisionFactors, _ rows: [Int], _ weights: [Double], _ offsets: [Double], of c: Int, counting: [Int]
    ) {
      let width = all.classCount
      (self.c, counted) = (c, counting)
      right = [Double](repeating: 0, count: width)
      (told, there) = (right, right)
      steps.reserveCapacity(rows.count)
      for row in rows {
        var (rival, score) = (0, -Double.infinity)
        for k in 0..<width where k != c && all.logs[row * width + k] + offsets[k] > score {
          (rival, score) = (k, all.logs[row * width + k] + offsets[k])
        }
        let (truth, weight) = (all.truth[row * width..<(row + 1) * width], weights[row])
        for (k, share) in truth.enumerated() { there[k] += weight * share }
        let (isOld, isNew) = (weight * truth[truth.startIndex + rival], weight * truth[truth.startIndex + c])
        told[rival] += weight
        right[rival] += isOld
        steps.append(
          Step(
            threshold: score - all.logs[row * width + c], weight: weight, isOld: isOld, isNew: isNew, from: rival))
      }
      steps.sort { $0.threshold < $1.threshold }
    }

    private func f1(_ k: Int) -> Double { 2 * right[k] / max(told[k] + there[k], 1e-12) }

    /// The offset with the best Macro-F1, among equally good ones the nearest to the present one, and what it gains.
    func best(from present: Double) -> (offset: Double, gain: Double) {
      var moving = self
      var sum = counted.reduce(0) { $0 + f1($1) }
      let isCounted = Set(counted)
      var best = (sum: -Double.infinity, offset: present)
      var (before, low) = (0.0, -Double.infinity)
      func weigh(_ sum: Double, from low: Double, to high: Double) {
        // Where the present offset lies in this stretch, it stays; else it moves to the middle.
        let bounds = (max(low, -DecisionFactors.reach), min(high, DecisionFactors.reach))
        guard bounds.0 < bounds.1 else { return }
        let holds = bounds.0 < present && present < bounds.1
        if holds { before = sum }
        let offset = holds ? present : (bounds.0 + bounds.1) / 2
        let isNearer = abs(offset - present) < abs(best.offset - present)
        if sum > best.sum + 1e-12 || (sum > best.sum - 1e-12 && isNearer) { best = (sum, offset) }
      }
      for step in steps {
        if step.threshold > low {
          weigh(sum, from: low, to: step.threshold)
          low = step.threshold
        }
        sum -= (isCounted.contains(step.from) ? moving.f1(step.from) : 0) + moving.f1(c)
        moving.told[step.from] -= step.weight
        moving.told[c] += step.weight
        moving.right[step.from] -= step.isOld
        moving.right[c] += step.isNew
        sum += (isCounted.contains(step.from) ? moving.f1(step.from) : 0) + moving.f1(c)
      }
      weigh(sum, from: low, to: .infinity)
      return (best.offset, (best.sum - before) / Double(counted.count))
    }
  }
}
