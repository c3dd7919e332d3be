import Basics
public import Corpora
import Crypto
import Emotion
public import Evaluation
import FeatureStore
public import Foundation
import Fusion
import NN
import Recognition
public import Tensors
public import Training

/// Trains one model by a recipe on a corpus, from audio to predictions and a bundle.
public struct TrainingRun {
  /// Something that a person who waits would like to see.
  public enum Event: Sendable {
    /// What is being done, as a sentence.
    case message(String)
    /// A model is being fetched.
    case fetching(Notice)
    /// Features are being made.
    case extraction(FeatureExtraction.Progress)
    /// The network is being trained.
    case training(Trainer.Event)
  }

  /// What came out.
  public struct Outcome: Sendable {
    /// Every epoch.
    public let history: [EpochRecord]
    /// The evaluation on the test split, or on the development split where the corpus has no other.
    public let evaluation: EvaluationReport
    /// The split evaluated.
    public let split: Split
    /// Where its predictions are.
    public let predictions: URL
    /// Clips that could not be used.
    public let failures: [FeatureExtraction.Failure]
  }

  let recipe: Recipe
  let corpus: Corpus
  let output: URL
  let features: URL
  let keepsScores: Bool
  let keepsEmbeddings: Bool
  let group: ProcessGroup?
  let report: (Event) -> Void
  private let teacher: Teacher?

  /// A run.
  ///
  /// - Parameters:
  ///   - output: `RUN/`
  ///   - features: the feature store; nil is `Features` in the corpus's folder
  ///   - keepsScores: whether `scores/SPLIT.csv` is written too, logits of all splits, for whoever stacks the model
  ///   - keepsEmbeddings: whether the vectors that these are made from are written beside them
  ///   - group: the processes that train together, each with all of this and the same files: rank 0 extracts and writes
  ///   - teacher: what the network learns from beside the labels, for a recipe with a share of it
  ///   - report: is told how it goes
  public init(
    _ recipe: Recipe, corpus: Corpus, output: URL, features: URL? = nil, keepsScores: Bool = false,
    keepsEmbeddings: Bool = false, group: ProcessGroup? = nil, teacher: Teacher? = nil,
    report: @escaping (Event) -> Void = { _ in }
  ) {
    self.recipe = recipe
    self.corpus = corpus
    self.output = output
    self.features = features ?? corpus.folder.appending(path: "Features")
    self.keepsScores = keepsScores
    self.keepsEmbeddings = keepsEmbeddings
    self.group = group
    self.teacher = teacher
    self.report = report
  }

  var leads: Bool { group?.leads ?? true }

  /// Does what one process does for all: rank 0, while the others wait and then get what came out.
  private func leading<Output: Codable>(_ body: () throws -> Output) throws -> Output {
    if let group { try group.leading(body) } else { try body() }
  }

  /// Runs, or goes on with what a killed run left if `resume`.
  public func run(resume: Bool = false) throws -> Outcome {
    let start = Date()
    try TrainingMemory.keep()
    guard (recipe.targets.teacherShare > 0) == (teacher != nil) else {
      throw RecipeError.value(
        key: "targets.teacher_share", problem: "a system's student has a teacher, and other models have none")
    }
    let recipeFile = output.appending(path: "recipe.yaml")
    let failures = try leading {
      if !resume, FileManager.default.fileExists(atPath: recipeFile.path) {
        throw RunError.outputExists(path: output.path)
      }
      try requireSameRecipe(recipeFile)
      removeLeftovers()
      return try extract()
    }
    let (sets, copies) = try (sets(), copySets())
    let failed = Set(failures.map(\.fileName))
    let usable = corpus.utterances.filter { !failed.contains($0.fileName) }
    let rule = try targetRule(usable)
    let identity = try identity(usable, rule, sets + copies.flatMap { $0 })
    if resume, let outcome = try leading({ try finished(identity, usable) }) { return outcome.with(failures) }
    let preparations = try prepare(usable, sets)
    let states = sets.map(\.encoder.stackedStates)
    let streams = recipe.streams.indices.map { i in
      CorpusData.Stream(
        features: sets[i], copies: copies.map { $0[i] }, preparation: preparations[i],
        masking: recipe.streams[i].masking, states: states[i]?.count ?? 1, dropout: recipe.streams[i].dropout)
    }
    let data = { (split: Split, smoothing: Double) in
      try CorpusData(
        usable.filter { $0.split == split },
        targets: TargetRule(
          votes: rule.votes, classes: rule.classes, attributes: rule.attributes, smoothing: smoothing,
          teacherShare: split == .train ? recipe.targets.teacherShare : 0, teacher: split == .train ? teacher : nil),
        streams: streams)
    }
    let generator = try Generator(seed: recipe.training.seed)
    let configuration = try recipe.modelConfiguration(
      inputs: zip(preparations, states).map { $0.outputWidth / ($1?.count ?? 1) },
      layers: zip(preparations, states).map { preparation, states in
        states.map { LayerMixing.Sizes(states: $0.count, width: preparation.inputWidth / $0.count) }
      }, classes: rule.classes.count, attributes: rule.attributes.count)
    let model = try configuration.make(.random(generator))
    report(
      .message("\(model.parameterCount) parameters, classes \(rule.classes.map(\.rawValue).joined(separator: " "))"))
    if leads { try AtomicFile.write(recipe.yaml(), to: recipeFile) }
    let trainer = try Trainer(
      model, generator: generator, plan: recipe.plan(), classes: rule.classes.map(\.rawValue),
      train: data(.train, recipe.targets.smoothing), dev: data(.development, 0), folder: output,
      identity: identity, group: group, report: { report(.training($0)) })
    let history = try trainer.run(resume: resume)
    let mixed = try layerShares(model, sets)
    for (stream, shares) in mixed { report(.message("layers of stream \(stream): \(shares)")) }

    let models = try FeatureExtraction(encoders(), into: features).models
    let bundle = ModelBundle(
      configuration: BundleConfiguration(
        model: configuration,
        streams: recipe.streams.indices.map {
          recipe.streams[$0].bundled(model: models[$0], preparation: preparations[$0].settings)
        },
        classes: rule.classes, attributes: rule.attributes,
        notes: ["corpus": corpus.folder.lastPathComponent, "training clips": "\(usable.count { $0.split == .train })"]
          .merging(mixed.map { ("layers of stream \($0)", $1) }) { first, _ in first }),
      model: model, preparations: preparations)
    if leads { try bundle.write(to: output.appending(path: "bundle")) }

    var evaluated: (Split, URL, EvaluationReport)?
    if keepsScores {
      let training = try data(.train, 0)
      for version in 0...copies.count { try writeScores(model, training.asVersion(version), version, rule) }
    }
    for split in Split.allCases where split != .train && usable.contains(where: { $0.split == split }) {
      let (url, evaluation) = try writePredictions(model, data(split, 0), split, rule)
      // The first test split is the one to report; development serves where there is none.
      if let evaluation, evaluated == nil || evaluated?.0 == .development { evaluated = (split, url, evaluation) }
    }
    if leads {
      try LabelColumns(usable.filter { $0.split != .train }, source: "labels.csv")
        .write(to: output.appending(path: "labels.csv"))
      try RunRecord(
        corpus: corpus, usable: usable, leftOut: failures.count, parameters: model.parameterCount,
        seconds: Date().timeIntervalSince(start), identity: identity
      ).write(output)
    }
    try group?.barrier()
    guard let (split, predictions, evaluation) = evaluated else { throw TrainingError.noClips(set: "test") }
    return Outcome(
      history: history, evaluation: evaluation, split: split, predictions: predictions, failures: failures)
  }

  /// A checkpoint of another recipe is refused before anything is written.
  private func requireSameRecipe(_ file: URL) throws {
    let checkpoint = output.appending(path: "checkpoints/last.safetensors")
    guard FileManager.default.fileExists(atPath: checkpoint.path), FileManager.default.fileExists(atPath: file.path),
      let difference = try recipe.difference(from: Recipe(contentsOf: file))
    else { return }
    throw RunError.otherRecipe(path: output.path, difference: difference)
  }

  /// Removes what a killed process wrote aside and never renamed: a checkpoint may be large.
  private func removeLeftovers() {
    for folder in ["", "checkpoints", "predictions", "scores", "bundle"].map({ output.appending(path: $0) }) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for name in names where name.hasPrefix(".") && name.hasSuffix(".part") {
        // One that can't be removed does no harm.
        try? FileManager.default.removeItem(at: folder.appending(path: name))
      }
    }
  }

  /// The classes are the recipe's, or those that the training split has.
  private func targetRule(_ utterances: [Utterance]) throws -> TargetRule {
    let training = utterances.filter { $0.split == .train }
    let present = Set(training.compactMap(\.consensus.emotion))
    let classes =
      recipe.targets.classes.isEmpty ? EmotionClass.allCases.filter(present.contains) : recipe.targets.classes
    guard classes.count >= 2 else {
      throw RunError.tooFewClasses(corpus: corpus.folder.path, found: classes.map(\.rawValue))
    }
    let unknown = EmotionClass.allCases.filter { emotion in
      !classes.contains(emotion) && utterances.contains { $0.consensus == .emotion(emotion) }
    }
    if !unknown.isEmpty {
      let names = unknown.map(\.rawValue).joined(separator: ", ")
      report(
        .message(
          (recipe.targets.classes.isEmpty ? "no training clip is of \(names)" : "the recipe leaves out \(names)")
            + ": clips of these classes outside the training split will count as mistakes"))
    }
    let rated = Attribute.allCases.filter { attribute in training.contains { $0.attributes[attribute] != nil } }
    return TargetRule(
      votes: try recipe.voteRule(), classes: classes, attributes: recipe.attributes(of: rated), smoothing: 0)
  }

  private func prepare(_ utterances: [Utterance], _ sets: [FeatureSet]) throws -> [StreamPreparation] {
    let training = utterances.filter { $0.split == .train }
    guard !training.isEmpty else { throw TrainingError.noClips(set: "training") }
    return try zip(recipe.streams, sets).map { stream, set in
      if stream.normalisation == .asIs {
        return try StreamPreparation(
          stack: stream.stack, leaving: set.features(of: training[0].fileName).size(1))
      }
      return try StreamPreparation(
        .init(normalisation: stream.normalisation, stack: stream.stack),
        clips: training.lazy.map { utterance in { try set.features(of: utterance.fileName) } })
    }
  }

  /// What a checkpoint must have been made of to be gone on with: the recipe, the encoders' code, and the clips with their
  /// splits and targets.
  private func identity(_ utterances: [Utterance], _ rule: TargetRule, _ sets: [FeatureSet]) throws -> String {
    var hash = SHA256()
    hash.update(data: Data(try recipe.yaml().utf8))
    for set in sets { hash.update(data: Data(try set.encoder.digest().utf8)) }
    for utterance in utterances {
      let target = try rule.target(utterance)
      hash.update(
        data: Data(
          "\(utterance.fileName)\t\(utterance.split.rawValue)\t\(target.consensus ?? -1)\t\(target.distribution ?? [])"
            .appending("\t\(target.attributes)\(target.known.map { "\t\($0)" } ?? "")\n").utf8))
    }
    if let teacher {
      for utterance in utterances where utterance.split == .train {
        for version in 0..<teacher.count {
          let shares = teacher.distribution(utterance.fileName, version: version, classes: rule.classes, known: nil)
          hash.update(data: Data("\(shares ?? [])".utf8))
        }
      }
    }
    return hash.finalize().prefix(8).map { String(format: "%02x", $0) }.joined()
  }

  /// Writes `predictions/SPLIT.csv` and evaluates it; nil where the split has no class labels.
  private func writePredictions(
    _ model: any EmotionModel, _ data: CorpusData, _ split: Split, _ rule: TargetRule
  ) throws
    -> (URL, EvaluationReport?)
  {
    let found = try predict(
      model, data, classCount: rule.classes.count, keepsEmbeddings: keepsEmbeddings, group: group)
    if keepsScores { try writeScores(found, data.utterances, scoresFile(split), rule) }
    let rows = zip(data.utterances, found).map { utterance, prediction in
      Prediction(
        fileName: utterance.fileName, probabilities: prediction.probabilities,
        emotion: rule.classes[prediction.best],
        attributes: Dictionary(uniqueKeysWithValues: zip(rule.attributes, prediction.attributes)))
    }
    let predictions = try Predictions(classes: rule.classes, rows: rows)
    let url = predictionsFile(split)
    if leads { try predictions.write(to: url) }
    guard data.utterances.contains(where: { $0.consensus.emotion != nil }) else { return (url, nil) }
    return (url, try EvaluationReport(predictions: predictions, labels: ReferenceLabels(data.utterances)))
  }
}

extension ReferenceLabels {
  /// The labels of utterances.
  init(_ utterances: [Utterance]) throws {
    try self.init(
      rows: utterances.map { utterance in
        Row(
          fileName: utterance.fileName, consensus: utterance.consensus,
          attributes: Dictionary(
            uniqueKeysWithValues: Attribute.allCases.compactMap { attribute in
              utterance.attributes[attribute].map { (attribute, $0) }
            }))
      })
  }
}
