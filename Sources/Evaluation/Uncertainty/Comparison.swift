import Emotion

/// Several systems on the same utterances: their metrics, and how sure the differences are.
public struct Comparison: Codable, Equatable, Sendable {
  /// A system.
  public struct System: Codable, Equatable, Sendable {
    /// Its name.
    public var name: String
    /// Its metrics by key.
    public var metrics: [String: Double]
    /// Their intervals.
    public var intervals: [String: Interval]
  }

  /// One metric of two systems.
  public struct Difference: Codable, Equatable, Sendable {
    /// The first system's metric less the second's.
    public var value: Double
    /// Its interval over paired resamples.
    public var interval: Interval?
    /// The two-sided p of the paired bootstrap.
    public var bootstrapP: Double
    /// The same after Holm's correction over all pairs and metrics of the comparison.
    public var bootstrapHolm: Double
    /// The two-sided p of approximate randomisation; absent for metrics of probabilities and attributes.
    public var randomisationP: Double?
    /// The same after Holm's correction.
    public var randomisationHolm: Double?
  }

  /// Two systems.
  public struct Pair: Codable, Equatable, Sendable {
    /// The names of both.
    public var first, second: String
    /// By the key of the metric.
    public var differences: [String: Difference]
    /// The test of right and wrong decisions; absent where there are none.
    public var mcNemar: PairedTests.McNemar?
    /// Its exact p after Holm's correction over all pairs.
    public var mcNemarHolm: Double?
  }

  /// The systems, in the order given.
  public var systems: [System]
  /// Each with each.
  public var pairs: [Pair]
  /// The utterances that all are scored on.
  public var count: Int
  /// How intervals were made.
  public var method: String

  /// Metrics that are compared pair by pair, as far as both systems have them.
  static let compared = ["macroF1", "uar", "accuracy", "logLoss", "ccc.arousal", "ccc.valence", "ccc.dominance"]

  /// Compares systems.
  ///
  /// - Parameters:
  ///   - systems: names of their own, and the judged clips of each; all must have predicted the same utterances.
  ///   - rounds: of approximate randomisation
  /// - Throws: `EvaluationError.arguments` for fewer than two, names that are alike, or other utterances.
  public init(
    _ systems: [(name: String, clips: JudgedClips)], _ resampling: Resampling = Resampling(), averaged: [Int]? = nil,
    rounds: Int = 10_000
  ) throws(EvaluationError) {
    guard systems.count >= 2, Set(systems.map(\.name)).count == systems.count else {
      throw .arguments(
        "a comparison needs at least two systems with names of their own; there are \(systems.map(\.name))")
    }
    let aligned = try Self.aligned(systems)
    let classes = averaged ?? Self.classes(aligned)
    var found: [ResampledMetrics] = []
    for clips in aligned { found.append(try ResampledMetrics(clips, resampling, averaged: classes)) }
    self.systems = zip(systems, found).map { system, metrics in
      System(
        name: system.name,
        metrics: Dictionary(
          uniqueKeysWithValues: zip(metrics.names, metrics.values).filter { !$0.1.isNaN }.map { ($0.0, $0.1) }),
        intervals: metrics.intervals)
    }
    count = aligned[0].classified.count
    method = resampling.description
    pairs = []
    for i in systems.indices {
      for j in systems.indices where j > i {
        pairs.append(
          Pair(
            first: systems[i].name, second: systems[j].name,
            differences: try Self.differences(
              (aligned[i], found[i]), (aligned[j], found[j]), resampling, classes: classes, rounds: rounds),
            mcNemar: Self.mcNemar(aligned[i], aligned[j])))
      }
    }
    correct()
  }

  /// All systems' utterances in the order of the first's.
  private static func aligned(
    _ systems: [(name: String, clips: JudgedClips)]
  ) throws(EvaluationError) -> [JudgedClips] {
    let first = systems[0]
    var result = [first.clips]
    for system in systems.dropFirst() {
      let places = Dictionary(system.clips.names.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
      let missing = first.clips.names.filter { places[$0] == nil }
      let known = Set(first.clips.names)
      let more = system.clips.names.filter { !known.contains($0) }
      guard missing.isEmpty, more.isEmpty else {
        let examples = (missing + more).prefix(5).joined(separator: ", ")
        throw .arguments(
          "\(first.name) and \(system.name) did not predict the same files: \(missing.count) are only in \(first.name), "
            + "\(more.count) only in \(system.name) (\(examples)); compare runs on the same split of the same corpus")
      }
      result.append(system.clips.keeping(first.clips.names.compactMap { places[$0] }))
    }
    return result
  }

  /// The classes that occur in labels or in any system's decisions: Macro-F1 is then over the same classes for all.
  private static func classes(_ systems: [JudgedClips]) -> [Int] {
    var found: Set<Int> = []
    for clips in systems {
      for row in clips.classified { found.formUnion([Int(clips.truth[row]), Int(clips.decisions[row])]) }
    }
    return found.sorted()
  }

  private static func differences(
    _ a: (clips: JudgedClips, metrics: ResampledMetrics), _ b: (clips: JudgedClips, metrics: ResampledMetrics),
    _ resampling: Resampling, classes: [Int], rounds: Int
  ) throws(EvaluationError) -> [String: Difference] {
    var result: [String: Difference] = [:]
    let rows = a.clips.names.indices.filter { a.clips.isClassified($0) && b.clips.decisions[$0] >= 0 }
    let groups = try ResampledMetrics.groups(a.clips, rows, resampling)
    for name in compared {
      guard let first = a.metrics[name], let second = b.metrics[name],
        let x = a.metrics.names.firstIndex(of: name), let y = b.metrics.names.firstIndex(of: name)
      else { continue }
      let differences = zip(a.metrics.resamples, b.metrics.resamples).map { $0[x] - $1[y] }
      var randomisation: Double?
      if let place = ["macroF1", "uar", "accuracy"].firstIndex(of: name) {
        randomisation = PairedTests.randomisation(
          labels: rows.map { Int(a.clips.truth[$0]) }, first: rows.map { Int(a.clips.decisions[$0]) },
          second: rows.map { Int(b.clips.decisions[$0]) }, groups: groups, rounds: rounds, seed: resampling.seed
        ) { counts in Self.metric(place, counts, classes) }
      }
      result[name] = Difference(
        value: first - second,
        interval: Interval(
          of: first - second, resampled: differences, confidence: resampling.confidence, units: a.metrics.units),
        bootstrapP: PairedTests.bootstrapP(differences), bootstrapHolm: .nan, randomisationP: randomisation,
        randomisationHolm: nil)
    }
    return result
  }

  private static func metric(_ place: Int, _ counts: [Int], _ classes: [Int]) -> Double {
    var (f1, recall, present, total, hits) = (0.0, 0.0, 0.0, 0, 0)
    for label in 0..<8 {
      let support = counts[label * 8..<label * 8 + 8].reduce(0, +)
      total += support
      hits += counts[label * 9]
      if support > 0 {
        recall += Double(counts[label * 9]) / Double(support)
        present += 1
      }
      if classes.contains(label) {
        let predicted = (0..<8).reduce(0) { $0 + counts[$1 * 8 + label] }
        f1 += support + predicted > 0 ? 2 * Double(counts[label * 9]) / Double(support + predicted) : 0
      }
    }
    return switch place {
    case 0: f1 / Double(max(classes.count, 1))
    case 1: recall / max(present, 1)
    default: Double(hits) / Double(max(total, 1))
    }
  }

  private static func mcNemar(_ a: JudgedClips, _ b: JudgedClips) -> PairedTests.McNemar? {
    let rows = a.names.indices.filter { a.isClassified($0) && b.decisions[$0] >= 0 }
    guard !rows.isEmpty else { return nil }
    let first = rows.count { a.decisions[$0] == a.truth[$0] && b.decisions[$0] != a.truth[$0] }
    let second = rows.count { a.decisions[$0] != a.truth[$0] && b.decisions[$0] == a.truth[$0] }
    return PairedTests.mcNemar(onlyFirst: first, onlySecond: second)
  }

  /// Holm's correction, within each kind of test over everything that it was applied to.
  private mutating func correct() {
    let places = pairs.indices.flatMap { pair in pairs[pair].differences.keys.sorted().map { (pair, $0) } }
    let bootstrap = PairedTests.holm(places.map { pairs[$0.0].differences[$0.1]?.bootstrapP ?? .nan })
    let random = PairedTests.holm(places.map { pairs[$0.0].differences[$0.1]?.randomisationP ?? .nan })
    for (number, (pair, name)) in places.enumerated() {
      pairs[pair].differences[name]?.bootstrapHolm = bootstrap[number]
      pairs[pair].differences[name]?.randomisationHolm = random[number].isNaN ? nil : random[number]
    }
    let exact = PairedTests.holm(pairs.map { $0.mcNemar?.exact ?? .nan })
    for (number, value) in exact.enumerated() where !value.isNaN { pairs[number].mcNemarHolm = value }
  }
}
