import ArgumentParser
import Foundation
import Hub
import Workflows

struct DownloadSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "download", abstract: "Fetches models from the hub into the cache that the Python tools share.",
    discussion: """
      Prints the folder of each model. What is in the cache is not fetched again, a download that was cut goes on where it
      was, and files are checked against the hub's hashes. Only what a model needs is fetched: its configuration,
      tokenizer, preprocessor, and its weights in one layout. Commands that take a model take its id too, and fetch it.

      Examples:
        affect download microsoft/wavlm-large FacebookAI/roberta-large
        affect download openai/whisper-large-v3 --revision main
        affect tokenize --model "$(affect download FacebookAI/roberta-large --tokenizer)" lines.jsonl

      Environment: HF_HOME or HF_HUB_CACHE (where the cache is), HF_TOKEN (who asks), HF_ENDPOINT (which hub),
      HF_HUB_OFFLINE=1 (the cache alone), HTTPS_PROXY.
      """)

  @Argument(help: "Ids such as microsoft/wavlm-large, or microsoft/wavlm-large@REVISION.") var ids: [String]
  @Option(help: "A branch, tag or commit, for ids that name none.") var revision: String?
  @Flag(help: "Fetch configuration and tokenizer alone, no weights.") var tokenizer = false
  @Flag(help: "Print id, commit, folder and bytes downloaded as JSON.") var json = false

  func validate() throws { _ = try models() }

  func run() async throws {
    let console = Console()
    let command = try DownloadCommand(models(), part: tokenizer ? .tokenizer : .model, report: console.show)
    try console.print(await command.run(), json: json)
  }

  private func models() throws -> [ModelID] {
    try ids.map { text in
      guard let id = ModelID(text) else {
        throw ValidationError("'\(text)' is no model's id; one like microsoft/wavlm-large is expected")
      }
      guard let revision, !text.contains("@") else { return id }
      guard let id = id.at(revision: revision) else { throw ValidationError("'\(revision)' is no revision") }
      return id
    }
  }
}
