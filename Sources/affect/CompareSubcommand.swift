import ArgumentParser
import Foundation
import Workflows

struct CompareSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compares runs on the same clips: a table, paired tests, a page.",
    discussion: """
      Differences are tested by the paired bootstrap, approximate randomisation and McNemar's test, with Holm's correction.

      Examples:
        affect compare runs/a runs/b runs/c
        affect compare a.csv b.csv --labels labels.csv --split Development --output a-and-b.html
      """)

  @Argument(help: "Folders of runs, or files of predictions.") var runs: [String]
  @Option(help: "The predictions to compare (default: the test split).") var split: String?
  @Option(help: "The labels of files of predictions; runs have their own.") var labels: String?
  @Option(help: "Draw whole groups of this column for the intervals (default: SpkrID with 20 speakers or more).")
  var cluster: String?
  @Option(
    name: .customLong("by"), parsing: .singleValue,
    help: ArgumentHelp("Score groups by a further column of the labels.", valueName: "column")) var groups: [String] =
      []
  @Option(help: "Bootstrap resamples.") var resamples = 1000
  @Option(help: "The seed of everything drawn.") var seed: UInt64 = 0
  @Option(help: "The page.") var output = "comparison.html"
  @Flag(help: "Print the comparison as JSON.") var json = false

  func validate() throws {
    if runs.count < 2 { throw ValidationError("a comparison needs two runs at least: affect compare RUN RUN...") }
    if resamples < 1 { throw ValidationError("--resamples is \(resamples); a number from 1 up is expected") }
  }

  func run() throws {
    let console = Console()
    var options = CompareCommand.Options(runs: runs.map { URL(filePath: $0) }, output: URL(filePath: output))
    options.split = split
    options.labels = labels.map { URL(filePath: $0) }
    options.cluster = cluster
    options.groups = groups
    options.resamples = resamples
    options.seed = seed
    try console.print(CompareCommand(options, report: console.show).run(), json: json)
  }
}
