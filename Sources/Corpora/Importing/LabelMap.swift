public import Emotion
public import Foundation

/// Which class each label of a source corpus stands for: a data file with the columns `label,class,reason` and comment
/// lines that begin with `#`. A label that is none of the eight classes is `O`; none is left out.
public struct LabelMap: Sendable, Equatable {
  /// One line of the map.
  public struct Entry: Sendable, Equatable {
    /// The label as the source has it.
    public let label: String
    /// The class that it stands for: one of the eight, or other.
    public let vote: Vote
    /// Why.
    public let reason: String
    /// How a rater's word that is none of the eight is kept, in its right spelling: the optional column `word`, else the
    /// label.
    public let word: String
  }

  /// The map's file name.
  public let name: String
  /// The lines, in the file's order.
  public let entries: [Entry]
  private let byLabel: [String: Entry]
  private let byLowercased: [String: Entry]

  /// Reads a map from a file. Throws `CorporaError` that names the row that is wrong.
  public init(contentsOf file: URL) throws {
    try self.init(
      parsing: CorpusLayout.data(of: file, expected: "a label map with the columns label,class,reason"),
      name: file.lastPathComponent)
  }

  /// The map that comes with Affect for a kind of corpus.
  public static func builtIn(_ kind: String) throws -> LabelMap {
    try LabelMap(contentsOf: builtInFile(kind))
  }

  /// The file of the map that comes with Affect for a kind of corpus.
  static func builtInFile(_ kind: String) -> URL { Bundle.module.bundleURL.appending(path: "LabelMaps/\(kind).csv") }

  /// The text of the map that comes with Affect for a kind of corpus, comments included.
  public static func builtInText(_ kind: String) throws -> String {
    try String(contentsOf: builtInFile(kind), encoding: .utf8)
  }

  init(parsing data: Data, name: String) throws {
    self.name = name
    let table = try SourceTable(
      parsing: data, name: name, columns: ["label", "class", "reason"], comments: true)
    var entries = [Entry]()
    var byLabel = [String: Entry]()
    for row in table.rows {
      let label = table.cell(row, "label")
      let letter = table.cell(row, "class")
      guard letter.count == 1, let consensus = letter.first.flatMap(Consensus.init(letter:)),
        consensus != .noAgreement
      else {
        throw CorporaError.invalidRow(
          file: name, row: row.line, problem: "the class of \"\(label)\" is \"\(letter)\"",
          allowed: "one of A S H U F D C N, or O (other)")
      }
      let entry = Entry(
        label: label, vote: consensus.emotion.map(Vote.emotion) ?? .other, reason: table.cell(row, "reason"),
        word: table.cell(row, "word").isEmpty ? label : table.cell(row, "word"))
      guard !label.isEmpty, byLabel.updateValue(entry, forKey: label) == nil else {
        throw CorporaError.invalidRow(
          file: name, row: row.line, problem: label.isEmpty ? "the label is empty" : "\"\(label)\" is there twice",
          allowed: "one row for each label")
      }
      entries.append(entry)
    }
    self.entries = entries
    self.byLabel = byLabel
    byLowercased = Dictionary(entries.map { ($0.label.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What a label stands for, or nil when the map does not name it.
  public subscript(label: String) -> Vote? { byLabel[label]?.vote }

  /// The line of a label as it is written, or else whatever its case.
  func entry(_ label: String) -> Entry? { byLabel[label] ?? byLowercased[label.lowercased()] }

  /// What the label of a file stands for; a label that the map does not name is an error.
  func vote(for label: String, of file: String) throws -> Vote {
    guard let vote = entry(label)?.vote else {
      throw CorporaError.unmappedLabel(label: label, file: file, map: name, known: entries.map(\.label))
    }
    return vote
  }
}
