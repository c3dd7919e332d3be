import Basics
import Emotion
public import Foundation

extension Predictions {
  /// Reads a predictions file: `FileName`, one column of probability per class that the model knows (`angry` ...
  /// `neutral`), `EmoClass` (a letter), and `EmoAct`, `EmoVal`, `EmoDom`, which may be absent or empty.
  ///
  /// - Throws: `EvaluationError` that names the file, row, column, value and what would be right.
  public init(contentsOf url: URL) throws(EvaluationError) {
    try self.init(table: CSVTable(contentsOf: url))
  }

  /// Reads the text of a predictions file; `source` stands for the file in messages.
  public init(csv text: String, source: String = "predictions") throws(EvaluationError) {
    try self.init(table: CSVTable(text: text, file: source))
  }

  private init(table: CSVTable) throws(EvaluationError) {
    let name = try table.column("FileName")
    let letter = try table.column("EmoClass")
    var classColumns: [(EmotionClass, Int)] = []
    var attributeColumns: [(Attribute, Int)] = []
    for (index, title) in table.header.enumerated() where index != name && index != letter {
      if let emotion = EmotionClass(rawValue: title) {
        classColumns.append((emotion, index))
      } else if let attribute = Attribute.allCases.first(where: { $0.column == title }) {
        attributeColumns.append((attribute, index))
      } else {
        throw .file(table.file, problem: "has an unknown column '\(title)'; the columns are \(Self.knownColumns)")
      }
    }
    guard !classColumns.isEmpty else {
      throw .file(table.file, problem: "has no column of probabilities; the columns are \(Self.knownColumns)")
    }
    classColumns.sort { $0.0 < $1.0 }
    var rows: [Prediction] = []
    rows.reserveCapacity(table.rowCount)
    for index in 0..<table.rowCount {
      var probabilities: [Double] = []
      for (_, column) in classColumns {
        guard let value = table.number(index, column), value.isFinite else {
          throw table.error(index, column, "is not a probability; a number from 0 to 1 is expected")
        }
        probabilities.append(value)
      }
      guard let byte = table.letter(index, letter), let emotion = EmotionClass(letter: Character(Unicode.Scalar(byte)))
      else {
        throw table.error(index, letter, "is not a class; one of \(Self.letters(classColumns.map(\.0))) is expected")
      }
      var attributes: [Attribute: Double] = [:]
      for (attribute, column) in attributeColumns where !table.isEmpty(index, column) {
        guard let value = table.number(index, column), value.isFinite else {
          throw table.error(index, column, "is not a finite number; leave the field empty where there is no prediction")
        }
        attributes[attribute] = value
      }
      rows.append(
        Prediction(
          fileName: table.field(index, name), probabilities: probabilities, emotion: emotion, attributes: attributes))
    }
    try self.init(classes: classColumns.map(\.0), rows: rows, source: table.file)
  }

  private static var knownColumns: String {
    (["FileName"] + EmotionClass.allCases.map(\.rawValue) + ["EmoClass"] + Attribute.allCases.map(\.column))
      .joined(separator: ", ")
  }

  /// The text of the predictions file. Numbers are written so that reading them gives the same bits.
  public var csv: String {
    let attributes = Attribute.allCases.filter { attribute in rows.contains { $0.attributes[attribute] != nil } }
    var lines = [
      (["FileName"] + classes.map(\.rawValue) + ["EmoClass"] + attributes.map(\.column)).joined(separator: ",")
    ]
    for row in rows {
      let numbers = row.probabilities.map { "\($0)" }
      let rated = attributes.map { row.attributes[$0].map { "\($0)" } ?? "" }
      lines.append(
        ([CSVTable.quoted(row.fileName)] + numbers + [String(row.emotion.letter)] + rated).joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Writes the predictions file aside, syncs it and renames it to `url`.
  public func write(to url: URL) throws {
    try AtomicFile.write(Data(csv.utf8), to: url)
  }
}
