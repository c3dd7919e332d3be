import Emotion
import Ensemble
public import Foundation

/// What `affect stack fit` is to fit, and how. What is nil is the method's default.
public struct StackFitOptions: Sendable {
  /// How models are brought together, by the names of `StackMethod`.
  public static let methods = StackMethod.allCases.map(\.rawValue)
  /// What a stack sees of the scores, by the names of `ScoreScale`.
  public static let scales = ScoreScale.allCases.map(\.rawValue)
  /// How a class is decided on, by the names of `StackDecision`.
  public static let decisions = StackDecision.allCases.map(\.rawValue)
  /// What is learnt, by the names of `MetaSettings.Targets`.
  public static let targets = MetaSettings.Targets.allCases.map(\.rawValue)
  /// Which utterances an epoch has, by the names of `MetaSettings.Sampling`.
  public static let samplings = MetaSettings.Sampling.allCases.map(\.rawValue)
  /// How the learning rate changes, by the names of `MetaSettings.Schedule`.
  public static let schedules = MetaSettings.Schedule.allCases.map(\.rawValue)
  /// By what is selected, by the names of `MetaSettings.Selection`.
  public static let selections = MetaSettings.Selection.allCases.map(\.rawValue)
  /// How ratings become soft targets, by the names of `VoteRule`.
  public static let voteRules = VoteRule.allCases.map(\.rawValue)

  /// The files of each model.
  public var models: [StackCommand.Model]
  /// A CSV with FileName and EmoClass, or a corpus's folder; nil where models vote.
  public var labels: URL?
  /// The rows of the labels to keep, by `Split_Set`.
  public var split: String?
  /// Files of the same models for utterances to select on.
  public var heldOut: [StackCommand.Model] = []
  /// Their labels; nil takes `labels`.
  public var heldOutLabels: URL?
  /// Their split; nil takes the rows that the files have.
  public var heldOutSplit: String?
  /// One of `methods`.
  public var method = StackMethod.forest.rawValue
  /// One of `scales`.
  public var scale: String?
  /// Folds, see `StackSettings`.
  public var folds: Int?
  /// How many of the models are kept; nil keeps all.
  public var topModels: Int?
  /// One of `decisions`.
  public var decision = StackDecision.mostProbable.rawValue
  /// Whether the scores are of networks that were not trained on the utterances.
  public var isOutOfFold = false
  /// A file of folds that out-of-fold scores are checked against.
  public var foldFile: URL?
  /// Decides every draw.
  public var seed: UInt64 = 0
  /// Threads that work; nil takes all cores.
  public var threads: Int?

  /// Of forests, `rarest`, `all` or a number, see `StackSubset`.
  public var perClass = "rarest"
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

  /// Of meta-classifiers, whether attributes take part.
  public var usesAttributes = false
  /// Of meta-classifiers, whether the embeddings beside the models' files are inputs.
  public var usesEmbeddings = false
  /// Widths of hidden layers.
  public var hiddenWidths: [Int] = []
  /// One of `targets`.
  public var targets = MetaSettings.Targets.soft.rawValue
  /// One of `voteRules`.
  public var votes = VoteRule.primary.rawValue
  /// One of `samplings`.
  public var sampling = MetaSettings.Sampling.balanced.rawValue
  /// See `MetaSettings`.
  public var noConsensusShare: Double?
  /// Utterances in a batch.
  public var batchSize = 128
  /// The learning rate.
  public var learningRate = 1e-3
  /// One of `schedules`.
  public var schedule = MetaSettings.Schedule.constant.rawValue
  /// One of `selections`.
  public var selection = MetaSettings.Selection.macroF1.rawValue
  /// AdamW's weight decay.
  public var weightDecay = 1e-2
  /// Epochs at the most.
  public var epochs = 200
  /// Epochs without a better score.
  public var patience = 20
  /// Seeds in a soup.
  public var runs = 6
  /// The share of the utterances that is held out.
  public var heldOutShare = 0.1

  /// The defaults, for these models.
  public init(_ models: [StackCommand.Model]) { self.models = models }

  /// What makes no sense about the options, as a sentence; nil where they do.
  public var fault: String? {
    do {
      let settings = try settings
      _ = try voteRule
      if labels == nil, !settings.method.isVote || settings.selected != nil {
        return !settings.method.isVote
          ? "the method \(settings.method.rawValue) needs --labels"
          : settings.topModels != nil ? "--top needs --labels" : "--decision \(decision) needs --labels"
      }
      if heldOut.isEmpty, settings.decision == .macroF1, !settings.method.isVote {
        return
          "the factors of --decision \(decision) are found on utterances that the stack was not fitted on: give files of "
          + "such utterances with --held-out"
      }
      if let selected = settings.selected, !settings.isOutOfFold, heldOut.isEmpty {
        return
          "\(selected) selected on utterances that no network was trained on: say --out-of-fold where --predictions are "
          + "such, or give files of such utterances with --held-out"
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  private static func wrong(_ name: String, _ value: String, _ allowed: String) -> EnsembleError {
    .setting(name: name, value: value, allowed: allowed)
  }

  /// The value of that name.
  private static func chosen<Choice: RawRepresentable & CaseIterable>(
    _ option: String, _ name: String
  ) throws -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: name) else {
      throw wrong(option, name, Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  var voteRule: VoteRule {
    get throws { try Self.chosen("--votes", votes) }
  }

  var settings: StackSettings {
    get throws {
      var settings = StackSettings(try Self.chosen("--method", method))
      if let scale { settings.scale = try Self.chosen("--scale", scale) }
      for (name, value, least) in [
        ("--folds", folds ?? 1, 1), ("--top", topModels ?? 1, 1), ("--trees", trees, 1), ("--depth", depth, 0),
        ("--min-leaf", minLeaf, 1), ("--min-split", minSplit, 2), ("--threads", threads ?? 1, 1),
        ("--batch-size", batchSize, 1), ("--epochs", epochs, 1), ("--patience", patience, 1), ("--runs", runs, 1),
      ] where value < least {
        throw Self.wrong(name, "\(value)", "\(least) or more")
      }
      if let folds { settings.folds = folds }
      settings.topModels = topModels
      settings.decision = try Self.chosen("--decision", decision)
      settings.seed = seed
      settings.isOutOfFold = isOutOfFold || foldFile != nil
      switch perClass {
      case "rarest": settings.subset = .rarest
      case "all": settings.subset = .all
      default:
        guard let count = Int(perClass), count > 0 else {
          throw Self.wrong("--per-class", perClass, "rarest, all, a number")
        }
        settings.subset = .perClass(count)
      }
      settings.forest = try forest
      settings.meta = try meta
      return settings
    }
  }

  private var forest: ForestSettings {
    get throws {
      var forest = ForestSettings()
      switch featuresPerSplit {
      case "sqrt": forest.featuresPerSplit = .squareRoot
      case "all": forest.featuresPerSplit = .all
      default:
        guard let count = Int(featuresPerSplit), count > 0 else {
          throw Self.wrong("--features-per-split", featuresPerSplit, "sqrt, all, a number")
        }
        forest.featuresPerSplit = .count(count)
      }
      forest.trees = trees
      forest.depth = depth == 0 ? nil : depth
      forest.minLeaf = minLeaf
      forest.minSplit = minSplit
      forest.bootstrap = bootstrap
      return forest
    }
  }

  private var meta: MetaSettings {
    get throws {
      for (name, value, isSound, allowed) in [
        ("--learning-rate", learningRate, learningRate > 0 && learningRate.isFinite, "above 0"),
        ("--weight-decay", weightDecay, weightDecay >= 0 && weightDecay.isFinite, "0 or more"),
        ("--held-out-share", heldOutShare, heldOutShare > 0 && heldOutShare <= 0.5, "above 0, to 0.5"),
        (
          "--no-consensus-share", noConsensusShare ?? 0,
          noConsensusShare.map { $0 >= 0 && $0.isFinite } ?? true, "0 or more"
        ),
      ] where !isSound {
        throw Self.wrong(name, "\(value)", allowed)
      }
      if let width = hiddenWidths.first(where: { !(1...65_536).contains($0) }) {
        throw Self.wrong("--hidden", "\(width)", "1 to 65536")
      }
      var meta = MetaSettings()
      meta.usesAttributes = usesAttributes
      meta.usesEmbeddings = usesEmbeddings
      meta.hiddenWidths = hiddenWidths
      meta.targets = try Self.chosen("--targets", targets)
      meta.sampling = try Self.chosen("--sampling", sampling)
      meta.noConsensusShare = noConsensusShare
      meta.batchSize = batchSize
      meta.learningRate = learningRate
      meta.schedule = try Self.chosen("--schedule", schedule)
      meta.selection = try Self.chosen("--select-by", selection)
      meta.weightDecay = weightDecay
      meta.epochs = epochs
      meta.patience = patience
      meta.runs = runs
      meta.heldOutShare = heldOutShare
      return meta
    }
  }
}
