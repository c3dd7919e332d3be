import Emotion
public import Foundation

/// A database in audformat: `db.yaml` and tables `db.NAME.csv`. What a column holds is told by its scheme's name.
public struct AudformatImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "audformat"
  /// The format.
  public let title = "a database in audformat: db.yaml with schemes emotion, speaker, arousal and so on"
  /// What the source folder should hold.
  public let expected = "an audformat database: db.yaml, tables named like db.emotion.csv and the media that they name"
  /// The label in the database's own word.
  public let labelColumn = "Label"

  /// The importer.
  public init() {}

  /// Everything that the tables say of one file.
  private struct Facts {
    var label: String?
    var acted: String?
    var votes: [(rater: String, label: String)] = []
    var attributes: [Attribute: [Double]] = [:]
    var gold: AttributeValues = AttributeValues()
    var speaker: String?
    var gender: String?
    var transcript: String?
    var split: Split?
  }

  /// Joins the tables by file. Emotions of a rater named `gold…`, or of nobody, are the label; those of other raters are
  /// votes. Attributes come from their scheme's scale to 1 to 7. Segments of files are not cut out, and are counted.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    let header = try AudformatHeader(contentsOf: source.appending(path: "db.yaml"))
    var found = ImportSource()
    var facts = [String: Facts]()
    var genders = [String: String]()
    var segments = 0
    for table in header.tables {
      guard let file = try Self.file(of: table.name, in: source, hasColumns: !table.columns.isEmpty) else { continue }
      for column in table.columns where column.role == .speaker {
        genders.merge(try Self.genders(column.scheme, header, source)) { first, _ in first }
      }
      let rows = try SourceTable(
        contentsOf: file, columns: ["file"] + (table.isSegmented ? ["start", "end"] : []) + table.columns.map(\.name))
      for row in rows.rows {
        if table.isSegmented, !Self.isWhole(rows.cell(row, "start"), rows.cell(row, "end")) {
          segments += 1
          continue
        }
        let name = rows.cell(row, "file")
        if let split = table.split { facts[name, default: Facts()].split = split }
        for column in table.columns {
          let value = rows.cell(row, column.name)
          if SourceWords.isMissing(value) { continue }
          Self.add(value, column, table, header, to: &facts[name, default: Facts()])
        }
      }
    }
    if segments > 0 { found.notes.append("\(segments) rows are of segments of files, which are not cut out") }
    for name in facts.keys.sorted() {
      guard var fact = facts[name] else { continue }
      guard FileManager.default.fileExists(atPath: source.appending(path: name).path) else {
        found.labelsWithoutFile.append(name)
        continue
      }
      fact.gender = fact.gender ?? fact.speaker.flatMap { genders[$0] }
      guard let clip = try Self.clip(name, fact, context.labels) else {
        found.filesWithoutLabel.append(name)
        continue
      }
      found.clips.append(clip)
    }
    return found
  }

  private static func add(
    _ value: String, _ column: AudformatHeader.Column, _ table: AudformatHeader.Table, _ header: AudformatHeader,
    to facts: inout Facts
  ) {
    let isGold = column.rater?.lowercased().contains("gold") ?? true
    switch column.role {
    case .emotion:
      let label = header.meaning(of: value, in: column.scheme) ?? value
      if table.isDesired {
        facts.acted = label
      } else if isGold {
        facts.label = label
      } else {
        facts.votes.append((column.rater ?? "", label))
      }
    case .attribute(let attribute):
      guard let scale = header.scale(column.scheme), let number = Double(value), scale.contains(number) else { return }
      let rating = SourceWords.rescaled(number, from: scale)
      if isGold { facts.gold[attribute] = rating } else { facts.attributes[attribute, default: []].append(rating) }
    case .speaker: facts.speaker = value
    case .gender: facts.gender = value
    case .transcript: facts.transcript = value
    }
  }

  private static func clip(_ name: String, _ facts: Facts, _ labels: LabelReader) throws -> ImportSource.Clip? {
    guard facts.label != nil || facts.acted != nil || !facts.votes.isEmpty else { return nil }
    // A label given by someone goes before votes, and those before what was asked of an actor.
    let label = facts.label ?? (facts.votes.isEmpty ? facts.acted : nil)
    var clip = ImportSource.Clip(
      path: name, label: label, speaker: facts.speaker, gender: facts.gender.flatMap(SourceWords.gender) ?? .unknown,
      transcript: facts.transcript, extra: facts.acted.map { ["Acted": $0] } ?? [:])
    clip.ratings = try facts.votes.map { Rating(rater: $0.rater, primary: try labels.vote(for: $0.label, of: name)) }
    clip.consensus =
      try label.map { try labels.vote(for: $0, of: name).consensus } ?? Consensus(pluralityOf: clip.ratings)
    for attribute in Attribute.allCases {
      let values = facts.attributes[attribute] ?? []
      clip.attributes[attribute] =
        facts.gold[attribute] ?? (values.isEmpty ? nil : values.reduce(0, +) / Double(values.count))
    }
    clip.split = facts.split
    return clip
  }

  /// A table's CSV; one that is there in another format only is an error.
  private static func file(of table: String, in source: URL, hasColumns: Bool) throws -> URL? {
    let csv = source.appending(path: "db.\(table).csv")
    if FileManager.default.fileExists(atPath: csv.path) { return csv }
    guard hasColumns else { return nil }
    let others = ["parquet", "pkl"].map { "db.\(table).\($0)" }
    let other = others.first { FileManager.default.fileExists(atPath: source.appending(path: $0).path) }
    throw CorporaError.notFound(
      path: csv.path,
      expected: other.map { "CSV in place of \($0): save the database with storage_format=\"csv\"" }
        ?? "the table that db.yaml lists")
  }

  private static func genders(_ scheme: String, _ header: AudformatHeader, _ source: URL) throws -> [String: String] {
    guard let table = header.labelTable(scheme) else { return header.genders(scheme) }
    guard let file = try file(of: table, in: source, hasColumns: true) else { return [:] }
    let rows = try SourceTable(contentsOf: file, columns: [])
    guard let index = rows.header.first, let gender = ["gender", "sex"].first(where: rows.header.contains) else {
      return [:]
    }
    return Dictionary(rows.rows.map { (rows.cell($0, index), rows.cell($0, gender)) }, uniquingKeysWith: { $1 })
  }

  /// Whether a segment is the whole file: it begins at 0 and its end is not said.
  private static func isWhole(_ start: String, _ end: String) -> Bool {
    let isStart = ["", "nat", "0", "0 days", "0 days 00:00:00"].contains(start.lowercased())
    return isStart && ["", "nat"].contains(end.lowercased())
  }
}
