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
      """)

  @Option(help: "Where everything goes; it is made anew each time.") var output = "demo"
  @Option(help: "A corpus of real speech as it is distributed, or in Affect's layout.") var source: String?
  @Option(help: "The kind of the source, where its folder's name does not say it.") var kind: String?

  func run() async throws {
    let console = Console()
    let result = try await DemoCommand(
      output: URL(filePath: output), source: source.map { URL(filePath: $0) }, kind: kind, report: console.show
    ).run()
    try console.print(result, json: false)
  }
}
