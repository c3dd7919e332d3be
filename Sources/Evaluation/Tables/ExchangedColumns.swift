import Emotion

/// Looks for columns whose content was exchanged, such as EmoVal under the title EmoDom: a table of which every number is
/// well-formed, and every figure wrong.
struct ExchangedColumns {
  private(set) var found = MismatchList()

  /// Utterances below which nothing is said of a pair.
  private static let fewest = 10

  init(_ clips: JudgedClips, _ predictions: PredictionColumns) {
    if predictions.hasDecisions, !clips.classes.isEmpty {
      lookAtDecisions(clips)
    } else if !clips.classes.isEmpty {
      lookAtLabels(clips)
    }
    lookAtVotes(clips)
    lookAtAttributes(clips)
  }

  /// Where decisions are given, what is decided on is mostly the most probable class: two classes that are nearly always
  /// most probable in each other's column have their columns exchanged.
  private mutating func lookAtDecisions(_ clips: JudgedClips) {
    let counts = best(clips) { clips.decisions[$0] }
    report(counts, share: 0.9, "decided", "are most probable in the column")
  }

  /// Without decisions, the labels must serve: two classes that are mostly taken for each other and hardly ever for
  /// themselves.
  private mutating func lookAtLabels(_ clips: JudgedClips) {
    report(best(clips) { clips.truth[$0] }, share: 0.6, "labelled", "are most probable in the column")
  }

  /// The label is mostly what most voted for: two classes whose votes nearly always lie in each other's column.
  private mutating func lookAtVotes(_ clips: JudgedClips) {
    guard !clips.votes.isEmpty else { return }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 8), count: 8)
    for row in 0..<clips.count where (0..<8).contains(clips.truth[row]) && !clips.votes[row * 8].isNaN {
      let votes = clips.votes[row * 8..<row * 8 + 8]
      let top = votes.indices.reduce(votes.startIndex) { votes[$1] > votes[$0] ? $1 : $0 }
      counts[Int(clips.truth[row])][top - votes.startIndex] += 1
    }
    report(counts, share: 0.9, "labelled", "have most votes in the labels' column")
  }

  /// How often each column is the most probable one, by class.
  private func best(_ clips: JudgedClips, _ group: (Int) -> Int8) -> [[Int]] {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 8), count: 8)
    let width = clips.classes.count
    for row in 0..<clips.count {
      let key = group(row)
      guard key >= 0, key < 8 else { continue }
      let start = row * width
      var top = start
      for place in start..<start + width where clips.probabilities[place] > clips.probabilities[top] { top = place }
      counts[Int(key)][clips.classes[top - start].index] += 1
    }
    return counts
  }

  private mutating func report(_ counts: [[Int]], share: Double, _ how: String, _ what: String) {
    let names = EmotionClass.allCases.map(\.rawValue)
    for a in 0..<8 {
      for b in (a + 1)..<8 {
        let totals = (counts[a].reduce(0, +), counts[b].reduce(0, +))
        guard totals.0 >= Self.fewest, totals.1 >= Self.fewest,
          Double(counts[a][b]) >= share * Double(totals.0), Double(counts[b][a]) >= share * Double(totals.1)
        else { continue }
        found.add(
          .swapped,
          "\(names[a]) and \(names[b]) (of \(totals.0) utterances \(how) \(names[a]), \(counts[a][b]) \(what) "
            + "\(names[b]), and \(counts[b][a]) of \(totals.1) the other way round)")
      }
    }
  }

  /// Two attributes that follow each other's ratings far better than their own.
  private mutating func lookAtAttributes(_ clips: JudgedClips) {
    for (attribute, pair) in clips.attributes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let far = pair.predicted.indices.filter { pair.predicted[$0] < -5 || pair.predicted[$0] > 13 }
      for row in far { found.add(.offScale, "\(clips.names[row]) (\(attribute.column) \(pair.predicted[row]))") }
    }
    let all = Attribute.allCases.filter { clips.attributes[$0] != nil }
    for (i, a) in all.enumerated() {
      for b in all[(i + 1)...] {
        guard let own = (correlation(clips, a, a), correlation(clips, b, b)) as? (Double, Double),
          let other = (correlation(clips, a, b), correlation(clips, b, a)) as? (Double, Double),
          other.0 - own.0 > 0.3, other.1 - own.1 > 0.3
        else { continue }
        found.add(
          .swapped,
          "\(a.column) and \(b.column) (what is predicted as \(a.column) follows the ratings of \(b.column) with a "
            + "correlation of \(Self.two(other.0)) and its own with \(Self.two(own.0)), and the other way round)")
      }
    }
  }

  private static func two(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

  private func correlation(_ clips: JudgedClips, _ predicted: Attribute, _ rated: Attribute) -> Double? {
    guard let x = clips.attributes[predicted]?.predicted, let y = clips.attributes[rated]?.rated else { return nil }
    let rows = x.indices.filter { !x[$0].isNaN && !y[$0].isNaN }
    guard rows.count >= 3 * Self.fewest else { return nil }
    return AttributeMoments(rows.map { x[$0] }, rows.map { y[$0] }).pearson
  }
}
