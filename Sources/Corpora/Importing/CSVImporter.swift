import Emotion
public import Foundation

/// Any table with one row a file: the user says which column holds what.
public struct CSVImporter: CorpusImporter {
  /// The name on the command line and of the label map.
  public let kind = "csv"
  /// What it is.
  public let title = "a table of your own with one row a file, columns by --column ROLE=COLUMN"
  /// What the source should be.
  public let expected = "a CSV or TSV file (.tsv) whose first row names the columns"
  /// The label in the table's own word.
  public let labelColumn = "Label"

  /// What a column can hold. `file` and `class` are needed; a column that is named like its role needs no mapping.
  public static let roles = [
    "file", "class", "speaker", "gender", "split", "transcript", "arousal", "valence", "dominance",
  ]

  /// The importer.
  public init() {}

  /// Reads the table; paths in it are relative to its folder, or absolute. An `X` is no agreement, whatever the map.
  public func scan(_ source: URL, _ context: ImportContext) throws -> ImportSource {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder), !isFolder.boolValue else {
      throw CorporaError.notFound(path: source.path, expected: expected)
    }
    let columns = try Columns(context.options.columns, scale: context.options.scale)
    let isTabbed = source.pathExtension.lowercased() == "tsv"
    let table = try SourceTable(
      contentsOf: source, columns: columns.required, delimiter: isTabbed ? "\t" : ",", quoting: !isTabbed)
    let folder = source.deletingLastPathComponent().path
    var found = ImportSource()
    var seen = [String: Int]()
    for row in table.rows {
      let path = table.cell(row, columns["file"])
      func fault(_ kind: Finding.Kind, _ role: String, _ allowed: String) {
        let (column, value) = (columns[role], table.cell(row, columns[role]))
        found.faults.append(
          Finding(
            .error, kind, file: source.lastPathComponent, row: row.line, column: column, value: value,
            message: "\(column) is \(value.isEmpty ? "empty" : "\"\(value)\""); allowed is \(allowed)"))
      }
      if path.isEmpty {
        fault(.badFileName, "file", "a path")
        continue
      }
      if seen.updateValue(row.line, forKey: path) != nil {
        fault(.duplicateRow, "file", "one row for each file")
        continue
      }
      guard FileManager.default.fileExists(atPath: path.hasPrefix("/") ? path : "\(folder)/\(path)") else {
        found.labelsWithoutFile.append(path)
        continue
      }
      let label = table.cell(row, columns["class"])
      var clip = ImportSource.Clip(
        path: path, label: label, speaker: SourceWords.speaker(table.cell(row, columns["speaker"])))
      if label == "X" { clip.consensus = .noAgreement }
      if let gender = SourceWords.gender(table.cell(row, columns["gender"])) {
        clip.gender = gender
      } else {
        fault(.unknownGender, "gender", "female or male")
      }
      let split = table.cell(row, columns["split"])
      clip.split = SourceWords.split(split)
      if clip.split == nil, !split.isEmpty { fault(.unknownSplit, "split", "train, development or test") }
      let transcript = table.cell(row, columns["transcript"])
      clip.transcript = transcript.isEmpty ? nil : transcript
      for attribute in Attribute.allCases {
        let cell = table.cell(row, columns[attribute.rawValue])
        if SourceWords.isMissing(cell) { continue }
        guard let value = Double(cell), columns.scale.contains(value) else {
          fault(
            .notANumber, attribute.rawValue,
            "a number from \(columns.scale.lowerBound) to \(columns.scale.upperBound)")
          continue
        }
        clip.attributes[attribute] = SourceWords.rescaled(value, from: columns.scale)
      }
      found.clips.append(clip)
    }
    return found
  }

  /// The column of each role: the user's, or one of the role's own name.
  private struct Columns {
    let scale: ClosedRange<Double>
    private let given: [String: String]

    init(_ given: [String: String], scale: ClosedRange<Double>) throws {
      for role in given.keys where !CSVImporter.roles.contains(role) {
        throw CorporaError.option(
          name: "the role of a column", value: role, allowed: CSVImporter.roles.joined(separator: ", "))
      }
      self.given = given
      self.scale = scale
    }

    var required: [String] { ["file", "class"].map { self[$0] } + given.values.sorted() }

    subscript(role: String) -> String { given[role] ?? role }
  }
}
