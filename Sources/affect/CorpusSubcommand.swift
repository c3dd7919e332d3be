import ArgumentParser
import Foundation
import Workflows

struct CorpusSubcommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Imports, checks, counts and divides corpora of speech.",
    subcommands: [
      Import.self, Merge.self, Check.self, Leaks.self, Stats.self, Folds.self, SplitCommand.self, Synthesize.self,
    ])

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a corpus in MSP-Podcast's layout of another corpus; audio is linked, not copied.",
      discussion: """
        Kinds:
        \(CorpusCommands.kinds.map { "  \($0.kind): \($0.title)" }.joined(separator: "\n"))

        Examples:
          affect corpus import emodb ~/emodb/wav --output corpora/emodb
          affect corpus import crema-d ~/cremad --output corpora/perceived-cremad --folds 5
          affect corpus import csv calls.csv --output corpora/calls \\
            --column file=path --column class=emotion --column speaker=agent --scale 0:1 --label-map calls-labels.csv
        """)

    @Argument(help: "The kind of corpus.") var kind: String
    @Argument(help: "The folder in which it was unpacked.") var source: String?
    @Option(help: "The corpus's new folder.") var output: String?
    @Option(help: "A label map of your own; --explain prints the one that is used otherwise.") var labelMap: String?
    @Option(
      help: ArgumentHelp(
        "For csv: the table's column for a role, such as class=emotion; may be repeated.",
        discussion: "Roles: file, class, speaker, gender, split, transcript, arousal, valence, dominance.",
        valueName: "role=column"))
    var column: [String] = []
    @Option(help: ArgumentHelp("For csv: the scale of attributes, such as 1:5.", valueName: "low:high"))
    var scale: String?
    @Option(help: "Also divide the speakers into so many folds, as affect corpus folds does.") var folds: Int?
    @Flag(help: "Replace a corpus that is at the output already.") var replace = false
    @Flag(help: "Print how the labels of this kind become classes, and stop.") var explain = false
    @Flag(help: "Print the report as JSON.") var json = false

    func validate() throws {
      if !explain && (source == nil || output == nil) {
        throw ValidationError("SOURCE and --output are needed: affect corpus import \(kind) SOURCE --output CORPUS")
      }
      for pair in column where pair.split(separator: "=", maxSplits: 1).count != 2 {
        throw ValidationError("--column is '\(pair)'; ROLE=COLUMN is expected, such as class=emotion")
      }
      if let scale, range == nil { throw ValidationError("--scale is '\(scale)'; LOW:HIGH is expected, such as 1:5") }
      if kind != "csv", !column.isEmpty || scale != nil {
        throw ValidationError("--column and --scale are for csv; the kind is \(kind)")
      }
    }

    private var columns: [String: String] {
      Dictionary(
        column.map { pair in
          let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
          return (parts[0], parts[1])
        }, uniquingKeysWith: { $1 })
    }

    private var range: ClosedRange<Double>? {
      let ends = (scale ?? "").split(separator: ":").map { Double($0) ?? .nan }
      return ends.count == 2 && ends[0] < ends[1] ? ends[0]...ends[1] : nil
    }

    func run() throws {
      if explain {
        try Console.output(CorpusCommands.explain(kind: kind))
        return
      }
      let console = Console()
      let result = try CorpusCommands.importCorpus(
        kind: kind, source: URL(filePath: source ?? ""), output: URL(filePath: output ?? ""),
        labelMap: labelMap.map { URL(filePath: $0) }, columns: columns, scale: range, folds: folds, replacing: replace,
        report: console.show)
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

  struct Leaks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Looks for speakers, recordings and texts that are in two splits, and names the pairs.",
      discussion: """
        Recordings are compared by fingerprints, which gain, codec and a shifted start leave as they are; they are kept in \
        CORPUS/Cache. Exits with 1 when a speaker or a recording is in two splits; texts alone do not fail.

        Example: affect corpus leaks corpora/calls --split holdout-10
        """)

    @Argument(help: "The corpus's folder.") var corpus: String
    @Option(help: "A split that `affect corpus split` wrote, in place of the corpus's own.") var split: String?
    @Option(help: "Texts of fewer words are no leak.") var words = 5
    @Flag(inversion: .prefixedNo, help: "Compare the audio.") var audio = true
    @Flag(help: "Print the pairs as JSON.") var json = false

    func run() async throws {
      let console = Console()
      let result = try await CorpusCommands.leaks(
        URL(filePath: corpus), split: split, listening: audio, fewestWords: words, report: console.show)
      try console.print(result, json: json)
    }
  }

  struct Folds: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Divides a corpus into folds such that no speaker is in two of them.",
      discussion: "Example: affect corpus folds corpora/emodb --folds 5 --speakers")

    @Argument(help: "The corpus's folder.") var corpus: String
    @Option(help: "How many folds.") var folds: Int
    @Flag(help: "Keep each speaker in one fold (so without this flag too; it says so).") var speakers = false
    @Flag(help: "Divide clips, whoever speaks; each fold has the same share of each class.") var clips = false
    @Option(help: "What is drawn from.") var seed: UInt64 = 0
    @Option(help: "The name of the file in CORPUS/Folds.") var name: String?
    @Flag(help: "Print the folds as JSON.") var json = false

    func validate() throws {
      if speakers && clips { throw ValidationError("--speakers and --clips exclude each other") }
    }

    func run() throws {
      let folder = URL(filePath: corpus)
      let result =
        try clips
        ? CorpusCommands.clipFolds(folder, count: folds, seed: seed, name: name)
        : CorpusCommands.folds(folder, count: folds, seed: seed, name: name)
      try Console().print(result, json: json)
    }
  }

  struct SplitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "split",
      abstract: "Holds a share of a corpus out for development, the same share of each class.",
      discussion: """
        Test splits stay; everything else is divided anew into Train and Development. MEDUSA's 90-10 split:
          affect corpus split corpora/msp-podcast --holdout 0.1
        """)

    @Argument(help: "The corpus's folder.") var corpus: String
    @Option(help: "The share to hold out, at most 0.5.") var holdout = 0.1
    @Flag(help: "Hold out whole speakers, so that none is in both parts.") var speakers = false
    @Option(help: "What is drawn from.") var seed: UInt64 = 0
    @Option(help: "The name of the file in CORPUS/Splits; holdout-PERCENT without it.") var name: String?
    @Flag(help: "Print the counts as JSON.") var json = false

    func run() throws {
      try Console().print(
        CorpusCommands.split(
          URL(filePath: corpus), holdout: holdout, bySpeaker: speakers, seed: seed, name: name), json: json)
    }
  }
}
