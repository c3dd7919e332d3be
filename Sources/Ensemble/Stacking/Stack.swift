public import Emotion
public import Evaluation

/// Several models brought together: forests or linear layers on their scores, or a vote. It needs nothing but prediction
/// files, so that models of any make can be stacked.
public struct Stack: Equatable, Sendable {
  let configuration: StackConfiguration
  /// One for each fold; none for other methods.
  public let forests: [RandomForest]
  /// One for each fold, a soup being one; none for other methods.
  public let classifiers: [MetaClassifier]

  init(configuration: StackConfiguration, forests: [RandomForest] = [], classifiers: [MetaClassifier] = []) {
    self.configuration = configuration
    self.forests = forests
    self.classifiers = classifiers
  }

  /// The classes that the stack tells apart.
  public var classes: [EmotionClass] { configuration.classes }
  /// The names of the models, in the order in which their scores are taken.
  public var modelNames: [String] { configuration.models.map(\.name) }
  /// What each class's probability is multiplied by before the most probable class is decided on, in the order of
  /// `classes`; nil for nothing.
  public var factors: [Double]? { configuration.factors }
  /// How it was fitted.
  public var settings: StackSettings { configuration.settings }

  /// Whether it needs the embeddings beside the models' scores.
  public var usesEmbeddings: Bool { configuration.models.contains { $0.embedding != nil } }

  /// What each score (`model class`) took from the Gini impurity, averaged over the forests, in the order of the
  /// features; empty for other methods.
  public var importances: [(name: String, share: Double)] {
    guard !forests.isEmpty else { return [] }
    return configuration.featureNames.enumerated().map { i, name in
      (name, forests.reduce(0) { $0 + $1.importances[i] } / Double(forests.count))
    }
  }

  /// What the stack says of utterances.
  ///
  /// Probabilities are the mean over forests or classifiers, and the decision is the most probable class. Of a majority
  /// vote, a probability is the share of the models that decide on the class. Where the stack has factors of its classes,
  /// probabilities are multiplied by them and sum to 1 again. Attributes are the classifiers' own, or
  /// where models vote the mean of theirs.
  ///
  /// - Parameters:
  ///   - models: the models that the stack was fitted with, in any order, found by their names; those that it did not
  ///     keep may be there
  ///   - threads: how many threads work; nil takes all cores
  /// - Returns: a row for each utterance, in the order of the stack's first model
  /// - Throws: `EnsembleError` where models or utterances do not fit
  public func predictions(_ models: [ModelScores], threads: Int? = nil) throws -> Predictions {
    let inputs = try StackInputs(try ordered(models))
    guard !settings.method.isVote else {
      return try Predictions(classes: classes, rows: inputs.fileNames.indices.map { decided(vote(inputs, $0)) })
    }
    let features = try inputs.features(
      settings.scale, configuration.models, of: Array(inputs.fileNames.indices))
    let told = try outputs(of: features, threads: threads)
    let rated = configuration.attributes
    let rows = inputs.fileNames.enumerated().map { row, name in
      let probabilities = Array(told.probabilities[row * classes.count..<(row + 1) * classes.count])
      let values = told.attributes[row * rated.count..<(row + 1) * rated.count]
      return decided(
        Prediction(
          fileName: name, probabilities: probabilities, emotion: classes[highest(probabilities)],
          attributes: Dictionary(zip(rated, values), uniquingKeysWith: { first, _ in first })))
    }
    return try Predictions(classes: classes, rows: rows)
  }

  /// The mean over forests or classifiers.
  private func outputs(of features: FeatureMatrix, threads: Int?) throws -> MetaClassifier.Outputs {
    let parts =
      try forests.map { MetaClassifier.Outputs(probabilities: try $0.probabilities(of: features, threads: threads)) }
      + classifiers.map { try $0.outputs(of: features, threads: threads) }
    return MetaClassifier.Outputs(
      probabilities: Self.mean(parts.map(\.probabilities)), attributes: Self.mean(parts.map(\.attributes)))
  }

  private static func mean(_ parts: [[Double]]) -> [Double] {
    guard var sum = parts.first else { return [] }
    for part in parts.dropFirst() { for i in sum.indices { sum[i] += part[i] } }
    return sum.map { $0 / Double(parts.count) }
  }

  private func vote(_ inputs: StackInputs, _ place: Int) -> Prediction {
    let share = 1 / Double(inputs.models.count)
    var mean = [Double](repeating: 0, count: classes.count)
    for probabilities in inputs.probabilities(place) {
      for c in mean.indices { mean[c] += probabilities[c] * share }
    }
    var (probabilities, winner) = (mean, highest(mean))
    if settings.method == .majority {
      var votes = [Double](repeating: 0, count: classes.count)
      for model in inputs.models.indices { votes[inputs.decision(model, place)] += 1 }
      let most = votes.max() ?? 0
      winner = highest(votes.indices.map { votes[$0] == most ? mean[$0] : -1 })
      probabilities = votes.map { $0 * share }
    }
    return Prediction(
      fileName: inputs.fileNames[place], probabilities: probabilities, emotion: classes[winner],
      attributes: inputs.attributes(place))
  }

  /// The models in the stack's order, each of the kind that it was fitted with.
  func ordered(_ models: [ModelScores]) throws(EnsembleError) -> [ModelScores] {
    var given: [String: ModelScores] = [:]
    for model in models {
      if given.updateValue(model, forKey: model.name) != nil {
        throw .models("two models have the name '\(model.name)'; each has a name of its own")
      }
    }
    let names = modelNames
    let known = Set(names + configuration.passedOver)
    guard names.allSatisfy({ given[$0] != nil }), models.allSatisfy({ known.contains($0.name) }) else {
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
      guard kind == model.kind || settings.method.isVote || settings.scale != .asIs else {
        throw .models(
          "\(scores.table.source) holds \(kind.rawValue), but the stack was fitted with \(model.kind.rawValue) of "
            + "\(model.name)")
      }
      ordered.append(scores)
    }
    return ordered
  }
}
