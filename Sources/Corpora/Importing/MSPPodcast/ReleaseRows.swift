import Emotion
import Foundation

/// One row of consensus labels, whatever file it comes from.
struct ConsensusRow {
  var fileName: String
  var consensus: String
  var attributes: AttributeValues
  var speaker: String
  var gender: String
  var split: String
  /// The file, and the line where there are lines.
  let place: (file: String, row: Int?)

  init(_ file: inout LabelFile, _ row: CSVTable.Row) {
    fileName = file.cell(row, "FileName")
    consensus = file.cell(row, "EmoClass")
    attributes = file.attributes(row, isMissing: SourceWords.isMissing)
    speaker = file.cell(row, "SpkrID")
    gender = file.cell(row, "Gender")
    split = file.cell(row, "Split_Set")
    place = (file.name, row.line)
  }

  /// A row by the cells of its columns, which are empty where there is no such column.
  init(fileName: String, place: (file: String, row: Int?), cell: (String) -> String) {
    self.fileName = fileName
    self.place = place
    consensus = cell("EmoClass")
    attributes = AttributeValues(columns: cell)
    speaker = cell("SpkrID")
    gender = cell("Gender")
    split = cell("Split_Set")
  }

  func finding(_ kind: Finding.Kind, _ column: String, _ value: String, _ allowed: String) -> Finding {
    let said = value.isEmpty ? "is empty" : "is \"\(value)\""
    return Finding(
      .error, kind, file: place.file, row: place.row, column: column, value: value,
      message: "\(place.row == nil ? "\(fileName): " : "")\(column) \(said); allowed is \(allowed)")
  }
}

/// One rating, whatever file it comes from, in the rater's words.
struct RatingRow {
  var fileName: String
  var rater: String
  var primary: String
  var secondary: String
  var attributes: AttributeValues

  init(fileName: String, rater: String, cell: (String) -> String) {
    self.fileName = fileName
    self.rater = rater
    primary = cell("EmoClass_Major")
    secondary = cell("EmoClass_Second")
    attributes = AttributeValues(columns: cell)
  }

  /// A row of `labels_detailed.csv`: columns (releases 1.6 and 2.0) or an `EmoDetail` string (1.7 to 1.12). Adds a
  /// finding and gives nil where there is no primary emotion.
  init?(_ file: inout LabelFile, _ row: CSVTable.Row) {
    let name = file.cell(row, "FileName")
    let detail = file.cell(row, "EmoDetail")
    if !detail.isEmpty || file.header.contains("EmoDetail") {
      guard let parsed = RatingRow(detail: detail, of: name) else {
        file.addCell(.malformedRow, row: row.line, column: "EmoDetail", value: detail, allowed: Self.detailForm)
        return nil
      }
      self = parsed
      return
    }
    fileName = name
    rater = Self.raterColumns.map { file.cell(row, $0) }.first { !$0.isEmpty } ?? ""
    primary = file.cell(row, "EmoClass_Major")
    secondary = file.cell(row, "EmoClass_Second")
    if SourceWords.isMissing(secondary) { secondary = "" }
    attributes = file.attributes(row, isMissing: SourceWords.isMissing)
    if SourceWords.isMissing(primary) {
      file.addCell(.unknownClass, row: row.line, column: "EmoClass_Major", value: primary, allowed: "an emotion")
      return nil
    }
  }

  private static let raterColumns = ["WorkerID", "Workers", "Worker", "Name"]
  static let detailForm = "WORKERnnn; Primary; sec1,sec2; A:x; V:y; D:z;"

  /// A string like `WORKER001; Neutral; Neutral,Concerned; A:4; V:3; D:4;`, of which the secondary emotions and the values
  /// may be missing. Semicolons in a rater's free text are part of it. Nil where there is no primary emotion.
  init?(detail: String, of fileName: String) {
    var parts = detail.utf8.split(separator: UInt8(ascii: ";")).map { Substring($0).trimmed }
    while parts.last?.isEmpty == true { parts.removeLast() }
    var values = AttributeValues()
    for attribute in [Attribute.dominance, .valence, .arousal] {
      guard let last = parts.last?.utf8, last.count > 1, let first = last.first, first & 0xDF == Self.mark(attribute),
        last.dropFirst().first == UInt8(ascii: ":")
      else { continue }
      values[attribute] = AttributeValues.rating(String(Substring(last.dropFirst(2))))
      parts.removeLast()
    }
    guard parts.count >= 2, !parts[1].isEmpty else { return nil }
    self.fileName = fileName
    rater = parts[0]
    // A third part is the list; more come from semicolons in what the rater wrote for the primary emotion.
    secondary = parts.count > 2 ? parts[parts.count - 1] : ""
    primary = parts.count > 3 ? parts[1..<(parts.count - 1)].joined(separator: "; ") : parts[1]
    attributes = values
  }

  /// The letter before a value, in upper case.
  private static func mark(_ attribute: Attribute) -> UInt8 {
    switch attribute {
    case .arousal: UInt8(ascii: "A")
    case .valence: UInt8(ascii: "V")
    case .dominance: UInt8(ascii: "D")
    }
  }
}

extension AttributeValues {
  /// The values in the cells of MSP-Podcast's columns; what is no number from 1 to 7 is missing.
  init(columns cell: (String) -> String) {
    self.init()
    for attribute in Attribute.allCases { self[attribute] = Self.rating(cell(attribute.column)) }
  }

  static func rating(_ text: String) -> Double? {
    guard let value = Double(text[...].trimmed), Attribute.scale.contains(value) else {
      return nil
    }
    return value
  }
}
