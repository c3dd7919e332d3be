/// What an import did, with everything that did not fit.
public struct ImportReport: Codable, Sendable, Equatable {
  /// How often a label of the source occurred, and the class it became.
  public struct LabelCount: Codable, Sendable, Equatable {
    /// The source's label.
    public let label: String
    /// The letter that the label map gives it.
    public let letter: String
    /// Clips with the label.
    public let clips: Int
  }

  /// The kind of corpus.
  public var kind: String
  /// The corpus that was written.
  public var output: String
  /// The label map's file name.
  public var labelMap: String
  /// Utterances written.
  public var utterances = 0
  /// Ratings written.
  public var ratings = 0
  /// Clips per label of the source, in the order of the label map.
  public var labels: [LabelCount] = []
  /// Utterances per letter of `EmoClass`. Differs from `labels` where listeners voted.
  public var classes: [String: Int] = [:]
  /// The speakers of each split.
  public var speakers: [String: [String]] = [:]
  /// Utterances per split.
  public var splits: [String: Int] = [:]
  /// Files that are none of the source's own kinds, by path.
  public var unrecognisedFiles: [String] = []
  /// Rows of the source's label table for which there is no audio.
  public var labelsWithoutFile: [String] = []
  /// Audio that the source's label table does not name, by path.
  public var filesWithoutLabel: [String] = []
  /// Files whose name occurs more than once in the source, with the name that they got: `path -> name`.
  public var renamed: [String] = []
  /// How often raters used each word of the label map; empty where ratings come without words of their own.
  public var votes: [LabelCount] = []
  /// Words of raters that the label map does not name, and how often; they count as other and are kept.
  public var unknownWords: [String: Int] = [:]
  /// Rows and cells of the source's tables that could not be used, with their places.
  public var faults: [Finding] = []
  /// Anything else that the user should know.
  public var notes: [String] = []
}

extension ImportReport: CustomStringConvertible {
  /// The report as text; long lists show their first five.
  public var description: String {
    var lines = ["\(utterances) utterances from \(kind) in \(output)"]
    if ratings > 0 { lines.append("\(ratings) ratings") }
    lines.append("labels by \(labelMap)\(labels.isEmpty ? "" : ":")")
    for label in labels { lines.append("  \(label.label) -> \(label.letter)  \(label.clips)") }
    if !votes.isEmpty {
      lines.append("raters' words:")
      for vote in votes { lines.append("  \(vote.label) -> \(vote.letter)  \(vote.clips)") }
    }
    if !unknownWords.isEmpty {
      let total = unknownWords.values.reduce(0, +)
      let most = unknownWords.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(10)
      lines.append(
        "raters' words that the map does not name, kept as other: \(total), "
          + "\(unknownWords.count) different; the most frequent:")
      lines += most.map { "  \($0.key)  \($0.value)" }
    }
    lines.append("EmoClass: " + Self.counts(classes, order: "ASHUFDCNOX?".map(String.init)))
    lines.append("Split_Set: " + Self.counts(splits, order: Split.allCases.map(\.rawValue)))
    for split in Split.allCases {
      if let names = speakers[split.rawValue] {
        let more = names.count > 40 ? " and \(names.count - 40) more" : ""
        lines.append("  \(split.rawValue): " + names.prefix(40).joined(separator: " ") + more)
      }
    }
    lines += Self.list("files not recognised", unrecognisedFiles)
    lines += Self.list("label rows without a file", labelsWithoutFile)
    lines += Self.list("files without a label", filesWithoutLabel)
    lines += Self.list("files renamed", renamed)
    lines += Self.list("rows and cells that could not be used", faults.map(\.description))
    lines += notes.map { "note: \($0)" }
    return lines.joined(separator: "\n")
  }

  private static func counts(_ counts: [String: Int], order: [String]) -> String {
    order.compactMap { key in counts[key].map { "\(key) \($0)" } }.joined(separator: "  ")
  }

  private static func list(_ title: String, _ items: [String]) -> [String] {
    guard !items.isEmpty else { return [] }
    let more = items.count > 5 ? ["  and \(items.count - 5) more"] : []
    return ["\(title): \(items.count)"] + items.prefix(5).map { "  \($0)" } + more
  }
}
