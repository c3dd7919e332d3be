import Emotion
import Foundation

/// The scores of all models for the same utterances.
struct StackInputs {
  let models: [ModelScores]
  /// In the order of the first model.
  let fileNames: [String]
  private let orders: [[Int]]
  private let kinds: [ScoreFile.Kind]

  /// The classes that every model scores.
  var classes: [EmotionClass] { models[0].table.classes }

  /// Throws `EnsembleError` where models have the same name, other classes or other utterances.
  init(_ models: [ModelScores]) throws(EnsembleError) {
    guard let first = models.first else { throw .models("a stack needs the scores of at least one model") }
    var names: Set<String> = []
    for model in models {
      guard names.insert(model.name).inserted else {
        throw .models("two models have the name '\(model.name)'; each has a name of its own")
      }
      guard model.table.classes == first.table.classes else {
        throw .models(
          "\(model.table.source) has the classes \(ModelScores.list(model.table.classes)), but \(first.table.source) "
            + "has \(ModelScores.list(first.table.classes)); all models score the same classes")
      }
    }
    self.models = models
    fileNames = first.table.fileNames
    orders = try Alignment(models.map(\.table)).orders
    kinds = models.map(\.table.kind)
  }

  /// The models as a stack remembers them.
  ///
  /// - Parameters:
  ///   - usesAttributes: whether the attributes that a model has for all utterances are among the features
  ///   - usesEmbeddings: whether its embeddings are
  func described(usesAttributes: Bool, usesEmbeddings: Bool) -> [StackConfiguration.Model] {
    zip(models, kinds).map { model, kind in
      StackConfiguration.Model(
        name: model.name, kind: kind, attributes: usesAttributes ? model.table.wholeAttributes : [],
        embedding: usesEmbeddings ? model.table.embeddings?.width : nil)
    }
  }

  /// The columns of all models side by side, for the utterances at these places. Attributes come as (a - 4) / 3, from -1
  /// to 1 on their scale.
  ///
  /// - Parameter described: the models as the stack remembers them, in the order of these
  func features(
    _ scale: ScoreScale, _ described: [StackConfiguration.Model], of chosen: [Int]
  ) throws(EnsembleError) -> FeatureMatrix {
    let width = classes.count
    let columns = described.reduce(0) { $0 + $1.width(classes: width) }
    var values = [Float](repeating: 0, count: chosen.count * columns)
    var start = 0
    for (m, model) in models.enumerated() {
      for (row, place) in chosen.enumerated() {
        let scores = scaled(model.table, kinds[m], orders[m][place], scale)
        for c in 0..<width { values[row * columns + start + c] = Float(scores[c]) }
      }
      start += width
      for attribute in described[m].attributes {
        let rated = model.table.attributes[attribute]
        for (row, place) in chosen.enumerated() {
          guard let value = rated?[orders[m][place]], !value.isNaN else {
            throw .models(
              "\(model.table.source) has no \(attribute.column) for '\(fileNames[place])'; the stack takes it from every "
                + "utterance of \(model.name)")
          }
          values[row * columns + start] = Float((value - 4) / 3)
        }
        start += 1
      }
      guard let vector = described[m].embedding else { continue }
      guard let embeddings = model.table.embeddings, embeddings.width == vector else {
        throw .models(
          "the stack takes embeddings of \(vector) numbers from \(model.name), and \(model.table.source) comes with "
            + (model.table.embeddings.map { "\($0.width)" } ?? "none"))
      }
      for (row, place) in chosen.enumerated() {
        let source = orders[m][place] * vector
        values.replaceSubrange(
          row * columns + start..<row * columns + start + vector, with: embeddings.values[source..<source + vector])
      }
      start += vector
    }
    return try FeatureMatrix(values, columns: columns)
  }

  /// Each model's probabilities for an utterance.
  func probabilities(_ place: Int) -> [[Double]] {
    models.indices.map { scaled(models[$0].table, kinds[$0], orders[$0][place], .probabilities) }
  }

  /// A model's decision for an utterance, as an index into `classes`: its own, else the class of the highest score.
  func decision(_ model: Int, _ place: Int) -> Int {
    let row = orders[model][place]
    if let own = models[model].table.decisions?[row] { return classes.firstIndex(of: own) ?? 0 }
    return highest(models[model].table.scores[row * classes.count..<(row + 1) * classes.count])
  }

  /// The mean of the models' attributes for an utterance, as far as all of them have it.
  func attributes(_ place: Int) -> [Attribute: Double] {
    var means: [Attribute: Double] = [:]
    for attribute in Attribute.allCases {
      let values = models.indices.compactMap { models[$0].table.attributes[attribute]?[orders[$0][place]] }
      guard values.count == models.count, values.allSatisfy({ !$0.isNaN }) else { continue }
      means[attribute] = values.reduce(0, +) / Double(values.count)
    }
    return means
  }

  private func scaled(_ table: ScoreFile, _ kind: ScoreFile.Kind, _ row: Int, _ scale: ScoreScale) -> [Double] {
    let scores = table.scores[row * classes.count..<(row + 1) * classes.count]
    guard scale != .asIs else { return Array(scores) }
    var probabilities: [Double]
    switch kind {
    // Rounded to a few digits, as they may be, they do not sum to 1 exactly.
    case .probabilities: probabilities = Array(scores)
    case .logits:
      let top = scores.max() ?? 0
      probabilities = scores.map { exp($0 - top) }
    }
    let sum = probabilities.reduce(0, +)
    probabilities = probabilities.map { $0 / sum }
    return scale == .probabilities ? probabilities : probabilities.map { log(max($0, 1e-12)) }
  }
}

/// The place of the highest number, the first among equal ones, from 0.
func highest(_ numbers: some RandomAccessCollection<Double>) -> Int {
  var best = (place: 0, value: -Double.infinity)
  for (place, value) in numbers.enumerated() where value > best.value { best = (place, value) }
  return best.place
}
