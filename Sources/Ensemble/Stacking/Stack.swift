public import Emotion
public import Evaluation

/// Several models brought together: forests on their scores, or a vote. It needs nothing but prediction files, so that
/// models of any make can be stacked.
public struct Stack: Equatable, Sendable {
  let configuration: StackConfiguration
  /// One for each fold; none where models vote.
  public let forests: [RandomForest]

  init(configuration: StackConfiguration, forests: [RandomForest]) {
    self.configuration = configuration
    self.forests = forests
  }

  /// The classes that the stack tells apart.
  public var classes: [EmotionClass] { configuration.classes }
  /// The names of the models, in the order in which their scores are taken.
  public var modelNames: [String] { configuration.models.map(\.name) }
  /// How it was fitted.
  public var settings: StackSettings { configuration.settings }

  /// What each score (`model class`) took from the Gini impurity, averaged over the forests, in the order of the
  /// features; empty where models vote.
  public var importances: [(name: String, share: Double)] {
    guard !forests.isEmpty else { return [] }
    let names = configuration.models.flatMap { model in configuration.inputs.map { "\(model.name) \($0.rawValue)" } }
    return names.enumerated().map { i, name in
      (name, forests.reduce(0) { $0 + $1.importances[i] } / Double(forests.count))
    }
  }

  /// What the stack says of utterances.
  ///
  /// A forest's probabilities are the mean over the forests, and its decision the most probable class. Of a majority
  /// vote, a probability is the share of the models that decide on the class.
  ///
  /// - Parameters:
  ///   - models: the models that the stack was fitted with, in any order, found by their names
  ///   - threads: how many threads work; nil takes all cores
  /// - Returns: a row for each utterance, in the order of the stack's first model
  /// - Throws: `EnsembleError` where models or utterances do not fit
  public func predictions(_ models: [ModelScores], threads: Int? = nil) throws -> Predictions {
    let inputs = try StackInputs(try ordered(models))
    let rows: [Prediction]
    if configuration.settings.method == .forest {
      let features = try inputs.features(configuration.settings.scale, of: Array(inputs.fileNames.indices))
      let means = try Self.mean(forests.map { forest in try forest.probabilities(of: features, threads: threads) })
      rows = inputs.fileNames.enumerated().map { row, name in
        let probabilities = Array(means[row * classes.count..<(row + 1) * classes.count])
        return Prediction(fileName: name, probabilities: probabilities, emotion: classes[highest(probabilities)])
      }
    } else {
      rows = vote(inputs)
    }
    return try Predictions(classes: classes, rows: rows)
  }

  private static func mean(_ parts: [[Double]]) -> [Double] {
    guard var sum = parts.first else { return [] }
    for part in parts.dropFirst() { for i in sum.indices { sum[i] += part[i] } }
    return sum.map { $0 / Double(parts.count) }
  }

  private func vote(_ inputs: StackInputs) -> [Prediction] {
    let kinds = inputs.models.map(\.table.kind)
    let share = 1 / Double(inputs.models.count)
    return inputs.fileNames.enumerated().map { place, name in
      var mean = [Double](repeating: 0, count: classes.count)
      for probabilities in inputs.probabilities(place, kinds) {
        for c in mean.indices { mean[c] += probabilities[c] * share }
      }
      guard configuration.settings.method == .majority else {
        return Prediction(fileName: name, probabilities: mean, emotion: classes[highest(mean)])
      }
      var votes = [Double](repeating: 0, count: classes.count)
      for model in inputs.models.indices { votes[inputs.decision(model, place)] += 1 }
      let most = votes.max() ?? 0
      let winner = highest(votes.indices.map { votes[$0] == most ? mean[$0] : -1 })
      return Prediction(fileName: name, probabilities: votes.map { $0 * share }, emotion: classes[winner])
    }
  }

  /// The models in the stack's order, each of the kind that it was fitted with.
  private func ordered(_ models: [ModelScores]) throws(EnsembleError) -> [ModelScores] {
    let given = Dictionary(models.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = modelNames
    guard models.count == names.count, given.count == names.count, names.allSatisfy({ given[$0] != nil }) else {
      throw .models(
        "the stack was fitted with \(names.count) models (\(names.joined(separator: ", "))), but is given "
          + "\(models.count) (\(models.map(\.name).joined(separator: ", ")))")
    }
    var ordered: [ModelScores] = []
    for model in configuration.models {
      guard let scores = given[model.name] else { continue }
      guard scores.table.classes == configuration.inputs else {
        throw .models(
          "\(scores.table.source) has the classes \(ModelScores.list(scores.table.classes)); the stack was fitted with "
            + ModelScores.list(configuration.inputs))
      }
      let kind = scores.table.kind
      guard kind == model.kind || settings.method != .forest || settings.scale != .asIs else {
        throw .models(
          "\(scores.table.source) holds \(kind.rawValue), but the stack was fitted with \(model.kind.rawValue) of "
            + "\(model.name)")
      }
      ordered.append(scores)
    }
    return ordered
  }
}
