public import Emotion
public import Evaluation
public import Foundation
import SwiftCSV

/// The scores of a model for some utterances, read from a CSV: the predictions files that Affect writes, and logits that
/// were made elsewhere.
public struct ScoreFile: Equatable, Sendable {
  /// What the numbers of a file are.
  public enum Kind: String, Codable, Equatable, Sendable {
    /// From 0 to 1, adding up to 1 in each row.
    case probabilities
    /// Anything else.
    case logits
  }

  /// The file, for messages.
  public let source: String
  /// The classes that have a column, in the order of `EmotionClass`.
  public let classes: [EmotionClass]
  /// The utterances, each once.
  public let fileNames: [String]
  /// The numbers row by row: (utterances, classes); all are finite.
  public let scores: [Double]
  /// The model's own decisions (`EmoClass`), where the file has them.
  public let decisions: [EmotionClass]?
  /// Predicted attributes, one number for each utterance, as far as the file has a column of them; NaN where the column
  /// is empty.
  let attributes: [Attribute: [Double]]
  /// The vectors that the scores were made from, where they were asked for.
  var embeddings: Embeddings?

  /// The attributes that the file has for every utterance.
  public var wholeAttributes: [Attribute] {
    Attribute.allCases.filter { attribute in
      attributes[attribute].map { $0.allSatisfy { !$0.isNaN } } ?? false
    }
  }

  /// Whether every row is a distribution, as `Predictions` has it.
  public var kind: Kind {
    let width = classes.count
    for row in fileNames.indices {
      let values = scores[row * width..<(row + 1) * width]
      guard values.allSatisfy({ (0...1).contains($0) }), abs(values.reduce(0, +) - 1) <= Predictions.sumTolerance else {
        return .logits
      }
    }
    return .probabilities
  }

  /// Reads a file with `FileName` and a column for each class (`angry` ... `neutral`). `EmoClass`, `EmoAct`, `EmoVal` and
  /// `EmoDom` may be there.
  ///
  /// - Parameter embeddings: whether the vectors beside it are read too
  /// - Throws: `EnsembleError` that names the file, row, column, value and what would be right
  public init(contentsOf url: URL, embeddings: Bool = false) throws(EnsembleError) {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .file(url.path, problem: "cannot be read: \(error.localizedDescription)")
    }
    guard let text = String(bytes: data, encoding: .utf8) else {
      throw .file(url.path, problem: "is not UTF-8 text; a CSV file in UTF-8 is expected")
    }
    try self.init(csv: text, source: url.path)
    if embeddings { self.embeddings = try Embeddings(beside: url, of: fileNames) }
  }

  /// The scores of predictions that are at hand; `source` stands for their file in messages.
  ///
  /// - Throws: `EnsembleError.file` where there are none, or of one class alone
  public init(_ predictions: Predictions, source: String) throws(EnsembleError) {
    let classes = predictions.classes.sorted()
    guard classes.count > 1, !predictions.rows.isEmpty else {
      throw .file(
        source,
        problem:
          "has \(predictions.rows.count) predictions of \(classes.count) classes; one of two classes is the least")
    }
    let order = classes.compactMap { predictions.classes.firstIndex(of: $0) }
    var attributes: [Attribute: [Double]] = [:]
    for attribute in Attribute.allCases where predictions.rows.contains(where: { $0.attributes[attribute] != nil }) {
      attributes[attribute] = predictions.rows.map { $0.attributes[attribute] ?? .nan }
    }
    self.init(
      source: source, classes: classes, fileNames: predictions.rows.map(\.fileName),
      scores: predictions.rows.flatMap { row in order.map { row.probabilities[$0] } },
      decisions: predictions.rows.map(\.emotion), attributes: attributes)
  }

  /// Reads the text of a file; `source` stands for the file in messages.
  public init(csv text: String, source: String) throws(EnsembleError) {
    let table = try Self.rows(of: text, source)
    let header = table[0]
    func columnOf(_ name: String) throws(EnsembleError) -> Int {
      let places = header.indices.filter { header[$0] == name }
      guard places.count == 1 else {
        throw .file(
          source,
          problem: "has \(places.count) columns \(name), one is expected; its columns are "
            + header.joined(separator: ", "))
      }
      return places[0]
    }
    let name = try columnOf("FileName")
    let letter = header.contains("EmoClass") ? try columnOf("EmoClass") : nil
    var columns: [Int] = []
    var classes: [EmotionClass] = []
    for emotion in EmotionClass.allCases where header.contains(emotion.rawValue) {
      columns.append(try columnOf(emotion.rawValue))
      classes.append(emotion)
    }
    var rated: [(attribute: Attribute, column: Int)] = []
    for attribute in Attribute.allCases where header.contains(attribute.column) {
      rated.append((attribute, try columnOf(attribute.column)))
    }
    let known = ["FileName", "EmoClass"] + EmotionClass.allCases.map(\.rawValue) + Attribute.allCases.map(\.column)
    if let foreign = header.first(where: { !known.contains($0) }) {
      throw .file(source, problem: "has an unknown column '\(foreign)'; known are \(known.joined(separator: ", "))")
    }
    guard classes.count > 1 else {
      throw .file(source, problem: "has \(classes.count) columns of classes; a column of scores for each is expected")
    }
    var fileNames: [String] = []
    var scores: [Double] = []
    var decisions: [EmotionClass] = []
    var attributes: [Attribute: [Double]] = Dictionary(
      rated.map { ($0.attribute, []) }, uniquingKeysWith: { first, _ in first })
    var firstRow: [String: Int] = [:]
    scores.reserveCapacity(table.count * columns.count)
    for (index, fields) in table.enumerated().dropFirst() {
      func wrong(_ column: Int, _ problem: String) -> EnsembleError {
        .cell(file: source, row: index + 1, column: header[column], value: fields[column], problem: problem)
      }
      guard !fields[name].isEmpty else { throw wrong(name, "is empty; the name of the utterance is expected") }
      if let first = firstRow.updateValue(index + 1, forKey: fields[name]) {
        throw wrong(name, "is already in row \(first); each utterance has one row")
      }
      fileNames.append(fields[name])
      for column in columns {
        guard let value = Double(fields[column]), value.isFinite, Float(value).isFinite else {
          throw wrong(column, "is not a score; a finite number is expected")
        }
        scores.append(value)
      }
      for (attribute, column) in rated {
        let text = fields[column]
        guard let value = text.isEmpty ? Double.nan : Double(text), text.isEmpty || Float(value).isFinite else {
          throw wrong(column, "is not an attribute; a finite number is expected, or nothing")
        }
        attributes[attribute]?.append(value)
      }
      guard let letter else { continue }
      guard fields[letter].count == 1, let emotion = EmotionClass(letter: Character(fields[letter])),
        classes.contains(emotion)
      else {
        throw wrong(
          letter, "is not a class of the file; one of \(classes.map { String($0.letter) }.joined(separator: ", ")) is")
      }
      decisions.append(emotion)
    }
    guard !fileNames.isEmpty else { throw .file(source, problem: "has a header, but no row of scores") }
    self.init(
      source: source, classes: classes, fileNames: fileNames, scores: scores,
      decisions: letter == nil ? nil : decisions, attributes: attributes)
  }

  init(
    source: String, classes: [EmotionClass], fileNames: [String], scores: [Double], decisions: [EmotionClass]?,
    attributes: [Attribute: [Double]]
  ) {
    self.source = source
    self.classes = classes
    self.fileNames = fileNames
    self.scores = scores
    self.decisions = decisions
    self.attributes = attributes
  }

  /// Whether all is the same; attributes that are missing are the same as each other.
  public static func == (a: ScoreFile, b: ScoreFile) -> Bool {
    a.source == b.source && a.classes == b.classes && a.fileNames == b.fileNames && a.scores == b.scores
      && a.decisions == b.decisions && a.embeddings == b.embeddings
      && a.attributes.mapValues { $0.map(\.bitPattern) }
        == b.attributes.mapValues { $0.map(\.bitPattern) }
  }

  /// The rows of a CSV, the header first, all equally long. SwiftCSV alone pads short rows, drops what is too much and
  /// forgives an open quotation mark.
  private static func rows(of text: String, _ source: String) throws(EnsembleError) -> [[String]] {
    var text = text
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    guard text.utf8.reduce(0, { $1 == UInt8(ascii: "\"") ? $0 + 1 : $0 }).isMultiple(of: 2) else {
      throw .file(source, problem: "has an odd number of quotation marks; one of them is never closed")
    }
    // SwiftCSV loses an empty last field when nothing ends the last line.
    if text.utf8.last != UInt8(ascii: "\n") { text += "\n" }
    var rows: [[String]] = []
    do {
      try CSV<Unparsed>(string: text, delimiter: .comma, loadColumns: false)
        .enumerateAsArray(startAt: 0, rowLimit: nil) { rows.append($0) }
    } catch {
      throw .file(source, problem: "is not CSV after row \(rows.count): a field in quotation marks must end at a comma")
    }
    guard let header = rows.first, header.contains(where: { !$0.isEmpty }) else {
      throw .file(source, problem: "is empty; a header row with the names of the columns is expected")
    }
    if let index = rows.firstIndex(where: { $0.count != header.count }) {
      throw .file(
        source, problem: "row \(index + 1) has \(rows[index].count) fields, but the header has \(header.count)")
    }
    return rows
  }
}

/// SwiftCSV's views read the text a second time; rows are taken from the text itself.
private struct Unparsed: CSVView {
  typealias Row = [String]
  typealias Columns = [String]
  let rows: [Row] = []
  let columns: Columns? = nil
  init(header: [String], text: String, delimiter: CSVDelimiter, loadColumns: Bool, rowLimit: Int?) {}
  func serialize(header: [String], delimiter: CSVDelimiter) -> String { "" }
}
