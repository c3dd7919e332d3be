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
      """)

  @Argument(help: ArgumentHelp("The folder of a training run.", valueName: "run")) var folder: String
  @Option(help: "The predictions to judge (default: the test split, or all folds).") var split: String?
  @Option(help: "Where the corpus lies now, for its audio (default: where it was).") var corpus: String?
  @Option(help: "The page (default: RUN/report.html).") var output: String?
  @Option(help: "Bootstrap resamples.") var resamples = 1000
  @Flag(help: "Print the judgement as JSON.") var json = false

  func run() throws {
    let console = Console()
    let command = ReportCommand(
      URL(filePath: folder), split: split, corpus: corpus.map { URL(filePath: $0) },
      output: output.map { URL(filePath: $0) }, resamples: max(resamples, 0), report: console.show)
    try console.print(command(), json: json)
  }
}
