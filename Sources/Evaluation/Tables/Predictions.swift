public import Emotion

/// What a model says of one utterance.
public struct Prediction: Equatable, Sendable {
  /// The utterance's name in the corpus, by which it is joined with its label.
  public var fileName: String
  /// One probability per class, in the order of `Predictions.classes`.
  public var probabilities: [Double]
  /// The class that the system decided on; not always the most probable one (votes, thresholds).
  public var emotion: EmotionClass
  /// Predicted attributes on the scale from 1 to 7, as far as the model has them.
  public var attributes: [Attribute: Double]

  /// A prediction with the decision given.
  public init(
    fileName: String, probabilities: [Double], emotion: EmotionClass, attributes: [Attribute: Double] = [:]
  ) {
    self.fileName = fileName
    self.probabilities = probabilities
    self.emotion = emotion
    self.attributes = attributes
  }
}

/// The predictions of one model for a set of utterances: the content of a predictions file.
///
/// A value that exists is sound: names are present and unique, probabilities are in 0...1 and sum to one within
/// `sumTolerance`, each decision is one of `classes`.
public struct Predictions: Equatable, Sendable {
  /// The classes that the model knows, in the order of `Prediction.probabilities`.
  public let classes: [EmotionClass]
  /// One row per utterance, names unique.
  public let rows: [Prediction]

  /// How far from one the probabilities of a row may sum.
  public static let sumTolerance = 1e-3

  /// Checks and keeps the rows.
  ///
  /// - Throws: `EvaluationError` that names the row (the first is row 2, as in the file) and the value.
  public init(classes: [EmotionClass], rows: [Prediction]) throws(EvaluationError) {
    try self.init(classes: classes, rows: rows, source: "predictions")
  }

  init(classes: [EmotionClass], rows: [Prediction], source: String) throws(EvaluationError) {
    guard !classes.isEmpty, Set(classes).count == classes.count else {
      throw .file(source, problem: "must have at least one class, each once; there are \(classes.map(\.rawValue))")
    }
    var firstRow: [String: Int] = [:]
    for (index, row) in rows.enumerated() {
      let number = index + 2
      func wrong(_ column: String, _ value: String, _ problem: String) -> EvaluationError {
        .cell(file: source, row: number, column: column, value: value, problem: problem)
      }
      guard !row.fileName.isEmpty else {
        throw wrong("FileName", "", "is empty; the name of the utterance is expected")
      }
      if let first = firstRow.updateValue(number, forKey: row.fileName) {
        throw wrong("FileName", row.fileName, "is already in row \(first); each file has one row")
      }
      guard row.probabilities.count == classes.count else {
        throw .row(
          file: source, row: number,
          problem: "has \(row.probabilities.count) probabilities for \(classes.count) classes")
      }
      for (emotion, probability) in zip(classes, row.probabilities) where !(0...1).contains(probability) {
        throw wrong(emotion.rawValue, "\(probability)", "is not a probability; a number from 0 to 1 is expected")
      }
      let sum = row.probabilities.reduce(0, +)
      guard abs(sum - 1) <= Self.sumTolerance else {
        throw .row(
          file: source, row: number,
          problem:
            "the probabilities of '\(row.fileName)' sum to \(sum); they must sum to 1 within \(Self.sumTolerance)")
      }
      guard classes.contains(row.emotion) else {
        throw wrong(
          "EmoClass", String(row.emotion.letter),
          "is not one of the classes that have a column (\(Self.letters(classes)))")
      }
      for attribute in Attribute.allCases {
        guard let value = row.attributes[attribute], !value.isFinite else { continue }
        throw wrong(
          attribute.column, "\(value)", "is not a finite number; leave the field empty where there is no prediction")
      }
    }
    self.classes = classes
    self.rows = rows
  }

  static func letters(_ classes: [EmotionClass]) -> String {
    classes.map { "\($0.letter) \($0.rawValue)" }.joined(separator: ", ")
  }
}
