import Basics
import Corpora
import Evaluation
public import Foundation
import Tensors
import Training

/// `affect train`
public struct TrainCommand {
  /// What to do.
  public struct Options {
    /// A recipe's file, or the name of one that Affect brings along.
    public var recipe: String
    /// `KEY=VALUE` changes to the recipe.
    public var settings: [String] = []
    /// The corpus's folder.
    public var corpus: URL
    /// `RUN/`
    public var output: URL
    /// The feature store; nil is `Features` in the corpus's folder.
    public var features: URL?
    /// Whether to go on with what a killed run left.
    public var resume = false
    /// Train once for each of so many speaker-disjoint folds instead of on the corpus's own splits.
    public var folds: Int?
    /// The name of a split in the corpus's `Splits/`, in place of its own.
    public var split: String?
    /// `I/N`: this process's share of a system's models, from `0/N`; nil trains them all.
    public var shard: String?

    /// Options with the required ones.
    public init(recipe: String, corpus: URL, output: URL) {
      self.recipe = recipe
      self.corpus = corpus
      self.output = output
    }
  }

  private let options: Options
  private let group: ProcessGroup?
  private let report: (Notice) -> Void

  /// A command that tells `report` how it goes. Where a launcher such as `torchrun` started several processes, it waits
  /// until all are there, and rank 0 alone reports.
  ///
  /// - Parameter whenLost: called where another of the processes was lost and this one may wait for it for ever; it should
  ///   end the process.
  /// - Throws: `RankEnvironmentError` or `ProcessGroupError`
  public init(
    _ options: Options, whenLost: (@Sendable (String) -> Void)? = nil, report: @escaping (Notice) -> Void
  ) throws {
    self.options = options
    group = try RankEnvironment.read().map { try ProcessGroup($0, whenLost: whenLost) }
    self.report = group?.leads ?? true ? report : { _ in }
  }

  /// Trains, and gives the evaluation; nil for a rank other than 0, which has nothing to say.
  public func run() throws -> CommandResult? {
    guard let group else { return try train() }
    report(.line("\(group.ranks) processes train together"))
    let result = try group.announcingFailure(train)
    // Nobody leaves before the last file is written.
    try group.barrier()
    return group.leads ? result : nil
  }

  private func train() throws -> CommandResult {
    let file = try Self.file(options.recipe)
    let tree = try Recipe.tree(yaml: Recipe.text(of: file), source: file.path)
    // Recipes first: what is wrong with them is said before a corpus is read.
    let isSystem = SystemRecipe.describes(tree)
    let system = isSystem ? try SystemRecipe(tree, source: file.path, settings: options.settings) : nil
    let recipe = isSystem ? Recipe() : try Recipe(contentsOf: file, settings: options.settings)
    let share = try share(of: system)
    var corpus = try Corpus(contentsOf: options.corpus, including: .all)
    if let split = options.split {
      corpus = try Holdout(contentsOf: options.corpus.appending(path: "Splits/\(split).csv")).view(of: corpus)
    }
    if let system { return try train(system, corpus, share) }
    guard let count = options.folds else {
      let outcome = try train(recipe, corpus, output: options.output)
      return try CommandResult(text: Self.text(outcome, options.output), json: outcome.evaluation)
    }
    return try crossValidate(recipe, corpus, count: count)
  }

  private func train(
    _ system: SystemRecipe, _ corpus: Corpus, _ share: (index: Int, count: Int)?
  ) throws -> CommandResult {
    var choices = SystemRun.Options()
    choices.features = options.features
    choices.resume = options.resume
    choices.share = share
    return try SystemRun(
      system, corpus: corpus, output: options.output, options: choices, group: group, report: report
    ).run()
  }

  /// This process's share of a system's models. Throws `TrainUsage` for options that do not go together.
  private func share(of system: SystemRecipe?) throws -> (index: Int, count: Int)? {
    if system != nil, options.folds != nil {
      throw TrainUsage(
        "--folds is for the recipe of one model; a system has folds for its stacks (inputs: out-of-fold)")
    }
    if system?.student != nil, group != nil {
      throw TrainUsage(
        "a system with a student is trained by one process at a time; --shard shares its models out among machines")
    }
    guard let text = options.shard else { return nil }
    guard system != nil else { throw TrainUsage("--shard is for the recipe of a system, whose models it shares out") }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count > 0, (0..<count).contains(index) else {
      throw TrainUsage("--shard \(text): I/N is expected, with I from 0 to N - 1, such as 0/2 and 1/2")
    }
    return (index, count)
  }

  /// A model's recipe by the path of its file or by the name of one that Affect brings along.
  package static func recipe(_ name: String, settings: [String] = []) throws -> Recipe {
    try Recipe(contentsOf: file(name), settings: settings)
  }

  /// A system's recipe by the path of its file or by the name of one that Affect brings along.
  package static func system(_ name: String, settings: [String] = []) throws -> SystemRecipe {
    try SystemRecipe(contentsOf: file(name), settings: settings)
  }

  /// The file of a recipe by its path or by the name of one that Affect brings along.
  private static func file(_ name: String) throws -> URL {
    // A folder of the name is not meant: `affect train quick --output quick` works twice.
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: name, isDirectory: &isFolder), !isFolder.boolValue {
      return URL(filePath: name)
    }
    guard let folder = Bundle.module.url(forResource: "recipes", withExtension: nil) else {
      throw RecipeError.file(path: name, problem: "there is no such file")
    }
    // `recipes/quick.yaml` is how the repository's own documents name it, wherever the command is run.
    let bare = name.hasPrefix("recipes/") ? String(name.dropFirst("recipes/".count)) : name
    let url = folder.appending(path: bare.hasSuffix(".yaml") ? bare : bare + ".yaml")
    guard FileManager.default.fileExists(atPath: url.path), !bare.contains("/") else {
      let known = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      throw RecipeError.file(
        path: name,
        problem: "there is no such file, nor a recipe of that name; there are "
          + known.map { $0.replacingOccurrences(of: ".yaml", with: "") }.sorted().joined(separator: ", "))
    }
    return url
  }

  private func train(_ recipe: Recipe, _ corpus: Corpus, output: URL) throws -> TrainingRun.Outcome {
    let features = options.features ?? options.corpus.appending(path: "Features")
    let reporter = RunReporter(recipe, report: report)
    return try TrainingRun(
      recipe, corpus: corpus, output: output, features: features, group: group, report: reporter.relay
    )
    .run(resume: options.resume)
  }

  private func crossValidate(_ recipe: Recipe, _ corpus: Corpus, count: Int) throws -> CommandResult {
    let start = Date()
    let folds = try SpeakerFolds(of: corpus, count: count)
    var results: [FoldSummary.Fold] = []
    var tested: [(predictions: Predictions, labels: ReferenceLabels)] = []
    var utterances: [Utterance] = []
    for fold in 0..<count {
      let output = options.output.appending(path: "fold-\(fold)")
      let view = try folds.view(fold, of: corpus)
      report(.line("fold \(fold), number \(fold + 1) of \(count)"))
      let outcome = try train(recipe, view, output: output)
      results.append(
        .init(
          fold: fold, uar: outcome.evaluation.uar, macroF1: outcome.evaluation.macroF1, count: outcome.evaluation.count)
      )
      tested.append((try Predictions(contentsOf: outcome.predictions), try ReferenceLabels(view[.test1])))
      let failed = Set(outcome.failures.map(\.fileName))
      utterances += view[.test1].filter { !failed.contains($0.fileName) }
      report(
        .line("fold \(fold): UAR \(decimals(outcome.evaluation.uar)), Macro-F1 \(decimals(outcome.evaluation.macroF1))")
      )
    }
    let merged = try Self.merged(tested)
    let all = options.output.appending(path: "predictions/folds.csv")
    let leads = group?.leads ?? true
    if leads {
      try merged.predictions.write(to: all)
      try LabelColumns(utterances, source: "labels.csv").write(to: options.output.appending(path: "labels.csv"))
      try RunRecord(
        corpus: corpus, usable: utterances, leftOut: corpus.utterances.count - utterances.count, parameters: 0,
        seconds: Date().timeIntervalSince(start)
      ).write(options.output)
    }
    let pooled = try EvaluationReport(predictions: merged.predictions, labels: merged.labels)
    let summary = FoldSummary(folds: results, pooled: pooled, seconds: Date().timeIntervalSince(start))
    if leads { try AtomicFile.write(CommandResult.encode(summary), to: options.output.appending(path: "folds.json")) }
    return try CommandResult(text: summary.text + "predictions: \(all.path)\n", json: summary)
  }

  /// One set of predictions of all folds. A class that a fold's model does not know has probability 0 there.
  private static func merged(
    _ parts: [(predictions: Predictions, labels: ReferenceLabels)]
  ) throws -> (
    predictions: Predictions, labels: ReferenceLabels
  ) {
    let known = Set(parts.flatMap(\.predictions.classes))
    let classes = known.sorted()
    let rows = parts.flatMap { part in
      part.predictions.rows.map { row in
        let shares = Dictionary(uniqueKeysWithValues: zip(part.predictions.classes, row.probabilities))
        return Prediction(
          fileName: row.fileName, probabilities: classes.map { shares[$0] ?? 0 }, emotion: row.emotion,
          attributes: row.attributes)
      }
    }
    return (
      try Predictions(classes: classes, rows: rows), try ReferenceLabels(rows: parts.flatMap(\.labels.rows))
    )
  }

  private static func text(_ outcome: TrainingRun.Outcome, _ output: URL) -> String {
    """
    \(outcome.split.rawValue), \(outcome.evaluation.text)
    predictions: \(outcome.predictions.path)
    bundle: \(output.appending(path: "bundle").path)

    """
  }
}

/// Options of `affect train` that make no sense together.
public struct TrainUsage: Error, Equatable, CustomStringConvertible {
  /// What is wrong, and what would be right.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// What the folds came to.
struct FoldSummary: Encodable {
  struct Fold: Encodable {
    let fold: Int
    let uar: Double
    let macroF1: Double
    let count: Int
  }

  let folds: [Fold]
  let meanUAR: Double
  let meanMacroF1: Double
  let pooled: EvaluationReport
  let seconds: Double

  init(folds: [Fold], pooled: EvaluationReport, seconds: Double) {
    self.folds = folds
    meanUAR = folds.map(\.uar).reduce(0, +) / Double(folds.count)
    meanMacroF1 = folds.map(\.macroF1).reduce(0, +) / Double(folds.count)
    self.pooled = pooled
    self.seconds = seconds
  }

  var text: String {
    let rows = folds.map {
      "fold \($0.fold): UAR \(decimals($0.uar)), Macro-F1 \(decimals($0.macroF1)), \($0.count) clips"
    }
    return
      (rows + [
        "mean of folds: UAR \(decimals(meanUAR)), Macro-F1 \(decimals(meanMacroF1)); \(spoken(seconds: seconds))",
        "all folds' test clips together: \(pooled.text)",
      ]).joined(separator: "\n")
  }
}
