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
  /// Anything else that the user should know.
  public var notes: [String] = []
}

extension ImportReport: CustomStringConvertible {
  /// The report as text; long lists show their first five.
  public var description: String {
    var lines = ["\(utterances) utterances from \(kind) in \(output)"]
    if ratings > 0 { lines.append("\(ratings) ratings") }
    lines.append("labels by \(labelMap):")
    for label in labels { lines.append("  \(label.label) -> \(label.letter)  \(label.clips)") }
    lines.append("EmoClass: " + Self.counts(classes, order: "ASHUFDCNOX".map(String.init)))
    lines.append("Split_Set: " + Self.counts(splits, order: Split.allCases.map(\.rawValue)))
    for split in Split.allCases {
      if let names = speakers[split.rawValue] { lines.append("  \(split.rawValue): " + names.joined(separator: " ")) }
    }
    lines += Self.list("files not recognised", unrecognisedFiles)
    lines += Self.list("label rows without a file", labelsWithoutFile)
    lines += Self.list("files without a label", filesWithoutLabel)
    lines += Self.list("files renamed", renamed)
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
