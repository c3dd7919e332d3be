/// The metrics of a set and of its resamples.
public struct ResampledMetrics: Sendable {
  /// The keys of the metrics, such as `macroF1`, `perClass.fear.recall` and `ccc.valence`.
  public let names: [String]
  /// The metrics of the set; NaN where one is not defined.
  public let values: [Double]
  /// The metrics of each resample, in the order of `names`; NaN where one is not defined.
  public let resamples: [[Double]]
  /// How the resamples were drawn.
  public let resampling: Resampling
  /// How many groups there were to draw; nil where utterances were drawn.
  public let units: Int?
  let table: ClipTable

  /// Computes metrics, and draws resamples and computes theirs.
  ///
  /// - Parameters:
  ///   - averaged: classes that F1 is averaged over, as indices; nil for those that occur.
  /// - Throws: `EvaluationError.arguments` where nothing can be evaluated, or the labels lack the column to draw by.
  public init(
    _ clips: JudgedClips, _ resampling: Resampling = Resampling(), averaged: [Int]? = nil
  ) throws(EvaluationError) {
    guard resampling.count >= 0, resampling.confidence > 0, resampling.confidence < 1 else {
      throw .arguments(
        "\(resampling.count) resamples at a confidence of \(resampling.confidence) can't be drawn; a number from 0 up and "
          + "a confidence between 0 and 1 are expected")
    }
    let table = ClipTable(clips, averaged: averaged)
    self.table = table
    self.resampling = resampling
    names = table.list.names
    guard !names.isEmpty else {
      let withheld = clips.truth.count { $0 == 10 }
      throw .arguments(
        "there is nothing to evaluate: metrics need at least one utterance that has both a label and a prediction of it"
          + (withheld > 0 ? "; the labels of \(withheld) of \(clips.count) predictions are withheld" : ""))
    }
    values = table.list.values(table.whole)
    let groups = try Self.groups(clips, table.order, resampling)
    units = groups.max().map { Int($0) + 1 }
    let weights = ResampleWeights(resampling, strata: table.strata, groups: groups)
    let blocks = Self.inBlocks(weights) { pointer, _ in table.sums(pointer).map(table.list.values) }
    resamples = Array(blocks.joined().prefix(resampling.count))
  }

  /// Works on each block of weights, on all cores.
  static func inBlocks<Output: Sendable>(
    _ weights: ResampleWeights, _ body: @Sendable (UnsafePointer<UInt8>, Int) -> Output
  ) -> [Output] {
    concurrently(Array(0..<weights.blocks)) { block in
      let size = max(weights.rows * ResampleWeights.lanes, 1)
      let pointer = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
      defer { pointer.deallocate() }
      weights.fill(pointer, block: block)
      return body(pointer, block)
    }
  }

  /// The group of each row, in the given order, where whole groups are drawn.
  static func groups(
    _ clips: JudgedClips, _ order: [Int], _ resampling: Resampling
  ) throws(EvaluationError) -> [Int32] {
    guard case .groups(let column) = resampling.unit else { return [] }
    guard let names = clips.columns[column] else {
      throw .arguments(
        "the labels have no column \(column) to draw by; they have "
          + (clips.columns.isEmpty ? "none" : clips.columns.keys.sorted().joined(separator: ", ")))
    }
    var numbers: [String: Int32] = [:]
    return order.map { row in
      // An utterance of nobody known stands for itself.
      let isKnown = !names[row].isEmpty && names[row] != "Unknown"
      let name = !isKnown ? "\u{0}\(row)" : names[row]
      if let number = numbers[name] { return number }
      numbers[name] = Int32(numbers.count)
      return Int32(numbers.count - 1)
    }
  }

  /// The value of a metric, nil where it is not there or not defined.
  public subscript(_ name: String) -> Double? {
    names.firstIndex(of: name).flatMap { values[$0].isNaN ? nil : values[$0] }
  }

  /// Metrics whose resamples do not show how they vary. The calibration error is a mean of distances: chance within a bin adds
  /// to it in small sets, and twice in their resamples. In a simulation its intervals hold the truth in four of five sets.
  private static let withoutInterval: Set<String> = ["ece"]

  /// The intervals of the metrics that have one.
  public var intervals: [String: Interval] {
    var found: [String: Interval] = [:]
    for (place, name) in names.enumerated() where !resamples.isEmpty && !Self.withoutInterval.contains(name) {
      let values = resamples.map { $0[place] }
      found[name] = Interval(
        of: self.values[place], resampled: values, confidence: resampling.confidence, units: units)
    }
    return found
  }
}
