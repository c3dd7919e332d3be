import ArgumentParser
import Foundation
import Workflows

struct DemoSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "The whole story in minutes: speech, training, evaluation on unseen voices, recognition, a report.",
    discussion: """
      Without --source the speech is synthetic, made with espeak-ng. With it, real speech is used:
        affect demo --source ~/emodb --output demo-emodb
      Fewer clips take less time:
        affect demo --clips 120
      """)

  @Option(help: "Where everything goes; what an earlier demo made there is made anew.") var output = "demo"
  @Option(help: "A corpus of real speech as it is distributed, or in Affect's layout.") var source: String?
  @Option(help: "The kind of the source, where its folder's name does not say it.") var kind: String?
  @Option(help: "How many clips of synthetic speech are made.") var clips: Int?
  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Change a value of the recipe quick.", valueName: "key=value")) var settings: [String] = []

  func validate() throws {
    if clips != nil && source != nil {
      throw ValidationError("--clips is about synthetic speech; with --source the source's clips are used")
    }
  }

  func run() async throws {
    let console = Console()
    let result = try await DemoCommand(
      output: URL(filePath: output), source: source.map { URL(filePath: $0) }, kind: kind, clips: clips,
      settings: settings, report: console.show
    ).run()
    try console.print(result, json: false)
  }
}
