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

  /// How models are brought together, by the names of `StackMethod`.
  public static let methods = StackMethod.allCases.map(\.rawValue)
  /// What a forest sees of the scores, by the names of `ScoreScale`.
  public static let scales = ScoreScale.allCases.map(\.rawValue)

  /// What to fit, and how. The defaults are those of `StackSettings` and `ForestSettings`.
  public struct FitOptions: Sendable {
    /// The files of each model.
    public var models: [Model]
    /// A CSV with FileName and EmoClass, or a corpus's folder; nil where models vote.
    public var labels: URL?
    /// The rows of the labels to keep, by `Split_Set`.
    public var split: String?
    /// One of `methods`.
    public var method = StackMethod.forest.rawValue
    /// One of `scales`.
    public var scale = ScoreScale.asIs.rawValue
    /// `rarest`, `all` or a number, see `StackSubset`.
    public var perClass = "rarest"
    /// Stratified folds, each with a forest that does not see it; 1 grows one forest on all.
    public var folds = 5
    /// Whether the scores are of networks that were not trained on the utterances.
    public var isOutOfFold = false
    /// A file of folds that out-of-fold scores are checked against.
    public var foldFile: URL?
    /// Trees in each forest.
    public var trees = 200
    /// Splits between root and leaf at the most; 0 sets no limit.
    public var depth = 8
    /// Rows in a leaf at the least.
    public var minLeaf = 10
    /// Rows of a node that may be split at the least.
    public var minSplit = 10
    /// `sqrt`, `all` or a number.
    public var featuresPerSplit = "sqrt"
    /// Whether trees see bootstraps.
    public var bootstrap = true
    /// Decides every draw.
    public var seed: UInt64 = 0
    /// Threads that work; nil takes all cores.
    public var threads: Int?

    /// The defaults, for these models.
    public init(_ models: [Model]) { self.models = models }

    /// What makes no sense about the options, as a sentence; nil where they do.
    public var fault: String? {
      do {
        _ = try settings
        return nil
      } catch {
        return "\(error)"
      }
    }

    var settings: StackSettings {
      get throws {
        func wrong(_ name: String, _ value: String, _ allowed: String) -> EnsembleError {
          .setting(name: name, value: value, allowed: allowed)
        }
        var settings = StackSettings()
        guard let method = StackMethod(rawValue: method) else {
          throw wrong("--method", method, methods.joined(separator: ", "))
        }
        guard let scale = ScoreScale(rawValue: scale) else {
          throw wrong("--scale", scale, scales.joined(separator: ", "))
        }
        (settings.method, settings.scale) = (method, scale)
        switch perClass {
        case "rarest": settings.subset = .rarest
        case "all": settings.subset = .all
        default:
          guard let count = Int(perClass), count > 0 else {
            throw wrong("--per-class", perClass, "rarest, all, a number")
          }
          settings.subset = .perClass(count)
        }
        switch featuresPerSplit {
        case "sqrt": settings.forest.featuresPerSplit = .squareRoot
        case "all": settings.forest.featuresPerSplit = .all
        default:
          guard let count = Int(featuresPerSplit), count > 0 else {
            throw wrong("--features-per-split", featuresPerSplit, "sqrt, all, a number")
          }
          settings.forest.featuresPerSplit = .count(count)
        }
        let least = [
          ("--folds", folds, 1), ("--trees", trees, 1), ("--depth", depth, 0), ("--min-leaf", minLeaf, 1),
          ("--min-split", minSplit, 2), ("--threads", threads ?? 1, 1),
        ]
        for (name, value, least) in least where value < least { throw wrong(name, "\(value)", "\(least) or more") }
        settings.folds = folds
        settings.isOutOfFold = isOutOfFold || foldFile != nil
        settings.forest.trees = trees
        settings.forest.depth = depth == 0 ? nil : depth
        settings.forest.minLeaf = minLeaf
        settings.forest.minSplit = minSplit
        settings.forest.bootstrap = bootstrap
        settings.forest.seed = seed
        return settings
      }
    }
  }

  /// Fits a stack on prediction files and writes it.
  ///
  /// - Parameter output: the file to write
  /// - Throws: errors that name the file and what is wrong
  public static func fit(_ options: FitOptions, output: URL, report: (Notice) -> Void) throws -> CommandResult {
    let settings = try options.settings
    let scores = try read(options.models, .distinct, report)
    if let folds = options.foldFile {
      let assigned = try SpeakerFolds(contentsOf: folds).assignments
      let byName = Dictionary(assigned.map { ($0.fileName, $0.fold) }, uniquingKeysWith: { first, _ in first })
      for model in scores { try model.checkOutOfFold(byName) }
    }
    let reference = try options.labels.map {
      try ReferenceLabels(contentsOf: EvaluateCommand.labelsFile($0), split: options.split)
    }
    let start = Date()
    let fit = try Stack.fit(scores, labels: reference, settings: settings, threads: options.threads)
    if settings.method == .forest {
      let trees = fit.stack.forests.reduce(0) { $0 + $1.treeCount }
      report(.line("grew \(trees) trees in \(decimals(Date().timeIntervalSince(start), 2)) s"))
    }
    try fit.stack.write(to: output)
    let summary = FitSummary(fit, output: output)
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
    let scores = try read(models, averages ? .average : .distinct, report)
    let predictions = try stack.predictions(scores, threads: threads)
    try predictions.write(to: output)
    let summary = PredictSummary(output: output.path, method: stack.settings.method, utterances: predictions.rows.count)
    return try CommandResult(
      text: "\(summary.utterances) utterances by \(summary.method.rawValue): \(output.path)", json: summary)
  }

  /// Reads the files of all models. Models without names are numbered; either all have names or none.
  private static func read(
    _ models: [Model], _ joining: ModelScores.Joining, _ report: (Notice) -> Void
  ) throws -> [ModelScores] {
    let named = models.filter { $0.name != nil }.count
    guard named == 0 || named == models.count else {
      throw EnsembleError.models("\(named) of \(models.count) models have names; NAME=FILE names all of them or none")
    }
    return try models.enumerated().map { i, model in
      let files = try model.files.map { try ScoreFile(contentsOf: $0) }
      let scores = try ModelScores(name: model.name ?? "\(i + 1)", files: files, joining)
      let table = scores.table
      report(
        .line("model \(scores.name): \(table.fileNames.count) utterances, \(table.kind.rawValue) of \(table.source)"))
      return scores
    }
  }
}

/// What fitting came to, for a person and for a machine.
private struct FitSummary: Encodable {
  let output: String
  let settings: StackSettings
  let models: [String]
  let classes: [String]
  let utterances: Int
  let labelled: Int
  let perClass: [String: Int]
  let heldOut: HeldOutScores?
  let importances: [String: Double]
  private let ranked: [(name: String, share: Double)]

  private enum CodingKeys: String, CodingKey {
    case output, settings, models, classes, utterances, labelled, perClass, heldOut, importances
  }

  init(_ fit: StackFit, output: URL) {
    self.output = output.path
    settings = fit.stack.settings
    models = fit.stack.modelNames
    classes = fit.stack.classes.map(\.rawValue)
    utterances = fit.utteranceCount
    labelled = fit.labelledCount
    perClass = Dictionary(uniqueKeysWithValues: fit.perClass.map { ($0.rawValue, $1) })
    heldOut = fit.heldOut
    let shares = fit.stack.importances
    importances = Dictionary(shares.map { ($0.name, $0.share) }, uniquingKeysWith: { first, _ in first })
    ranked = shares.sorted { ($1.share, $0.name) < ($0.share, $1.name) }
  }

  var text: String {
    var lines = ["\(settings.method.rawValue) of \(models.count) models: \(output)"]
    guard settings.method == .forest else { return lines.joined(separator: "\n") }
    let counts = classes.compactMap { name in perClass[name].map { "\($0) \(name)" } }
    lines.append("grown on \(counts.joined(separator: ", ")) of \(labelled) labelled utterances")
    lines.append(settings.isOutOfFold ? "scores are out of fold" : "scores are in-sample")
    if let heldOut {
      lines.append(
        "folds held out: Macro-F1 \(decimals(heldOut.macroF1)), accuracy \(decimals(heldOut.accuracy)), log-loss "
          + "\(decimals(heldOut.logLoss)) on \(heldOut.count) utterances")
    }
    lines.append("most telling: " + ranked.prefix(5).map { "\($0.name) \(decimals($0.share))" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }
}

private struct PredictSummary: Encodable {
  let output: String
  let method: StackMethod
  let utterances: Int
}
