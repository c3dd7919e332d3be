import Basics
public import Emotion
public import Foundation

/// What predictions are held against, column by column: labels, ratings, the voters' shares, and any columns by which
/// utterances can be grouped.
public struct LabelColumns: Sendable {
  /// The file's name, for messages.
  public let source: String
  /// The utterances.
  public internal(set) var names: [String] = []
  /// The consensus as an index into `Consensus.all`: 0 to 7 the classes, 8 other, 9 no agreement, 10 withheld; -1
  /// where the file holds something else.
  public internal(set) var consensus: [Int8] = []
  /// Mean ratings, one per utterance, NaN where there is none.
  public internal(set) var attributes: [Attribute: [Double]] = [:]
  /// The share of the raters' votes for each class, (utterances, 8) row by row, NaN where there are no votes; empty where
  /// there are none at all.
  public internal(set) var votes: [Double] = []
  /// Further columns by name, one text per utterance.
  public internal(set) var columns: [String: [String]] = [:]
  var problems = MismatchList()

  /// Labels as they are.
  public init(_ labels: ReferenceLabels, source: String = "labels") {
    self.source = source
    names = labels.rows.map(\.fileName)
    consensus = labels.rows.map { Self.index($0.consensus) }
    for attribute in Attribute.allCases where labels.rows.contains(where: { $0.attributes[attribute] != nil }) {
      attributes[attribute] = labels.rows.map { $0.attributes[attribute] ?? .nan }
    }
  }

  /// Labels with votes and columns.
  ///
  /// - Parameters:
  ///   - votes: the voters' shares of each utterance, eight numbers or nil
  ///   - columns: texts by the name of the column, one per utterance
  public init(
    _ labels: ReferenceLabels, votes: [[Double]?], columns: [String: [String]], source: String = "labels"
  ) {
    self.init(labels, source: source)
    if votes.contains(where: { $0 != nil }) {
      self.votes = votes.flatMap { $0 ?? [Double](repeating: .nan, count: EmotionClass.allCases.count) }
    }
    self.columns = columns
  }

  /// Reads a file with `FileName` and, as far as they are there, `EmoClass`, `EmoAct`, `EmoVal`, `EmoDom` and one column
  /// of votes' shares for each class; every other column is kept for grouping.
  ///
  /// - Parameters:
  ///   - split: keeps the rows whose `Split_Set` is this; nil keeps all.
  ///   - columns: what the columns are called.
  /// - Throws: `EvaluationError` for a file that is no such table. Rows that are wrong are kept for `JudgedClips`.
  public init(
    contentsOf url: URL, split: String? = nil, columns: ColumnNames = .own
  ) throws(EvaluationError) {
    try self.init(table: CSVTable(contentsOf: url), split: split, columns: columns)
  }

  /// Reads the text of a file; `source` stands for it in messages.
  public init(
    csv text: String, split: String? = nil, columns: ColumnNames = .own, source: String = "labels"
  ) throws(EvaluationError) {
    try self.init(table: CSVTable(text: text, file: source), split: split, columns: columns)
  }

  private init(table: CSVTable, split: String?, columns: ColumnNames) throws(EvaluationError) {
    source = table.file
    let name = try table.column(columns["FileName"])
    let letter = table.header.firstIndex(of: columns["EmoClass"])
    let rated = Attribute.allCases.compactMap { attribute in
      table.header.firstIndex(of: columns[attribute.column]).map { (attribute, $0) }
    }
    guard letter != nil || !rated.isEmpty else { _ = try table.column(columns["EmoClass"]); return }
    let shares = EmotionClass.allCases.compactMap { table.header.firstIndex(of: columns[$0.rawValue]) }
    let hasVotes = shares.count == EmotionClass.allCases.count
    var rows = Array(0..<table.rowCount)
    if let split {
      let column = try table.column(columns["Split_Set"])
      rows = rows.filter { table.field($0, column) == split }
      guard !rows.isEmpty else {
        let present = Set((0..<table.rowCount).map { table.field($0, column) }).sorted().joined(separator: ", ")
        throw .file(
          table.file,
          problem: "has no row of split '\(split)'; Split_Set holds \(present.isEmpty ? "nothing" : present)")
      }
    }
    let splitPlace = table.header.firstIndex(of: columns["Split_Set"])
    let used = Set([name] + [letter].compactMap(\.self) + rated.map(\.1) + shares)
    for (attribute, _) in rated { attributes[attribute] = [] }
    var firstRow: [String: Int] = Dictionary(minimumCapacity: rows.count)
    for row in rows {
      let file = table.field(row, name)
      names.append(file)
      if file.isEmpty {
        problems.add(.unnamed, "\(source) row \(row + 2)")
      } else if let first = firstRow.updateValue(row + 2, forKey: file) {
        problems.add(.doubledLabel, "\(file) (rows \(first) and \(row + 2))")
      }
      // A withheld label, as in MSP-Podcast's Test3: there is nothing to compare with.
      let isWithheld =
        letter.map { table.isEmpty(row, $0) } ?? false && splitPlace.map { table.field(row, $0) } == "Test3"
      consensus.append(
        isWithheld ? Self.index(.unlabelled) : letter.map { Self.consensus(table, row, $0) } ?? Self.index(.noAgreement)
      )
      if consensus.last == -1, let letter {
        problems.add(.otherLabelledClass, "\(file) (row \(row + 2), '\(table.field(row, letter))')")
      }
      for (attribute, column) in rated {
        let value = number(table, row, column, file)
        attributes[attribute]?.append(value)
      }
      if hasVotes {
        for column in shares {
          let value = number(table, row, column, file)
          votes.append(value)
        }
      }
    }
    for (column, title) in table.header.enumerated() where !used.contains(column) && !title.isEmpty {
      self.columns[title] = rows.map { table.field($0, column) }
    }
  }

  private mutating func number(_ table: CSVTable, _ row: Int, _ column: Int, _ file: String) -> Double {
    if table.isEmpty(row, column) { return .nan }
    guard let value = table.number(row, column), value.isFinite else {
      problems.add(
        .notANumber, "\(file) (\(source) row \(row + 2), \(table.header[column]) '\(table.field(row, column))')")
      return .nan
    }
    return value
  }

  private static func consensus(_ table: CSVTable, _ row: Int, _ column: Int) -> Int8 {
    if let letter = table.letter(row, column) {
      return Consensus(letter: Character(Unicode.Scalar(letter))).map(index) ?? -1
    }
    return EmotionClass(rawValue: table.field(row, column).lowercased()).map { Int8($0.index) } ?? -1
  }

  private static func index(_ consensus: Consensus) -> Int8 {
    switch consensus {
    case .emotion(let emotion): Int8(emotion.index)
    case .other: 8
    case .noAgreement: 9
    case .unlabelled: 10
    }
  }

  /// Writes the labels with votes and columns, as `init(contentsOf:)` reads them: aside, synced and renamed.
  public func write(to url: URL) throws {
    let rated = Attribute.allCases.filter { attributes[$0] != nil }
    let more = columns.keys.sorted()
    let shares = votes.isEmpty ? [] : EmotionClass.allCases.map(\.rawValue)
    func text(_ value: Double) -> String { value.isNaN ? "" : "\(value)" }
    var lines = [(["FileName", "EmoClass"] + rated.map(\.column) + shares + more).joined(separator: ",")]
    for row in names.indices {
      let letter = (0..<10).contains(consensus[row]) ? String(Consensus.all[Int(consensus[row])].letter) : ""
      let ratings = rated.map { text(attributes[$0]?[row] ?? .nan) }
      let voted = shares.indices.map { text(votes[row * 8 + $0]) }
      lines.append(
        ([CSVTable.quoted(names[row]), letter] + ratings + voted + more.map { CSVTable.quoted(columns[$0]?[row] ?? "") })
          .joined(separator: ","))
    }
    try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: url)
  }
}
