import ArgumentParser
import Foundation
import Workflows

struct FeaturesSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Checks, counts, merges, prunes, exports and imports stored features.",
    subcommands: [Check.self, Stats.self, Merge.self, Prune.self, Export.self, Import.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compares every shard with its checksum and the index, and lists what failed and why.",
      discussion: "Exits with 1 when there is an error among the findings; warnings alone do not fail.")

    @Argument(help: "The feature store.") var store: String
    @Flag(help: "Print the findings as JSON.") var json = false

    func run() throws {
      let console = Console()
      try console.print(FeaturesCommands.check(URL(filePath: store), report: console.show), json: json)
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Counts utterances, frames, shards and bytes.")

    @Argument(help: "The feature store.") var store: String
    @Flag(help: "Print the counts as JSON.") var json = false

    func run() throws { try Console().print(FeaturesCommands.statistics(URL(filePath: store)), json: json) }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes stores together, such as the shares that several machines extracted.",
      discussion: "Example: affect features merge features/part-* --output features")

    @Argument(help: "The stores to take from, which stay as they are.") var parts: [String]
    @Option(help: "The store that gets everything.") var output: String
    @Flag(help: "Print the counts as JSON.") var json = false

    func run() throws {
      let console = Console()
      try console.print(
        FeaturesCommands.merge(
          parts.map { URL(filePath: $0) }, output: URL(filePath: output), report: console.show), json: json)
    }
  }

  struct Prune: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes replaced features, missing and damaged shards, and files that belong to nothing.")

    @Argument(help: "The feature store.") var store: String
    @Option(
      name: .customLong("corpus"),
      help: "Also remove features of utterances that are not in this corpus; give it once for each.")
    var corpora: [String] = []
    @Flag(help: "Only say what would be removed.") var dryRun = false
    @Flag(help: "Print the counts as JSON.") var json = false

    func run() throws {
      let console = Console()
      try console.print(
        FeaturesCommands.prune(
          URL(filePath: store), corpora: corpora.map { URL(filePath: $0) }, dryRun: dryRun, report: console.show),
        json: json)
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the features of one encoder as one file to an utterance.",
      discussion: """
        Example:
          affect features export features --encoder log-mel-80 --format npy --output arrays
        """)

    @Argument(help: "The feature store.") var store: String
    @Option(help: "The encoder's name, or its folder's where several have the name.") var encoder: String
    @Option(help: "npy.") var format = "npy"
    @Option(help: "The folder for the files.") var output: String
    @Flag(help: "Print the counts as JSON.") var json = false

    func run() throws {
      let console = Console()
      try console.print(
        FeaturesCommands.export(
          URL(filePath: store), encoder: encoder, format: format, output: URL(filePath: output), report: console.show),
        json: json)
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Brings features that other programs wrote, one .npy or .pt to an utterance, into a store.",
      discussion: """
        A .pt holds one tensor, as torch.save(tensor, file) writes it; nothing in it is run. Recipes then name the features \
        as a stream's encoder.

        Example:
          affect features import wavlm/ --corpus corpora/msp --encoder wavlm-large --output features
        """)

    @Argument(help: "The folder of files, NAME.npy or NAME.pt for the utterance NAME.wav.") var folder: String
    @Option(help: "The corpus that the utterances are of.") var corpus: String
    @Option(help: "The name that recipes use.") var encoder: String
    @Option(help: "How numbers are stored: bfloat16, float16 or float32.") var dtype = "bfloat16"
    @Option(help: "The feature store.") var output: String
    @Flag(help: "Print the counts as JSON.") var json = false

    func run() throws {
      let console = Console()
      try console.print(
        FeaturesCommands.importFeatures(
          URL(filePath: folder), corpus: URL(filePath: corpus), encoder: encoder, dtype: dtype,
          output: URL(filePath: output), report: console.show), json: json)
    }
  }
}
