import Basics

/// Subsets and folds for training a stack.
enum Division {
  /// Equally many rows of each class that occurs, rising.
  ///
  /// - Parameters:
  ///   - labels: the class of each row
  ///   - perClass: how many of each; nil takes as many as the rarest class has
  ///   - name: a class's name, for messages
  /// - Throws: `EnsembleError.division` for a class with fewer
  static func balanced(
    _ labels: [Int], classCount: Int, perClass: Int?, _ generator: inout SeededGenerator, name: (Int) -> String
  ) throws(EnsembleError) -> [Int] {
    let rows = byClass(labels, classCount)
    let present = rows.indices.filter { !rows[$0].isEmpty }
    guard let rarest = present.min(by: { (rows[$0].count, $0) < (rows[$1].count, $1) }) else { return [] }
    let count = perClass ?? rows[rarest].count
    guard count >= 1, count <= rows[rarest].count else {
      throw .division(
        "\(count) utterances per class are asked for, but \(name(rarest)) has \(rows[rarest].count); "
          + "allowed is 1 to \(rows[rarest].count)")
    }
    var chosen: [Int] = []
    for c in present { chosen += generator.shuffled(rows[c]).prefix(count) }
    return chosen.sorted()
  }

  /// A fold for each row, each class spread evenly over the folds. Classes are dealt on from where the one before
  /// ended, so that folds are equally large.
  ///
  /// - Throws: `EnsembleError.division` for a class that does not reach all folds
  static func stratified(
    _ labels: [Int], classCount: Int, folds: Int, _ generator: inout SeededGenerator, name: (Int) -> String
  ) throws(EnsembleError) -> [Int] {
    for (c, rows) in byClass(labels, classCount).enumerated() where !rows.isEmpty && rows.count < folds {
      throw .division("\(name(c)) has \(rows.count) utterances, too few for \(folds) folds")
    }
    return dealt(labels, classCount: classCount, folds: folds, &generator)
  }

  /// The same, where a class may be too rare to reach all folds.
  static func dealt(
    _ labels: [Int], classCount: Int, folds: Int, _ generator: inout SeededGenerator
  ) -> [Int] {
    var assigned = [Int](repeating: 0, count: labels.count)
    var next = 0
    for rows in byClass(labels, classCount) {
      for row in generator.shuffled(rows) {
        assigned[row] = next
        next = (next + 1) % folds
      }
    }
    return assigned
  }

  /// A fold for each group, so that no group is in two folds, the classes spread as evenly as that allows: groups come
  /// one after the other, the largest first and equally large ones in random order, each into the fold where the
  /// classes' shares then differ least between folds.
  ///
  /// - Parameters:
  ///   - rows: the class and the group of each row
  ///   - folds: no more than there are groups
  static func grouped(
    _ rows: [(label: Int, group: String)], classCount: Int, folds: Int, _ generator: inout SeededGenerator
  ) -> [String: Int] {
    var counts: [String: [Double]] = [:]
    var totals = [Double](repeating: 0, count: classCount)
    for row in rows {
      counts[row.group, default: [Double](repeating: 0, count: classCount)][row.label] += 1
      totals[row.label] += 1
    }
    let size = counts.mapValues { $0.reduce(0, +) }
    // Sorted before it is shuffled: a dictionary's own order differs from run to run.
    let order = generator.shuffled(counts.keys.sorted()).enumerated().sorted { a, b in
      (-(size[a.element] ?? 0), a.offset) < (-(size[b.element] ?? 0), b.offset)
    }
    var shares = [[Double]](repeating: [Double](repeating: 0, count: classCount), count: folds)
    var sizes = [Double](repeating: 0, count: folds)
    var assigned: [String: Int] = [:]
    for (_, group) in order {
      let own = counts[group] ?? []
      // The sum of squares grows least where the classes of the group are rarest; that is the variance between folds.
      func growth(_ fold: Int) -> Double {
        var sum = 0.0
        for c in 0..<classCount where own[c] > 0 {
          let share = own[c] / totals[c]
          sum += share * (2 * shares[fold][c] + share)
        }
        return sum
      }
      let growths = (0..<folds).map(growth)
      let fold = (0..<folds).min { (growths[$0], sizes[$0], $0) < (growths[$1], sizes[$1], $1) } ?? 0
      for c in 0..<classCount where own[c] > 0 { shares[fold][c] += own[c] / totals[c] }
      sizes[fold] += own.reduce(0, +)
      assigned[group] = fold
    }
    return assigned
  }

  /// The fold whose shares of the classes are nearest to an equal share.
  static func fairest(
    _ folds: [String: Int], of rows: [(label: Int, group: String)], classCount: Int, folds count: Int
  ) -> Int {
    var totals = [Double](repeating: 0, count: classCount)
    var counts = [[Double]](repeating: totals, count: count)
    for row in rows {
      totals[row.label] += 1
      counts[folds[row.group] ?? 0][row.label] += 1
    }
    func unfairness(_ fold: Int) -> Double {
      (0..<classCount).reduce(0) { sum, c in
        let difference = totals[c] == 0 ? 0 : counts[fold][c] / totals[c] - 1 / Double(count)
        return sum + difference * difference
      }
    }
    let all = (0..<count).map(unfairness)
    return all.indices.min { (all[$0], $0) < (all[$1], $1) } ?? 0
  }

  /// The rows of an epoch in random order: as many of each class as the rarest has, and of those without a class
  /// `share` times as many as these, or as many as of one class where it is nil.
  static func epoch(
    _ byClass: [[Int]], without: [Int], share: Double?, _ generator: inout SeededGenerator
  ) -> [Int] {
    let present = byClass.filter { !$0.isEmpty }
    let perClass = present.map(\.count).min() ?? 0
    var drawn = present.flatMap { generator.shuffled($0).prefix(perClass) }
    let more = min(share.map { ($0 * Double(drawn.count)).rounded() } ?? Double(perClass), Double(without.count))
    if more > 0 { drawn += generator.shuffled(without).prefix(Int(more)) }
    return generator.shuffled(drawn)
  }

  static func byClass(_ labels: [Int], _ classCount: Int) -> [[Int]] {
    var rows = [[Int]](repeating: [], count: classCount)
    for (row, label) in labels.enumerated() { rows[label].append(row) }
    return rows
  }
}
