import Basics
import Evaluation
public import Foundation

/// `affect compare`
public struct CompareCommand {
  /// What to do.
  public struct Options {
    /// Folders of runs, or files of predictions.
    public var runs: [URL]
    /// The split; nil takes the test split of each.
    public var split: String?
    /// The labels of predictions' files; runs have their own.
    public var labels: URL?
    /// The column of whole groups to draw; nil draws speakers where there are 20, and utterances otherwise.
    public var cluster: String?
    /// Further columns of the labels to group by.
    public var groups: [String] = []
    /// The number of resamples.
    public var resamples = 1000
    /// The seed of everything drawn.
    public var seed: UInt64 = 0
    /// The page.
    public var output: URL

    /// Options with the required ones.
    public init(runs: [URL], output: URL) {
      self.runs = runs
      self.output = output
    }
  }

  private let options: Options
  private let report: (Notice) -> Void

  /// A command that tells `report` how it goes.
  public init(_ options: Options, report: @escaping (Notice) -> Void) {
    self.options = options
    self.report = report
  }

  /// Compares, and writes the page.
  public func run() throws -> CommandResult {
    let runs = try options.runs.map { url in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
        throw FileError(url: url, message: "there is neither a run nor a file of predictions")
      }
      if isFolder.boolValue { return try JudgedRun(url, split: options.split) }
      guard let labels = options.labels else {
        throw FileError(url: url, message: "is a file; say with --labels what its predictions are held against")
      }
      return try JudgedRun(file: url, labels: labels, split: options.split)
    }
    let names = Self.names(options.runs, runs)
    let resampling = runs[0].resampling(count: options.resamples, cluster: options.cluster, seed: options.seed)
    report(.line("comparing \(runs.count) systems on \(runs[0].clips.count) predictions of \(runs[0].split)"))
    let comparison = try Evaluation.Comparison(zip(names, runs).map { ($0, $1.clips) }, resampling)
    let groupings = try runs[0].groupings(also: options.groups, report: report)
    let judgements = try runs.map { run in
      // Groupings go by the order of the first run's clips.
      let places = Dictionary(run.clips.names.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
      let aligned = run.clips.keeping(runs[0].clips.names.compactMap { places[$0] })
      return try Judgement(
        aligned, resampling, balancedSubsets: aligned.classified.isEmpty ? nil : options.seed, groupings: groupings)
    }
    let details = try runs.map { run in
      ComparisonReport.Details(history: try run.history(), facts: try run.facts(), settings: try run.settings())
    }
    try ComparisonReport(
      comparison, judgements: judgements, details: details, hardest: HardestClips.ofAll(runs, judgements, names),
      evaluatedOn: "Evaluated on \(runs[0].evaluatedOn)"
    ).write(to: options.output, exports: options.output.deletingPathExtension())
    return try CommandResult(text: comparison.text + "\nreport: \(options.output.path)", json: comparison)
  }

  /// Names of their own: as much of the paths as tells them apart.
  private static func names(_ urls: [URL], _ runs: [JudgedRun]) -> [String] {
    let names = runs.map(\.name)
    guard Set(names).count < names.count else { return names }
    let paths = urls.map { $0.standardizedFileURL.pathComponents.suffix(2).joined(separator: "/") }
    return Set(paths).count == paths.count ? paths : urls.indices.map { "\(names[$0]) (\($0 + 1))" }
  }
}
