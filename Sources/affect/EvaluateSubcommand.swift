import ArgumentParser
import Foundation
import Workflows

struct EvaluateSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Holds predictions against labels.",
    discussion: """
      Examples:
        affect evaluate --predictions RUN/predictions/Test1.csv --labels CORPUS --split Test1
        affect evaluate --predictions mine.csv --labels labels.csv --json
      """)

  @Option(help: "A CSV with FileName, a probability for each class, and EmoClass.") var predictions: String
  @Option(help: "A CSV with FileName and EmoClass, or a corpus's folder.") var labels: String
  @Option(help: "Keep the labels of this Split_Set, such as Development.") var split: String?
  @Flag(help: "Add BS-F1: Macro-F1 over 100 class-balanced subsets.") var balancedSubsets = false
  @Option(help: "The seed of the subsets.") var seed: UInt64 = 0
  @Flag(help: "Print the report as JSON.") var json = false

  func run() throws {
    let result = try EvaluateCommand.run(
      predictions: URL(filePath: predictions), labels: URL(filePath: labels), split: split,
      balancedSubsets: balancedSubsets ? seed : nil)
    try Console().print(result, json: json)
  }
}
