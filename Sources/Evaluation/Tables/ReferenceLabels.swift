public import Emotion
public import Foundation

/// The labels that predictions are held against, read from a labels file in MSP-Podcast's layout.
public struct ReferenceLabels: Equatable, Sendable {
  /// The label of one utterance.
  public struct Row: Equatable, Sendable {
    /// The utterance's name.
    public var fileName: String
    /// What the raters agreed on.
    public var consensus: Consensus
    /// The mean ratings from 1 to 7, as far as the file has them.
    public var attributes: [Attribute: Double]

    /// A label.
    public init(fileName: String, consensus: Consensus, attributes: [Attribute: Double] = [:]) {
      self.fileName = fileName
      self.consensus = consensus
      self.attributes = attributes
    }
  }

  /// One row per utterance, names unique.
  public let rows: [Row]

  /// Keeps the rows.
  ///
  /// - Throws: `EvaluationError` where a name is empty or occurs twice.
  public init(rows: [Row]) throws(EvaluationError) {
    var names: Set<String> = []
    for (index, row) in rows.enumerated() {
      guard !row.fileName.isEmpty else {
        throw .row(file: "labels", row: index + 2, problem: "has no FileName; the name of the utterance is expected")
      }
      guard names.insert(row.fileName).inserted else {
        throw .row(
          file: "labels", row: index + 2, problem: "'\(row.fileName)' has a row already; each file has one row")
      }
    }
    self.rows = rows
  }

  /// Reads `FileName`, `EmoClass` (a letter; `O` other and `X` no agreement are kept and left out of class metrics)
  /// and, where present, `EmoAct`, `EmoVal`, `EmoDom`. Other columns are not looked at.
  ///
  /// - Parameter split: keeps the rows whose `Split_Set` is this, such as `Development`; nil keeps all.
  /// - Throws: `EvaluationError` that names the file, row, column, value and what would be right.
  public init(contentsOf url: URL, split: String? = nil) throws(EvaluationError) {
    try self.init(table: CSVTable(contentsOf: url), split: split)
  }

  /// Reads the text of a labels file; `source` stands for the file in messages.
  public init(csv text: String, split: String? = nil, source: String = "labels") throws(EvaluationError) {
    try self.init(table: CSVTable(text: text, file: source), split: split)
  }

  private init(table: CSVTable, split: String?) throws(EvaluationError) {
    let name = try table.column("FileName")
    let letter = try table.column("EmoClass")
    let splitColumn = split == nil ? nil : try table.column("Split_Set")
    let splitPlace = table.header.firstIndex(of: "Split_Set")
    let attributeColumns = Attribute.allCases.compactMap { attribute in
      table.header.firstIndex(of: attribute.column).map { (attribute, $0) }
    }
    var firstRow: [String: Int] = [:]
    var rows: [Row] = []
    for index in 0..<table.rowCount {
      let fileName = table.field(index, name)
      guard !fileName.isEmpty else {
        throw table.error(index, name, "is empty; the name of the utterance is expected")
      }
      if let first = firstRow.updateValue(index + 2, forKey: fileName) {
        throw table.error(index, name, "is already in row \(first); each file has one row")
      }
      if let splitColumn, table.field(index, splitColumn) != split { continue }
      // A withheld label, as in MSP-Podcast's Test3: there is nothing to compare with.
      if table.isEmpty(index, letter), split ?? splitPlace.map({ table.field(index, $0) }) == "Test3" { continue }
      guard let byte = table.letter(index, letter), let consensus = Consensus(letter: Character(Unicode.Scalar(byte)))
      else {
        throw table.error(
          index, letter,
          "is not a label; one of \(Predictions.letters(EmotionClass.allCases)), O other, X no agreement is expected")
      }
      var attributes: [Attribute: Double] = [:]
      for (attribute, column) in attributeColumns where !table.isEmpty(index, column) {
        guard let value = table.number(index, column), value.isFinite else {
          throw table.error(index, column, "is not a finite number; leave the field empty where there is no rating")
        }
        attributes[attribute] = value
      }
      rows.append(Row(fileName: fileName, consensus: consensus, attributes: attributes))
    }
    if let split, let splitColumn, rows.isEmpty {
      let present = Set((0..<table.rowCount).map { table.field($0, splitColumn) }).sorted().joined(separator: ", ")
      throw .file(
        table.file, problem: "has no row of split '\(split)'; Split_Set holds \(present.isEmpty ? "nothing" : present)")
    }
    self.rows = rows
  }
}
