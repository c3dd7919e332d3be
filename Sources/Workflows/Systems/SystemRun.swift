import Basics
public import Corpora
import Emotion
import Ensemble
import Evaluation
import FeatureStore
public import Foundation
import Recognition
public import Tensors
import Training

/// Trains all models of a system in turn, each a run of its own in `RUN/models/`, and brings them together in `RUN/stacks/`.
///
/// Models that are finished are kept, one that was killed goes on from its last checkpoint, and stacks, which take seconds
/// and come to the same each time, are fitted anew.
public struct SystemRun {
  /// What can be chosen.
  public struct Options: Sendable {
    /// The feature store that all models share; nil is `Features` in the corpus's folder.
    public var features: URL?
    /// Whether to go on with what is there.
    public var resume = false
    /// This process's share of the models: `0/2` and `1/2` on two machines with the same output folder.
    public var share: (index: Int, count: Int)?

    /// A run of all models on this machine.
    public init() {}
  }

  private let recipe: SystemRecipe
  private let corpus: Corpus
  private let output: URL
  private let options: Options
  private let group: ProcessGroup?
  private let report: (Notice) -> Void

  /// A run in the folder `output`.
  ///
  /// - Parameter group: processes that train each model together
  public init(
    _ recipe: SystemRecipe, corpus: Corpus, output: URL, options: Options = Options(), group: ProcessGroup? = nil,
    report: @escaping (Notice) -> Void
  ) {
    (self.recipe, self.corpus, self.output) = (recipe, corpus, output)
    (self.options, self.group, self.report) = (options, group, report)
  }

  private var leads: Bool { group?.leads ?? true }

  /// Trains what is to be trained by this process, then, if all models are there, stacks and tables.
  ///
  /// - Returns: the tables, or which models are still missing
  public func run() throws -> CommandResult {
    let start = Date()
    if leads { try FolderLock.held(output, claim) }
    try group?.barrier()
    let work = try work()
    let mine = options.share.map { share in
      work.enumerated().filter { $0.offset % share.count == share.index }.map(\.element)
    }
    for (number, job) in (mine ?? work).enumerated() {
      report(.line("\(job.name), number \(number + 1) of \((mine ?? work).count): \(job.about)"))
      try train(job)
    }
    let missing = try work.filter { try !isFinished($0) }
    guard missing.isEmpty else {
      return try CommandResult(
        text:
          "this share's models are trained; \(missing.map(\.name).joined(separator: ", ")) are not finished. When they "
          + "are, the same command with --resume and without --shard brings all together\n",
        json: ["missing": missing.map(\.name)])
    }
    guard leads else { return try CommandResult(text: "", json: [String: String]()) }
    return try FolderLock.held(output) {
      try removeLeftovers()
      return try SystemStacking(recipe, corpus: corpus, output: output, report: report, teach: teach).run(since: start)
    }
  }

  /// Removes what a killed process wrote aside and never renamed. Whoever writes beside the models' folders holds the
  /// lock, so that nothing is taken from another process that is still at work.
  private func removeLeftovers() throws {
    let files = FileManager.default
    for name in try files.contentsOfDirectory(atPath: output.path) where name != "models" {
      let folder = output.appending(path: name)
      let below = (try? files.subpathsOfDirectory(atPath: folder.path)) ?? []
      for file in [folder] + below.map({ folder.appending(path: $0) }) {
        let name = file.lastPathComponent
        // One that can't be removed does no harm.
        if name.hasPrefix("."), name.hasSuffix(".part") { try? files.removeItem(at: file) }
      }
    }
  }

  /// Writes `recipe.yaml`, or holds the one that is there against this recipe.
  private func claim() throws {
    let file = output.appending(path: "recipe.yaml")
    guard FileManager.default.fileExists(atPath: file.path) else {
      return try AtomicFile.write(recipe.yaml(), to: file)
    }
    // Another machine of the same system may have been first.
    guard options.resume || options.share != nil else { throw RunError.outputExists(path: output.path) }
    let text = try Recipe.text(of: file)
    let there = try? SystemRecipe(yaml: text, source: file.path)
    guard let there, let difference = recipe.difference(from: there) else {
      guard there != nil else {
        throw RunError.otherRecipe(path: output.path, difference: "it is the recipe of no system")
      }
      return
    }
    throw RunError.otherRecipe(path: output.path, difference: difference)
  }

  /// A network to be trained: a model, or one for a fold of it.
  struct Job {
    let name: String
    let about: String
    let recipe: Recipe
    let corpus: Corpus
    let folder: URL
  }

  /// All networks, models first.
  private func work() throws -> [Job] {
    let models = recipe.models.map { model in
      Job(
        name: model.id, about: Self.about(model), recipe: model.recipe, corpus: corpus,
        folder: Self.folder(of: model, in: output))
    }
    guard recipe.needsFolds else { return models }
    let folds = try TrainingFolds(of: corpus, recipe.folds)
    return try models
      + recipe.models.flatMap { model in
        try (0..<folds.count).map { fold in
          Job(
            name: "\(model.id) without fold \(fold)", about: Self.about(model),
            recipe: folds.recipe(model.recipe), corpus: try folds.view(fold),
            folder: Self.folder(of: model, fold: fold, in: output))
        }
      }
  }

  private static func about(_ model: SystemRecipe.Model) -> String {
    "\(model.streams.joined(separator: ", "))\(model.design.isEmpty ? "" : "; \(model.design)"), seed "
      + "\(model.recipe.training.seed)"
  }

  /// `RUN/models/ID`
  static func folder(of model: SystemRecipe.Model, in output: URL) -> URL {
    output.appending(path: "models/\(model.id)")
  }

  /// `RUN/models/ID/folds/N`
  static func folder(of model: SystemRecipe.Model, fold: Int, in output: URL) -> URL {
    folder(of: model, in: output).appending(path: "folds/\(fold)")
  }

  private func isFinished(_ job: Job) throws -> Bool {
    guard try RunRecord.read(job.folder) != nil else { return false }
    return try Recipe(contentsOf: job.folder.appending(path: "recipe.yaml")) == job.recipe
  }

  /// Trains the student, which systems of one process alone have.
  private func teach(_ student: SystemRecipe.Model, _ teacher: Teacher) throws {
    let job = Job(
      name: student.id, about: Self.about(student), recipe: student.recipe, corpus: corpus,
      folder: Self.folder(of: student, in: output))
    report(.line("\(job.name), the student: \(job.about)"))
    try train(job, group: nil, teacher: teacher)
  }

  private func train(_ job: Job) throws { try train(job, group: group, teacher: nil) }

  private func train(_ job: Job, group: ProcessGroup?, teacher: Teacher?) throws {
    // Two processes that were given the same share by mistake take turns, and the second finds a finished run.
    let hold =
      leads
      ? try FolderLock.take(
        job.folder, waiting: { report(.line("waiting for another process that trains \(job.name)")) })
      : nil
    let reporter = RunReporter(job.recipe, report: report)
    let outcome = try TrainingRun(
      job.recipe, corpus: job.corpus, output: job.folder,
      features: options.features ?? corpus.folder.appending(path: "Features"), keepsScores: true,
      keepsEmbeddings: self.recipe.needsEmbeddings, group: group, teacher: teacher, report: reporter.relay
    ).run(resume: true)
    report(
      .line(
        "\(job.name): \(outcome.split.rawValue) Macro-F1 \(decimals(outcome.evaluation.macroF1)), accuracy "
          + decimals(outcome.evaluation.accuracy)))
    withExtendedLifetime(hold) {}
  }
}

/// The training clips in parts, each of which is left out of a training in turn.
struct TrainingFolds {
  let count: Int
  private let corpus: Corpus
  private let folds: [String: Int]

  /// Throws `CorporaError.folds` where the training clips can't be divided so.
  init(of corpus: Corpus, _ wanted: SystemRecipe.Folds) throws {
    self.corpus = corpus
    count = wanted.count
    let training = Corpus(folder: corpus.folder, utterances: corpus[.train])
    if wanted.by == "speakers" {
      let divided = try SpeakerFolds(of: training, count: wanted.count)
      guard divided.withoutSpeaker.isEmpty else {
        throw CorporaError.folds(
          problem:
            "\(divided.withoutSpeaker.count) training clips of \(corpus.folder.path) are of unknown speakers; with "
            + "folds.by=clips they can be divided all the same")
      }
      folds = Dictionary(divided.assignments.map { ($0.fileName, $0.fold) }) { first, _ in first }
    } else {
      folds = try ClipFolds(of: training, count: wanted.count).folds
    }
  }

  /// The corpus for the network that does not see a fold: the fold's clips are its test split.
  func view(_ fold: Int) throws -> Corpus {
    var view = corpus
    view.utterances = corpus.utterances.filter { !$0.split.isTest }.map { utterance in
      var utterance = utterance
      if utterance.split == .train, folds[utterance.fileName] == fold { utterance.split = .test1 }
      return utterance
    }
    return view
  }

  /// A model's recipe with the classes of the whole training split, which a fold may lack one of.
  func recipe(_ recipe: Recipe) -> Recipe {
    guard recipe.targets.classes.isEmpty else { return recipe }
    var recipe = recipe
    let present = Set(corpus[.train].compactMap(\.consensus.emotion))
    recipe.targets.classes = EmotionClass.allCases.filter(present.contains)
    return recipe
  }
}
