import Basics
import Emotion
import Evaluation
public import Foundation

extension Stack {
  /// Fits a stack.
  ///
  /// Forests are grown on utterances with a class (`O` and `X` are left out): a balanced subset, divided into
  /// stratified folds, each forest on all folds but one. Meta-classifiers learn from those with a class or a soft target,
  /// and the epoch with the best balanced Macro-F1 on what is held out is kept. The same data, settings and seed come to
  /// the same stack.
  ///
  /// - Parameters:
  ///   - models: the scores of each model for the same utterances
  ///   - labels: a row for each of the utterances; nil is enough where models vote and all are kept
  ///   - heldOut: other utterances, which neither networks nor the stack are trained on: what is selected is selected on
  ///     them alone, and the stack is scored on them
  ///   - finished: a folder for parts that are finished; those that are there already are taken up. nil keeps none.
  ///   - threads: how many threads work; nil takes all cores. The result does not depend on it.
  ///   - report: gets what is done
  /// - Throws: `EnsembleError` where models, utterances, labels or settings do not fit, and where there is nothing honest
  ///   to select on; `FileError` for `finished`
  public static func fit(
    _ models: [ModelScores], labels: StackLabels?, settings: StackSettings = .init(), heldOut: StackHeldOut? = nil,
    finished: URL? = nil, threads: Int? = nil, report: (StackEvent) -> Void = { _ in }
  ) throws -> StackFit {
    try settings.check()
    if let heldOut { try checkApart(models, heldOut) }
    if heldOut == nil { try checkSelection(settings) }
    let ranking = try ranking(models, labels, settings, heldOut)
    let kept = ranking.isEmpty ? models : models.filter { m in ranking.contains { $0.name == m.name && $0.isKept } }
    let inputs = try StackInputs(kept)
    let usesAttributes = settings.method.isMeta && settings.meta.usesAttributes
    let usesEmbeddings = settings.method.isMeta && settings.meta.usesEmbeddings
    if usesEmbeddings, let without = kept.first(where: { $0.table.embeddings == nil }) {
      throw EnsembleError.models("embeddings are asked for, and \(without.name) comes with none")
    }
    var configuration = StackConfiguration(
      classes: inputs.classes, inputs: inputs.classes,
      models: inputs.described(usesAttributes: usesAttributes, usesEmbeddings: usesEmbeddings),
      passedOver: ranking.filter { !$0.isKept }.map(\.name), settings: settings, parts: 0)
    var result = FittingJob.Result(stack: Stack(configuration: configuration))
    if !settings.method.isVote {
      guard let labels else {
        throw EnsembleError.models("the method \(settings.method.rawValue) needs labels to learn from; there are none")
      }
      let labelled = try LabelledUtterances(inputs, labels)
      configuration.classes = labelled.classes(inputs.classes)
      result = try withoutActuallyEscaping(report) { report in
        let job = FittingJob(
          inputs: inputs, settings: settings, finished: finished.map(FinishedParts.init), threads: threads,
          report: report)
        return settings.method == .forest
          ? try job.forests(labelled, configuration) : try job.classifiers(labelled, configuration, heldOut)
      }
    }
    if settings.decision == .macroF1 {
      guard let labels = heldOut?.labels ?? labels else {
        throw EnsembleError.models("the classes' factors are told by labels; there are none")
      }
      result.stack = try result.stack.decidingByMacroF1(heldOut?.models ?? models, labels, threads: threads)
    }
    return StackFit(
      stack: result.stack, utteranceCount: inputs.fileNames.count, labelledCount: result.labelledCount,
      perClass: result.perClass, withoutConsensus: result.withoutConsensus,
      heldOut: try heldOut.map { try result.stack.scores($0, threads: threads) } ?? result.heldOut,
      heldOutFiles: heldOut.map { given in
        given.labels.rows.filter { $0.consensus.emotion != nil }.map(\.fileName)
      } ?? result.heldOutFiles,
      runs: result.runs, ranking: ranking)
  }

  /// Throws where something would be selected on what was trained on, nothing being held out.
  private static func checkSelection(_ settings: StackSettings) throws(EnsembleError) {
    guard settings.decision == .mostProbable || settings.method.isVote else {
      throw .selection(
        "the classes' factors are found on utterances that the stack was not fitted on: give files of such utterances "
          + "(--held-out)")
    }
    guard !settings.isOutOfFold, let selected = settings.selected else { return }
    throw .selection(
      "\(selected) selected on utterances that no network was trained on: scores that are out of fold (--out-of-fold says "
        + "so), or files of such utterances (--held-out)")
  }

  /// Throws where an utterance is on both sides.
  private static func checkApart(_ models: [ModelScores], _ heldOut: StackHeldOut) throws(EnsembleError) {
    let fitted = Set(models.first?.table.fileNames ?? [])
    for model in heldOut.models {
      if let both = model.table.fileNames.first(where: fitted.contains) {
        throw .selection(
          "'\(both)' is in \(model.table.source), which is held out, and among what the stack is fitted on; an utterance "
            + "is one or the other")
      }
    }
    let names = (models.map(\.name).sorted(), heldOut.models.map(\.name).sorted())
    guard names.0 == names.1 else {
      throw .models(
        "the models \(names.0.joined(separator: ", ")) are fitted on, but held out are scores of "
          + "\(names.1.joined(separator: ", ")); they must be of the same models")
    }
  }

  /// The models by their scores on what none of them was trained on; none where all are kept.
  private static func ranking(
    _ models: [ModelScores], _ labels: StackLabels?, _ settings: StackSettings, _ heldOut: StackHeldOut?
  ) throws(EnsembleError) -> [ModelRank] {
    guard let keeping = settings.topModels else { return [] }
    guard keeping <= models.count else {
      throw .setting(name: "the number of models to keep", value: "\(keeping)", allowed: "1 to \(models.count)")
    }
    if let heldOut { return try ModelRanking(heldOut.models, labels: heldOut.labels, keeping: keeping).ranks }
    guard let labels else { throw .models("the best models are told by labels; there are none") }
    return try ModelRanking(models, labels: labels, keeping: keeping).ranks
  }

  /// How the stack does on held-out utterances.
  private func scores(_ heldOut: StackHeldOut, threads: Int?) throws -> HeldOutScores? {
    let predictions = try predictions(heldOut.models, threads: threads)
    let labels = Dictionary(
      heldOut.labels.rows.map { ($0.fileName, $0.consensus.emotion) }, uniquingKeysWith: { first, _ in first })
    let missing = predictions.rows.map(\.fileName).filter { labels[$0] == nil }
    guard missing.isEmpty else {
      throw EnsembleError.mismatch([
        UtteranceMismatch(file: "the held-out labels", missing: missing.sorted(), surplus: [])
      ])
    }
    let all = EmotionClass.allCases
    let judged = predictions.rows.compactMap { row in
      labels[row.fileName].flatMap { $0 }.map { (truth: all.firstIndex(of: $0) ?? 0, row: row) }
    }
    guard !judged.isEmpty else { return nil }
    let probabilities = judged.map { pair in
      all.map { emotion in classes.firstIndex(of: emotion).map { pair.row.probabilities[$0] } ?? 0 }
    }
    return try HeldOutScores(
      probabilities, judged.map(\.truth), decisions: judged.map { all.firstIndex(of: $0.row.emotion) ?? 0 })
  }
}

extension HeldOutScores {
  /// - Parameters:
  ///   - probabilities: a row for each utterance
  ///   - labels: the class of each
  ///   - decisions: nil decides on the most probable class
  init(_ probabilities: [[Double]], _ labels: [Int], decisions: [Int]? = nil) throws {
    let decisions = decisions ?? probabilities.map { highest($0) }
    let width = probabilities.first?.count ?? 0
    let metrics = try ClassMetrics(
      ConfusionMatrix(labels: labels, predictions: decisions, classes: (0..<width).map(String.init)))
    let balanced = BalancedScore(
      probabilities: Array(probabilities.joined()), labels: labels, classCount: width, decisions: decisions)
    self.init(
      count: labels.count, accuracy: metrics.accuracy, macroF1: metrics.macroF1, balancedMacroF1: balanced.macroF1,
      logLoss: try ScoreMetrics.logLoss(probabilities: probabilities, labels: labels))
  }
}
