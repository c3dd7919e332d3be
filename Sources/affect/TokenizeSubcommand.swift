import ArgumentParser
import Foundation
import Hub
import Workflows

struct TokenizeSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Turns text into the ids that a text model reads, and back.",
    discussion: """
      Reads lines of JSON, a string each, and prints a JSON array of ids for each. The model's folder holds
      tokenizer.json, vocab.json and merges.txt, spm.model, or vocab.txt.

      Examples:
        echo '"I can'"'"'t believe it!"' | affect tokenize --model roberta-large
        affect tokenize --model roberta-large lines.jsonl --offsets > offsets.jsonl
        affect tokenize --model roberta-large ids.jsonl --decode
      """)

  @Option(help: "A model's folder, or its id on the hub.") var model: String
  @Argument(help: "A file of lines; standard input without one.") var file: String?
  @Flag(help: "Print {\"ids\": ..., \"offsets\": ...}: where each token begins and ends, in Unicode scalars.")
  var offsets = false
  @Flag(help: "Read arrays of ids and print their texts.") var decode = false
  @Flag(help: "Put no special tokens around a text; leave them out when decoding.") var noSpecialTokens = false

  func validate() throws {
    if offsets && decode {
      throw ValidationError("--offsets is about encoding, --decode about decoding; only one can be")
    }
  }

  func run() throws {
    let console = Console()
    let folder = try ModelLocation.folder(model, part: .tokenizer, report: console.show)
    console.finish()
    let command = try TokenizeCommand(
      model: folder, output: decode ? .text : offsets ? .offsets : .ids, specialTokens: !noSpecialTokens)
    try command.run(file.map { URL(filePath: $0) }) { try Console.output($0) }
  }
}
