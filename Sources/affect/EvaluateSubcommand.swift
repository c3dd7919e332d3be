import ArgumentParser
import Foundation
import Workflows

struct EvaluateSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Holds predictions against labels, with intervals.",
    discussion: """
      Predictions may be Affect's own, a challenge submission, or any CSV with mapped columns.

      Examples:
        affect evaluate --predictions RUN/predictions/Test1.csv --labels CORPUS --split Test1
        affect evaluate --predictions mine.csv --labels labels.csv --by Gender --by duration --cluster SpkrID
        affect evaluate --predictions results.csv --labels labels.csv --logits \\
          --map FileName=Filename --map angry=class_0_prob --map sad=class_1_prob
      """)

  @Option(help: "A CSV with FileName and a probability for each class, EmoClass, or attributes.")
  var predictions: String
  @Option(help: "A CSV with FileName and EmoClass or attributes, or a corpus's folder.") var labels: String
  @Option(help: "Keep the labels of this Split_Set, such as Development.") var split: String?
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "What a column of the predictions is called; others are passed over then.", valueName: "name=column"))
  var map: [String] = []
  @Option(
    name: .customLong("label-map"), parsing: .singleValue,
    help: ArgumentHelp("What a column of the labels is called.", valueName: "name=column")) var labelMap: [String] = []
  @Flag(help: "The columns of the classes hold logits.") var logits = false
  @Option(
    name: .customLong("by"), parsing: .singleValue,
    help: ArgumentHelp(
      "Score groups: any column of the labels, speaker, partition, agreement, duration, snr.", valueName: "column"))
  var groups: [String] = []
  @Option(help: "Draw whole groups of this column, such as SpkrID, for the intervals.") var cluster: String?
  @Option(help: "Bootstrap resamples; 0 leaves the intervals out.") var resamples = 1000
  @Flag(help: "Add BS-F1: Macro-F1 over 100 class-balanced subsets.") var balancedSubsets = false
  @Flag(help: "Take columns as they are titled, though their content looks exchanged.") var trustColumns = false
  @Option(help: "The seed of subsets and resamples.") var seed: UInt64 = 0
  @Flag(help: "Print the judgement as JSON.") var json = false

  func validate() throws {
    if resamples < 0 { throw ValidationError("--resamples is \(resamples); a number from 0 up is expected") }
  }

  func run() throws {
    let console = Console()
    var options = EvaluateCommand.Options(predictions: URL(filePath: predictions), labels: URL(filePath: labels))
    options.split = split
    options.balancedSubsets = balancedSubsets ? seed : nil
    options.map = map
    options.labelMap = labelMap
    options.logits = logits
    options.groups = groups
    options.cluster = cluster
    options.resamples = resamples
    options.seed = seed
    options.trustColumns = trustColumns
    try console.print(EvaluateCommand(options, report: console.show).run(), json: json)
  }
}
