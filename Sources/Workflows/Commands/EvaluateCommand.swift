import Evaluation
public import Foundation

/// `affect evaluate`
public struct EvaluateCommand {
  /// What to do.
  public struct Options {
    /// A table of predictions.
    public var predictions: URL
    /// A CSV with `FileName` and `EmoClass` or attributes, or a corpus's folder.
    public var labels: URL
    /// The rows of the labels to keep, by `Split_Set`; nil keeps all, each of which needs a prediction then.
    public var split: String?
    /// The seed of BS-F1's subsets; nil leaves it out.
    public var balancedSubsets: UInt64?
    /// `NAME=COLUMN` for columns of the predictions that are called otherwise.
    public var map: [String] = []
    /// The same for the labels.
    public var labelMap: [String] = []
    /// Whether the scores are logits.
    public var logits = false
    /// What to group by: columns of the labels, `duration`, `snr`.
    public var groups: [String] = []
    /// The column of whole groups to draw in resamples; nil draws utterances within each label.
    public var cluster: String?
    /// The number of resamples; 0 leaves intervals out.
    public var resamples = 1000
    /// The seed of resamples.
    public var seed: UInt64 = 0
    /// Whether columns whose content looks exchanged are taken as they are.
    public var trustColumns = false

    /// Options with the required ones.
    public init(predictions: URL, labels: URL) {
      self.predictions = predictions
      self.labels = labels
    }
  }

  private let options: Options
  private let report: (Notice) -> Void

  /// A command that tells `report` how it goes.
  public init(_ options: Options, report: @escaping (Notice) -> Void = { _ in }) {
    self.options = options
    self.report = report
  }

  /// Holds predictions against labels.
  public func run() throws -> CommandResult {
    let predictions = try PredictionColumns(
      contentsOf: options.predictions, columns: ColumnNames(options.map),
      scores: options.logits ? .logits : .probabilities)
    let labels = try LabelColumns.read(options.labels, split: options.split, columns: ColumnNames(options.labelMap))
    let clips = try JudgedClips(predictions, labels, trustingColumns: options.trustColumns)
    let resampling = Resampling(
      unit: options.cluster.map { .groups(column: $0) } ?? .utterances, count: options.resamples, seed: options.seed)
    let judgement = try Judgement(
      clips, resampling, balancedSubsets: options.balancedSubsets,
      groupings: Groupings.named(options.groups, of: clips, facts: facts(clips)))
    return try CommandResult(text: judgement.text, json: judgement)
  }

  /// What the sound says, where it is asked for and at hand.
  private func facts(_ clips: JudgedClips) throws -> [String: ClipFacts]? {
    guard options.groups.contains(where: { Groupings.ofSound.contains($0.lowercased()) }) else { return nil }
    let audios = options.labels.appending(path: "Audios")
    guard FileManager.default.fileExists(atPath: audios.path) else { return nil }
    return try ClipFacts.read(
      clips.names.map { ($0, audios.appending(path: $0).resolvingSymlinksInPath()) },
      cache: options.labels.appending(path: "Features/audio.json"), report: report)
  }

  /// The file itself, or a corpus's labels file.
  static func labelsFile(_ labels: URL) -> URL {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: labels.path, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? labels.appending(path: "Labels/labels_consensus.csv") : labels
  }
}
