import ArgumentParser
import Foundation
import Workflows

struct CorpusSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Imports, checks, counts and divides corpora of speech.",
    subcommands: [Import.self, Check.self, Stats.self, Folds.self, Synthesize.self])

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a corpus in MSP-Podcast's layout of another corpus; audio is linked, not copied.",
      discussion: """
        Kinds:
        \(CorpusCommands.kinds.map { "  \($0.kind): \($0.title)" }.joined(separator: "\n"))

        Example: affect corpus import emodb ~/emodb/wav --output corpora/emodb
        """)

    @Argument(help: "The kind of corpus.") var kind: String
    @Argument(help: "The folder in which it was unpacked.") var source: String?
    @Option(help: "The corpus's new folder.") var output: String?
    @Option(help: "A label map of your own; --explain prints the one that is used otherwise.") var labelMap: String?
    @Flag(help: "Replace a corpus that is at the output already.") var replace = false
    @Flag(help: "Print how the labels of this kind become classes, and stop.") var explain = false
    @Flag(help: "Print the report as JSON.") var json = false

    func validate() throws {
      if !explain && (source == nil || output == nil) {
        throw ValidationError("SOURCE and --output are needed: affect corpus import \(kind) SOURCE --output CORPUS")
      }
    }

    func run() throws {
      if explain {
        try Console.output(CorpusCommands.explain(kind: kind))
        return
      }
      let console = Console()
      let result = try CorpusCommands.importCorpus(
        kind: kind, source: URL(filePath: source ?? ""), output: URL(filePath: output ?? ""),
        labelMap: labelMap.map { URL(filePath: $0) }, replacing: replace, report: console.show)
      try console.print(result, json: json)
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Looks a corpus through and lists everything that is wrong with it.",
      discussion: "Exits with 1 when there is an error among the findings; warnings alone do not fail.")

    @Argument(help: "The corpus's folder.") var corpus: String
    @Flag(help: "Print the findings as JSON.") var json = false

    func run() async throws {
      let console = Console()
      try console.print(await CorpusCommands.check(URL(filePath: corpus), report: console.show), json: json)
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Counts utterances, hours, speakers, classes and ratings of a corpus.")

    @Argument(help: "The corpus's folder.") var corpus: String
    @Flag(help: "Print the counts as JSON.") var json = false

    func run() throws { try Console().print(CorpusCommands.statistics(URL(filePath: corpus)), json: json) }
  }

  struct Folds: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Divides a corpus into folds such that no speaker is in two of them.",
      discussion: "Example: affect corpus folds corpora/emodb --folds 5 --speakers")

    @Argument(help: "The corpus's folder.") var corpus: String
    @Option(help: "How many folds.") var folds: Int
    @Flag(help: "Keep each speaker in one fold (always so; the flag says it).") var speakers = false
    @Option(help: "What speakers of equal size are ordered by.") var seed: UInt64 = 0
    @Option(help: "The name of the file in CORPUS/Folds.") var name: String?
    @Flag(help: "Print the folds as JSON.") var json = false

    func run() throws {
      try Console().print(
        CorpusCommands.folds(URL(filePath: corpus), count: folds, seed: seed, name: name), json: json)
    }
  }

  struct Synthesize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a small corpus of synthetic speech with espeak-ng and simulated raters, to try things out.")

    @Option(help: "The corpus's new folder.") var output: String
    @Option(help: "How many clips.") var clips: Int?
    @Option(help: "Everything random follows from it.") var seed: UInt64?
    @Flag(help: "Replace a corpus that is at the output already.") var replace = false
    @Flag(help: "Print the counts as JSON.") var json = false

    func run() async throws {
      let console = Console()
      let result = try await CorpusCommands.synthesize(
        output: URL(filePath: output), clips: clips, seed: seed, replacing: replace, report: console.show)
      try console.print(result, json: json)
    }
  }
}
