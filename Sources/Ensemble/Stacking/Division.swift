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
    var assigned = [Int](repeating: 0, count: labels.count)
    var next = 0
    for (c, rows) in byClass(labels, classCount).enumerated() where !rows.isEmpty {
      guard rows.count >= folds else {
        throw .division("\(name(c)) has \(rows.count) utterances, too few for \(folds) folds")
      }
      for row in generator.shuffled(rows) {
        assigned[row] = next
        next = (next + 1) % folds
      }
    }
    return assigned
  }

  private static func byClass(_ labels: [Int], _ classCount: Int) -> [[Int]] {
    var rows = [[Int]](repeating: [], count: classCount)
    for (row, label) in labels.enumerated() { rows[label].append(row) }
    return rows
  }
}
