import Basics
import Corpora
import Emotion
import Ensemble
import Evaluation
public import Foundation

/// `affect stack`
public enum StackCommand {
  /// The files of one model, as `[NAME=]FILE[,FILE...]` says it.
  public struct Model: Sendable, Equatable {
    /// The model's name; nil where none was given.
    public let name: String?
    /// The files, joined in this order.
    public let files: [URL]

    /// Takes the text of an option apart; nil where a name or a file is empty.
    public init?(_ text: String) {
      var files = text[...]
      var name: String?
      // A path may have an equals sign in it, a name has no slash.
      if let sign = text.firstIndex(of: "="), !text[..<sign].contains("/") {
        name = String(text[..<sign])
        files = text[text.index(after: sign)...]
      }
      let parts = files.split(separator: ",", omittingEmptySubsequences: false)
      guard name != "", parts.allSatisfy({ !$0.isEmpty }) else { return nil }
      self.name = name
      self.files = parts.map { URL(filePath: String($0)) }
    }
  }

  /// Fits a stack on prediction files and writes it. What is finished is kept in `OUTPUT.parts` until the stack is
  /// written, so that a command that was killed goes on when it is given again.
  ///
  /// - Parameter output: the file to write
  /// - Throws: errors that name the file and what is wrong
  public static func fit(
    _ options: StackFitOptions, output: URL, report: (Notice) -> Void
  ) throws -> CommandResult {
    let settings = try options.settings
    let scores = try read(options.models, .distinct, embeddings: settings.meta.usesEmbeddings, report)
    if let folds = options.foldFile {
      let assigned = try SpeakerFolds(contentsOf: folds).assignments
      let byName = Dictionary(assigned.map { ($0.fileName, $0.fold) }, uniquingKeysWith: { first, _ in first })
      for model in scores { try model.checkOutOfFold(byName) }
    }
    let labels = try options.labels.map { try self.labels($0, split: options.split, options) }
    let heldOut = try heldOut(options, report)
    let parts = output.deletingLastPathComponent().appending(path: output.lastPathComponent + ".parts")
    let start = Date()
    let fit = try Stack.fit(
      scores, labels: labels, settings: settings, heldOut: heldOut, finished: settings.method.isVote ? nil : parts,
      threads: options.threads
    ) { report(notice($0)) }
    if settings.method == .forest {
      let trees = fit.stack.forests.reduce(0) { $0 + $1.treeCount }
      report(.line("grew \(trees) trees in \(decimals(Date().timeIntervalSince(start), 2)) s"))
    }
    try fit.stack.write(to: output)
    if FileManager.default.fileExists(atPath: parts.path) { try FileManager.default.removeItem(at: parts) }
    let summary = StackFitSummary(fit, output: output)
    return try CommandResult(text: summary.text, json: summary)
  }

  /// Applies a stack to prediction files and writes the stack's predictions.
  ///
  /// - Parameters:
  ///   - models: the files of each model that the stack was fitted with
  ///   - stack: a file that `fit` wrote
  ///   - averages: whether the files of one model are averaged instead of joined
  ///   - output: the predictions file to write
  ///   - threads: nil takes all cores
  /// - Throws: `EnsembleError`, which names the file and what is wrong
  public static func predict(
    _ models: [Model], stack: URL, averages: Bool, output: URL, threads: Int? = nil, report: (Notice) -> Void
  ) throws -> CommandResult {
    let stack = try Stack(contentsOf: stack)
    let scores = try read(models, averages ? .average : .distinct, embeddings: stack.usesEmbeddings, report)
    let predictions = try stack.predictions(scores, threads: threads)
    try predictions.write(to: output)
    let summary = PredictSummary(output: output.path, method: stack.settings.method, utterances: predictions.rows.count)
    return try CommandResult(
      text: "\(summary.utterances) utterances by \(summary.method.rawValue): \(output.path)", json: summary)
  }

  /// Reads the files of all models. Models without names are numbered; either all have names or none.
  private static func read(
    _ models: [Model], _ joining: ModelScores.Joining, embeddings: Bool, _ report: (Notice) -> Void
  ) throws -> [ModelScores] {
    let named = models.filter { $0.name != nil }.count
    guard named == 0 || named == models.count else {
      throw EnsembleError.models("\(named) of \(models.count) models have names; NAME=FILE names all of them or none")
    }
    return try models.enumerated().map { i, model in
      let files = try model.files.map { try ScoreFile(contentsOf: $0, embeddings: embeddings) }
      let scores = try ModelScores(name: model.name ?? "\(i + 1)", files: files, joining)
      let table = scores.table
      report(
        .line("model \(scores.name): \(table.fileNames.count) utterances, \(table.kind.rawValue) of \(table.source)"))
      return scores
    }
  }

  /// The labels of a file, or of a corpus's folder; with votes and speakers where the method asks for them.
  private static func labels(_ url: URL, split: String?, _ options: StackFitOptions) throws -> StackLabels {
    let file = EvaluateCommand.labelsFile(url)
    let reference = try ReferenceLabels(contentsOf: file, split: split)
    let settings = try options.settings
    guard settings.method.isMeta || settings.decision == .macroF1 else { return StackLabels(reference) }
    guard file != url else {
      return try StackLabels(reference, LabelColumns(contentsOf: url, split: split))
    }
    let corpus = try Corpus(contentsOf: url, including: .ratings)
    let utterances = Dictionary(
      corpus.utterances.map { ($0.fileName, $0) }, uniquingKeysWith: { first, _ in first })
    let rule = try options.voteRule
    return try StackLabels(
      rows: StackLabels(reference).rows.map { row in
        guard let utterance = utterances[row.fileName] else { return row }
        var row = row
        row.target = Distribution(of: utterance.ratings, consensus: utterance.consensus, rule: rule)
        row.group = utterance.speaker
        return row
      })
  }

  /// What is held out: the rows of the labels that its files have, or those of a split.
  private static func heldOut(_ options: StackFitOptions, _ report: (Notice) -> Void) throws -> StackHeldOut? {
    guard !options.heldOut.isEmpty else { return nil }
    guard let labels = options.heldOutLabels ?? options.labels else {
      throw EnsembleError.models("files are held out, but there are no labels to select by")
    }
    let models = try read(
      options.heldOut, .distinct, embeddings: options.settings.meta.usesEmbeddings, report)
    var held = try self.labels(labels, split: options.heldOutSplit, options)
    if options.heldOutSplit == nil {
      let names = Set(models.flatMap(\.table.fileNames))
      held = try StackLabels(rows: held.rows.filter { names.contains($0.fileName) })
    }
    return StackHeldOut(models: models, labels: held)
  }

  private static func notice(_ event: StackEvent) -> Notice {
    switch event {
    case .epoch(let epoch, let run, let count, let score):
      return .status("run \(run) of \(count), epoch \(epoch): balanced Macro-F1 \(decimals(score))")
    case .run(let run, let wasFinished):
      let what = wasFinished ? "was finished before" : "trained for \(run.epochs) epochs"
      return .line(
        "fold \(run.fold + 1), run \(run.run + 1) \(what): balanced Macro-F1 \(decimals(run.balancedMacroF1)) after epoch "
          + "\(run.bestEpoch)")
    case .forest(let fold, let count, let wasFinished):
      let text = "forest \(fold) of \(count)" + (wasFinished ? " was grown before" : "")
      return wasFinished ? .line(text) : .status(text)
    }
  }
}

private struct PredictSummary: Encodable {
  let output: String
  let method: StackMethod
  let utterances: Int
}
