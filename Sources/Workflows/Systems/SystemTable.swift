import Basics
import Evaluation
import Foundation

/// What the models and stacks of a system come to, beside what was published of them.
struct SystemTable: Encodable {
  /// Figures of one set of predictions.
  struct Scores: Encodable {
    let count: Int
    let macroF1: Double
    /// The bootstrap's 95 % interval of Macro-F1.
    let macroF1Interval: Interval?
    let accuracy: Double
    let uar: Double
    /// BS-F1, its lowest and its highest.
    let bsF1, bsLow, bsHigh: Double?

    init(_ predictions: Predictions, _ labels: ReferenceLabels) throws {
      let clips = try JudgedClips(PredictionColumns(predictions), LabelColumns(labels), trustingColumns: true)
      let judgement = try Judgement(clips, Resampling(count: 1000), balancedSubsets: 0)
      guard let report = judgement.classes else {
        throw EvaluationError.arguments("no utterance with a class is left to evaluate")
      }
      count = report.count
      (macroF1, accuracy, uar) = (report.macroF1, report.accuracy, report.uar)
      macroF1Interval = judgement.intervals["macroF1"]
      let subsets = report.balancedSubsetF1
      (bsF1, bsLow, bsHigh) = (subsets?.mean, subsets?.lowest, subsets?.highest)
    }
  }

  enum Kind: String, Encodable { case model, stack }

  /// A line of the table.
  struct Row: Encodable {
    let kind: Kind
    let id: String
    let group: String
    let streams: [String]
    let design: String
    let split: String
    let scores: Scores
    let published: PublishedScores
  }

  let system: String
  let corpus: String
  let notes: [String]
  private(set) var rows: [Row] = []

  init(system: String, corpus: String, notes: [String]) {
    (self.system, self.corpus, self.notes) = (system, corpus, notes)
  }

  mutating func add(_ row: Row) { rows.append(row) }

  /// Models that differ in their seed alone: the mean of their Macro-F1 with its 95 % interval.
  struct Group {
    let id: String
    let split: String
    let count: Int
    let mean: Double
    let low: Double
    let high: Double
  }

  var groups: [Group] {
    let keys = rows.filter { $0.group != $0.id }.map { [$0.group, $0.split] }
    return keys.enumerated().filter { keys.firstIndex(of: $0.element) == $0.offset }.map(\.element).map { key in
      let values = rows.filter { $0.group == key[0] && $0.split == key[1] }.map(\.scores.macroF1)
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(max(values.count - 1, 1))
      let reach = Self.t(values.count - 1) * (variance / Double(values.count)).squareRoot()
      return Group(
        id: key[0], split: key[1], count: values.count, mean: mean, low: mean - reach, high: mean + reach)
    }
  }

  /// The 97.5 % quantile of Student's distribution; that of the normal one beyond the table.
  private static func t(_ freedom: Int) -> Double {
    let quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
    return freedom < 1 ? .nan : freedom <= quantiles.count ? quantiles[freedom - 1] : 1.96
  }

  private static let columns = [
    "Kind", "Id", "Streams", "Design", "Split", "Count", "MacroF1", "MacroF1Low", "MacroF1High", "Accuracy", "UAR",
    "BSF1",
    "BSF1Lowest", "BSF1Highest", "PublishedMacroF1", "PublishedAccuracy", "PublishedBSF1", "PublishedBSF1Lowest",
    "PublishedBSF1Highest",
  ]

  /// What was published on a split: figures of development, or of the challenge's test set.
  private static func published(_ row: Row) -> [Double?] {
    let figures = row.published
    return row.split == "Development"
      ? [figures.macroF1, figures.accuracy, figures.bsF1, figures.bsLow, figures.bsHigh]
      : row.split == "Test3" ? [figures.testMacroF1, figures.testAccuracy, nil, nil, nil] : [nil, nil, nil, nil, nil]
  }

  /// All lines, numbers in full, a field empty where nothing is known.
  var csv: String {
    let lines = rows.map { row in
      let scores = row.scores
      let numbers: [Double?] =
        [
          scores.macroF1, scores.macroF1Interval?.low, scores.macroF1Interval?.high, scores.accuracy, scores.uar,
          scores.bsF1, scores.bsLow, scores.bsHigh,
        ] + Self.published(row)
      return
        ([row.kind.rawValue, row.id, row.streams.joined(separator: " "), row.design, row.split, "\(scores.count)"]
        + numbers.map { $0.map { "\($0)" } ?? "" }).joined(separator: ",")
    }
    return ([Self.columns.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
  }

  /// A table for each split, for a person.
  var text: String {
    let splits = rows.map(\.split)
    let order = splits.enumerated().filter { splits.firstIndex(of: $0.element) == $0.offset }.map(\.element)
    var parts = order.map { split in
      let lines = rows.filter { $0.split == split }
      let head = "\(system) on \(corpus), \(split)"
      let body = Self.aligned([Self.head] + lines.map(Self.cells))
      let means = groups.filter { $0.split == split }.map {
        "\($0.id), mean of \($0.count) seeds: Macro-F1 \(decimals($0.mean)) [\(decimals($0.low)), \(decimals($0.high))]"
      }
      return ([head] + body + means).joined(separator: "\n")
    }
    if rows.contains(where: { Self.published($0).contains { $0 != nil } }) {
      parts.append("Published figures are of MSP-Podcast: only a run on the same clips can be held against them.")
    }
    return (parts + notes).joined(separator: "\n\n") + "\n"
  }

  private static let head = [
    "", "Macro-F1", "95 %", "accuracy", "BS-F1", "range", "published: Macro-F1", "accuracy", "BS-F1", "range",
  ]

  private static func cells(_ row: Row) -> [String] {
    func number(_ value: Double?) -> String { value.map { decimals($0) } ?? "–" }
    func range(_ low: Double?, _ high: Double?) -> String {
      guard let low, let high else { return "–" }
      return "\(decimals(low)) to \(decimals(high))"
    }
    let (scores, others) = (row.scores, published(row))
    return [
      row.id, number(scores.macroF1), range(scores.macroF1Interval?.low, scores.macroF1Interval?.high),
      number(scores.accuracy), number(scores.bsF1), range(scores.bsLow, scores.bsHigh), number(others[0]),
      number(others[1]), number(others[2]), range(others[3], others[4]),
    ]
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        .replacing(/\s+$/, with: "")
    }
  }
}

extension SystemTable {
  /// The tables of a system's run, as `tables/models.csv` has them; none where a run is one model's.
  static func reported(_ run: URL) throws -> [RunReport.Table] {
    let file = run.appending(path: "tables/models.csv")
    guard FileManager.default.fileExists(atPath: file.path) else { return [] }
    let table = try CSVTable(contentsOf: file)
    let places = try [
      "Id", "Design", "MacroF1", "MacroF1Low", "MacroF1High", "Accuracy", "BSF1", "PublishedMacroF1",
      "PublishedAccuracy", "PublishedBSF1",
    ].map { try table.column($0) }
    let split = try table.column("Split")
    let splits = (0..<table.rowCount).map { table.field($0, split) }
    return splits.enumerated().filter { splits.firstIndex(of: $0.element) == $0.offset }.map { _, name in
      RunReport.Table(
        title: name,
        columns: [
          "", "Design", "Macro-F1", "Low", "High", "Accuracy", "BS-F1", "Published Macro-F1", "Published accuracy",
          "Published BS-F1",
        ],
        rows: splits.indices.filter { splits[$0] == name }.map { row in
          places.enumerated().map { column, place in
            let text = table.field(row, place)
            return column < 2 ? text : Double(text).map { decimals($0) } ?? "–"
          }
        })
    }
  }
}
