import Emotion

/// How well a system does on the groups of a grouping, each held against the rest.
public struct GroupReport: Codable, Equatable, Sendable {
  /// A metric of a group.
  public struct Score: Codable, Equatable, Sendable {
    /// The metric of the group.
    public var value: Double
    /// Its interval; absent where it could not be drawn.
    public var interval: Interval?
    /// The group's metric less that of all other utterances; absent where there are none.
    public var gap: Double?
    /// The interval of the gap.
    public var gapInterval: Interval?
    /// Whether the gap's interval excludes zero.
    public var isFlagged: Bool
  }

  /// A group.
  public struct Group: Codable, Equatable, Sendable {
    /// Its name.
    public var name: String
    /// Its utterances in the class metrics.
    public var count: Int
    /// Whether its intervals are of single utterances, though whole groups are drawn otherwise: it has fewer of them than
    /// `fewestUnits`, a speaker in a grouping by speakers for one, of whom resamples of whole speakers would say nothing.
    public var isDrawnByUtterance: Bool
    /// Over the classes that the group's labels have; the rest is scored over the same classes.
    public var macroF1: Score
    /// The mean recall of those classes.
    public var uar: Score
    /// The share predicted right.
    public var accuracy: Score
  }

  /// So many speakers, or whatever is drawn whole, a group must have for its intervals to say how others would do.
  public static let fewestUnits = 5

  /// So many utterances a group must have for an interval: resamples of one or two, all right or all wrong, do not vary, which
  /// says nothing of others.
  public static let fewestUtterances = 10

  /// What the utterances are divided by.
  public var name: String
  /// The groups, in their order; those without an utterance that counts are left out.
  public var groups: [Group]

  /// What is to be said where the intervals of some groups are of single utterances; nil where those of all are alike.
  var unitNote: String? {
    let single = groups.count(where: \.isDrawnByUtterance)
    guard single > 0 else { return nil }
    return
      "The intervals of \(single == groups.count ? "all groups" : "\(single) of \(groups.count) groups") are of single "
      + "utterances: these have fewer than \(Self.fewestUnits) of what is drawn whole otherwise."
  }

  /// Scores groups.
  ///
  /// - Throws: `EvaluationError.arguments` for a grouping of other utterances.
  public static func reports(
    of clips: JudgedClips, by groupings: [Grouping], _ resampling: Resampling = Resampling()
  ) throws(EvaluationError) -> [GroupReport] {
    for grouping in groupings where grouping.members.count != clips.count {
      throw .arguments(
        "the grouping \(grouping.name) has \(grouping.members.count) utterances, the predictions have \(clips.count)")
    }
    let table = try GroupTable(clips, groupings, resampling)
    return groupings.indices.map { table.report($0) }
  }
}

/// Confusion counts by group, of the set and of resamples.
private struct GroupTable {
  private let groupings: [Grouping]
  private let confidence: Double
  /// Where each grouping's groups begin among all.
  private let starts: [Int]
  /// (groups, 64) of the whole set.
  private let whole: [Int32]
  /// The scores by resample: (groups, 6), the group's three metrics and the rest's. First as asked for, then of single
  /// utterances for the groups that need them.
  private let resamples, byUtterance: [[Double]]
  /// How many units, such as speakers, each group has; nil where utterances are drawn anyway.
  private let units: [Int]?

  private static let metrics = 3

  init(_ clips: JudgedClips, _ groupings: [Grouping], _ resampling: Resampling) throws(EvaluationError) {
    self.groupings = groupings
    confidence = resampling.confidence
    let members = clips.rowsByLabel
    let order = members.flatMap(\.self)
    let cells = order.map { clips.isClassified($0) ? Int32(Int(clips.truth[$0]) * 8 + Int(clips.decisions[$0])) : -1 }
    var starts: [Int] = []
    var total = 0
    for grouping in groupings {
      starts.append(total)
      // The last of each grouping takes those that belong to no group.
      total += grouping.groups.count + 1
    }
    self.starts = starts
    let places = groupings.indices.map { index in
      order.map { row in
        let member = groupings[index].members[row]
        return Int32(starts[index] + (member < 0 ? groupings[index].groups.count : member))
      }
    }
    let groupCount = total
    var whole = [Int32](repeating: 0, count: total * 64)
    for place in places {
      for (at, cell) in cells.enumerated() where cell >= 0 { whole[Int(place[at]) * 64 + Int(cell)] += 1 }
    }
    self.whole = whole
    let labels = Self.labels(whole, groupCount)
    let sizes = groupings.map { $0.groups.count + 1 }
    let strata = members.map(\.count)
    let firsts = starts
    func drawn(_ resampling: Resampling, _ groups: [Int32]) -> [[Double]] {
      let weights = ResampleWeights(resampling, strata: strata, groups: groups)
      let blocks = ResampledMetrics.inBlocks(weights) { pointer, _ in
        let counts = Self.counts(pointer, cells, places, groupCount)
        return (0..<16).map { lane in
          Self.scores((0..<groupCount * 64).map { counts[$0 * 16 + lane] }, firsts, sizes, labels)
        }
      }
      return Array(blocks.joined().prefix(resampling.count))
    }
    let groups = try ResampledMetrics.groups(clips, order, resampling)
    resamples = drawn(resampling, groups)
    guard !groups.isEmpty else {
      units = nil
      byUtterance = []
      return
    }
    var found = [Set<Int32>](repeating: [], count: groupCount)
    for place in places { for at in place.indices where cells[at] >= 0 { found[Int(place[at])].insert(groups[at]) } }
    units = found.map(\.count)
    var single = resampling
    single.unit = .utterances
    let isNeeded = found.contains { !$0.isEmpty && $0.count < GroupReport.fewestUnits }
    byUtterance = isNeeded ? drawn(single, []) : []
  }

  /// Confusions by group of 16 resamples side by side, (groups, 64, 16).
  private static func counts(
    _ weights: UnsafePointer<UInt8>, _ cells: [Int32], _ places: [[Int32]], _ groups: Int
  ) -> [Int32] {
    var counts = [Int32](repeating: 0, count: groups * 64 * 16)
    counts.withUnsafeMutableBufferPointer { counts in
      guard let base = counts.baseAddress else { return }
      for place in places {
        for (at, cell) in cells.enumerated() where cell >= 0 {
          let target = base + (Int(place[at]) * 64 + Int(cell)) * 16
          let weight = weights + at * 16
          for lane in 0..<16 { target[lane] &+= Int32(weight[lane]) }
        }
      }
    }
    return counts
  }

  /// The classes that each group's labels have.
  private static func labels(_ counts: [Int32], _ groups: Int) -> [[Int]] {
    (0..<groups).map { group in
      (0..<8).filter { label in (0..<8).contains { counts[group * 64 + label * 8 + $0] > 0 } }
    }
  }

  private static func scores(_ counts: [Int32], _ starts: [Int], _ sizes: [Int], _ labels: [[Int]]) -> [Double] {
    var scores = [Double](repeating: .nan, count: counts.count / 64 * 2 * metrics)
    for (start, size) in zip(starts, sizes) {
      var sum = [Int32](repeating: 0, count: 64)
      for group in start..<start + size { for cell in 0..<64 { sum[cell] += counts[group * 64 + cell] } }
      for group in start..<start + size {
        let own = Array(counts[group * 64..<group * 64 + 64])
        let rest = zip(sum, own).map { $0 - $1 }
        for (metric, value) in (score(own, labels[group]) + score(rest, labels[group])).enumerated() {
          scores[group * 2 * metrics + metric] = value
        }
      }
    }
    return scores
  }

  /// Macro-F1 and UAR over some classes, and the accuracy.
  private static func score(_ counts: [Int32], _ classes: [Int]) -> [Double] {
    var (f1, recall, total, hits) = (0.0, 0.0, Int32(0), Int32(0))
    var (scored, present) = (0, 0)
    for label in 0..<8 {
      for decision in 0..<8 { total += counts[label * 8 + decision] }
      hits += counts[label * 9]
    }
    for c in classes {
      let support = (0..<8).reduce(Int32(0)) { $0 + counts[c * 8 + $1] }
      let predicted = (0..<8).reduce(Int32(0)) { $0 + counts[$1 * 8 + c] }
      let hit = Double(counts[c * 9])
      if support + predicted > 0 {
        f1 += 2 * hit / Double(support + predicted)
        scored += 1
      }
      if support > 0 {
        recall += hit / Double(support)
        present += 1
      }
    }
    return [
      scored > 0 ? f1 / Double(scored) : .nan, present > 0 ? recall / Double(present) : .nan,
      total > 0 ? Double(hits) / Double(total) : .nan,
    ]
  }

  func report(_ index: Int) -> GroupReport {
    let grouping = groupings[index]
    let start = starts[index]
    let groupCount = whole.count / 64
    let labels = Self.labels(whole, groupCount)
    let values = Self.scores(whole, starts, groupings.map { $0.groups.count + 1 }, labels)
    let groups = grouping.groups.indices.compactMap { place -> GroupReport.Group? in
      let group = start + place
      let count = whole[group * 64..<group * 64 + 64].reduce(0, +)
      guard count > 0 else { return nil }
      let found = (0..<3).map { score(group, $0, values) }
      return GroupReport.Group(
        name: grouping.groups[place], count: Int(count), isDrawnByUtterance: isDrawnByUtterance(group),
        macroF1: found[0], uar: found[1], accuracy: found[2])
    }
    return GroupReport(name: grouping.name, groups: groups)
  }

  private func score(_ group: Int, _ metric: Int, _ values: [Double]) -> GroupReport.Score {
    let place = group * 2 * Self.metrics + metric
    let value = values[place]
    let rest = values[place + Self.metrics]
    let resamples = isDrawnByUtterance(group) ? byUtterance : resamples
    let units = isDrawnByUtterance(group) ? nil : units?[group]
    let own = resamples.map { $0[place] }
    let gaps = resamples.map { $0[place] - $0[place + Self.metrics] }
    let gap = value - rest
    guard whole[group * 64..<group * 64 + 64].reduce(0, +) >= GroupReport.fewestUtterances else {
      return GroupReport.Score(
        value: value, interval: nil, gap: gap.isNaN ? nil : gap, gapInterval: nil, isFlagged: false)
    }
    let interval =
      gap.isNaN ? nil : Interval(of: gap, resampled: gaps, confidence: confidence, units: units)
    return GroupReport.Score(
      value: value, interval: Interval(of: value, resampled: own, confidence: confidence, units: units),
      gap: gap.isNaN ? nil : gap, gapInterval: interval, isFlagged: interval?.excludesZero ?? false)
  }

  private func isDrawnByUtterance(_ group: Int) -> Bool { units.map { $0[group] < GroupReport.fewestUnits } ?? false }
}
