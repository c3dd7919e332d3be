import ArgumentParser
import Foundation
import Workflows

/// `affect bench`
struct BenchSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures Affect beside its peers.",
    discussion: """
      Each case is measured in turns with its peer, in one run: the ratio is what counts, for machines differ.
        affect bench engine
        affect bench forest
        affect bench tokenizers
        affect bench engine --only "DeepSER step" --rounds 5
        affect bench encoders --only wavlm-large --clips 16 --rounds 1
        affect bench asr --only tiny
        affect bench --json > measured.json
      \(BenchCommand.list.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))
      """)

  @Argument(help: "Which benchmarks; all without a name.") var names: [String] = []
  @Option(help: "The Python that has the peers (scripts/setup.sh --peers installs it).")
  var python = ".deps/venv/bin/python"
  @Option(help: "How often each case is measured.") var rounds = 3
  @Option(help: "Measure only cases whose names contain this.") var only: String?
  @Option(help: "Where real speech and texts lie (ravdess, goemotions, text), for the benchmarks that need them.")
  var data = "../shared/data"
  @Option(help: "How many clips such benchmarks take, and four times as many texts.") var clips = 64
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    for name in names { if let fault = BenchCommand.fault(of: name) { throw ValidationError(fault) } }
    guard clips > 0 else { throw ValidationError("--clips is \(clips); at least 1 is needed") }
    guard rounds > 0 else { throw ValidationError("--rounds is \(rounds); at least 1 is needed") }
  }

  func run() throws {
    let console = Console()
    let result = try BenchCommand.run(
      names, python: URL(filePath: python), rounds: rounds, only: only, data: URL(filePath: data), clips: clips,
      report: console.show)
    try console.print(result, json: json)
  }
}
