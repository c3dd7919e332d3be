import ArgumentParser
import Foundation
import Workflows

struct ReportSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes a page about a run: figures with intervals, charts, the hardest clips.",
    discussion: """
      The page needs nothing beside it. Its charts as SVG and its tables as CSV go into a folder of its name.

      Examples:
        affect report RUN
        affect report RUN --split Development --corpus CORPUS --output dev.html
        affect report RUN --by Statement --cluster SpkrID
      """)

  @Argument(help: ArgumentHelp("The folder of a training run.", valueName: "run")) var folder: String
  @Option(help: "The predictions to judge (default: the test split, or all folds).") var split: String?
  @Option(help: "Where the corpus lies now, for its audio (default: where it was).") var corpus: String?
  @Option(help: "The page (default: RUN/report.html).") var output: String?
  @Option(help: "Bootstrap resamples.") var resamples = 1000
  @Option(
    name: .customLong("by"), parsing: .singleValue,
    help: ArgumentHelp(
      "Score groups by a further column of the labels; gender, speaker, duration, snr, agreement and partition are "
        + "shown where the run has them.", valueName: "column")) var groups: [String] = []
  @Option(help: "Draw whole groups of this column for the intervals (default: SpkrID with 20 speakers or more).")
  var cluster: String?
  @Flag(help: "Print the judgement as JSON.") var json = false

  func validate() throws {
    if resamples < 0 { throw ValidationError("--resamples is \(resamples); a number from 0 up is expected") }
  }

  func run() throws {
    let console = Console()
    let command = ReportCommand(
      URL(filePath: folder), split: split, corpus: corpus.map { URL(filePath: $0) },
      output: output.map { URL(filePath: $0) }, resamples: resamples, groups: groups, cluster: cluster,
      report: console.show)
    try console.print(command(), json: json)
  }
}
