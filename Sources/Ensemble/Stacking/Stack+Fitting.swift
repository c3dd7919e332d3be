import Basics
public import Emotion
public import Evaluation

/// How well a stack's forests do on the folds that they were not grown on.
public struct HeldOutScores: Codable, Equatable, Sendable {
  /// The utterances.
  public let count: Int
  /// The share told right.
  public let accuracy: Double
  /// Macro-F1 over the classes that occur.
  public let macroF1: Double
  /// Mean -ln p(true class), in nats.
  public let logLoss: Double
}

/// A stack, and what fitting it came to.
public struct StackFit: Sendable {
  /// The stack.
  public let stack: Stack
  /// Utterances in the files.
  public let utteranceCount: Int
  /// Those of them that have a class.
  public let labelledCount: Int
  /// Those that the forests saw, of each class; empty where models vote.
  public let perClass: [EmotionClass: Int]
  /// Scores on the folds; nil without folds.
  public let heldOut: HeldOutScores?
}

extension Stack {
  /// Fits a stack.
  ///
  /// Forests are grown on utterances with a class (`O` and `X` are left out): a balanced subset, divided into
  /// stratified folds, each forest on all folds but one.
  ///
  /// - Parameters:
  ///   - models: the scores of each model for the same utterances
  ///   - labels: a row for each of the utterances; nil is enough where models vote
  ///   - threads: how many threads work; nil takes all cores. The result does not depend on it.
  /// - Throws: `EnsembleError` where models, utterances, labels or settings do not fit
  public static func fit(
    _ models: [ModelScores], labels: ReferenceLabels?, settings: StackSettings = .init(), threads: Int? = nil
  ) throws -> StackFit {
    let inputs = try StackInputs(models)
    let described = models.map { StackConfiguration.Model(name: $0.name, kind: $0.table.kind) }
    func configuration(_ classes: [EmotionClass], _ forests: Int) -> StackConfiguration {
      StackConfiguration(
        classes: classes, inputs: inputs.classes, models: described, settings: settings, forests: forests)
    }
    guard settings.method == .forest else {
      return StackFit(
        stack: Stack(configuration: configuration(inputs.classes, 0), forests: []),
        utteranceCount: inputs.fileNames.count, labelledCount: 0, perClass: [:], heldOut: nil)
    }
    guard let labels else { throw EnsembleError.models("a forest needs labels to be grown on; there are none") }
    guard settings.folds >= 1 else {
      throw EnsembleError.setting(name: "the number of folds", value: "\(settings.folds)", allowed: "1 or more")
    }
    let labelled = try labelled(inputs, labels)
    let classes = EmotionClass.allCases.filter { emotion in
      inputs.classes.contains(emotion) || labelled.contains { $0.emotion == emotion }
    }
    guard !labelled.isEmpty else { throw EnsembleError.division("no utterance has a label that is one of the classes") }
    let places = labelled.map(\.place)
    let truth = labelled.map { classes.firstIndex(of: $0.emotion) ?? 0 }
    let chosen = try subset(truth, classes, settings)
    let features = try inputs.features(settings.scale, of: chosen.map { places[$0] })
    let targets = chosen.map { truth[$0] }
    let (forests, heldOut) = try grow(features, targets, classes, settings, threads)
    var perClass: [EmotionClass: Int] = [:]
    for target in targets { perClass[classes[target], default: 0] += 1 }
    return StackFit(
      stack: Stack(configuration: configuration(classes, forests.count), forests: forests),
      utteranceCount: inputs.fileNames.count, labelledCount: labelled.count, perClass: perClass, heldOut: heldOut)
  }

  /// The utterances that have a class. Throws `EnsembleError.mismatch` where labels lack an utterance, or have a class for
  /// one without scores.
  private static func labelled(
    _ inputs: StackInputs, _ labels: ReferenceLabels
  ) throws(EnsembleError) -> [(place: Int, emotion: EmotionClass)] {
    let rows = Dictionary(
      labels.rows.map { ($0.fileName, $0.consensus.emotion) }, uniquingKeysWith: { first, _ in first })
    let names = Set(inputs.fileNames)
    let missing = inputs.fileNames.filter { rows[$0] == nil }.sorted()
    let surplus = labels.rows.filter { $0.consensus.emotion != nil && !names.contains($0.fileName) }.map(\.fileName)
    guard missing.isEmpty, surplus.isEmpty else {
      throw .mismatch([UtteranceMismatch(file: "the labels file", missing: missing, surplus: surplus.sorted())])
    }
    return inputs.fileNames.enumerated().compactMap { place, name in
      rows[name].flatMap { $0 }.map { (place, $0) }
    }
  }

  private static func subset(
    _ truth: [Int], _ classes: [EmotionClass], _ settings: StackSettings
  ) throws(EnsembleError) -> [Int] {
    let perClass: Int?
    switch settings.subset {
    case .all: return Array(truth.indices)
    case .rarest: perClass = nil
    case .perClass(let count): perClass = count
    }
    var generator = SeededGenerator(seed: settings.forest.seed, 0)
    return try Division.balanced(truth, classCount: classes.count, perClass: perClass, &generator) {
      classes[$0].rawValue
    }
  }

  private static func grow(
    _ features: FeatureMatrix, _ targets: [Int], _ classes: [EmotionClass], _ settings: StackSettings, _ threads: Int?
  ) throws -> ([RandomForest], HeldOutScores?) {
    func forest(_ rows: [Int], _ fold: Int) throws -> RandomForest {
      var settings = settings.forest
      var seeds = SeededGenerator(seed: settings.seed, 2, fold)
      settings.seed = seeds.next()
      return try RandomForest(
        features.rows(rows), labels: rows.map { targets[$0] }, classCount: classes.count, settings: settings,
        threads: threads)
    }
    guard settings.folds > 1 else { return ([try forest(Array(targets.indices), 0)], nil) }
    var generator = SeededGenerator(seed: settings.forest.seed, 1)
    let folds = try Division.stratified(targets, classCount: classes.count, folds: settings.folds, &generator) {
      classes[$0].rawValue
    }
    var forests: [RandomForest] = []
    var probabilities: [[Double]] = []
    var truth: [Int] = []
    for fold in 0..<settings.folds {
      let grown = try forest(folds.indices.filter { folds[$0] != fold }, fold)
      let rest = folds.indices.filter { folds[$0] == fold }
      let told = try grown.probabilities(of: features.rows(rest), threads: threads)
      for (row, place) in rest.enumerated() {
        probabilities.append(Array(told[row * classes.count..<(row + 1) * classes.count]))
        truth.append(targets[place])
      }
      forests.append(grown)
    }
    let matrix = try ConfusionMatrix(
      labels: truth, predictions: probabilities.map { highest($0) }, classes: classes.map(\.rawValue))
    let metrics = try ClassMetrics(matrix)
    let scores = HeldOutScores(
      count: truth.count, accuracy: metrics.accuracy, macroF1: metrics.macroF1,
      logLoss: try ScoreMetrics.logLoss(probabilities: probabilities, labels: truth))
    return (forests, scores)
  }
}
