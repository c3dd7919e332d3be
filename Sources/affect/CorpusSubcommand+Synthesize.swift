import ArgumentParser
import Foundation
import Workflows

extension CorpusSubcommand {
  struct Synthesize: AsyncParsableCommand {
    enum Layout: String, ExpressibleByArgument, CaseIterable {
      case corpus
      case spokenGoEmotions = "spoken-goemotions"
      case mspPodcast = "msp-podcast"
    }

    static let configuration = CommandConfiguration(
      abstract: "Makes a corpus of synthetic speech with espeak-ng, to try things out or to compare systems on.",
      discussion: """
        With --layout corpus it is small, and its words and raters are simulated too.

        With --layout spoken-goemotions it speaks the texts of GoEmotions, whose labels real people gave, in voices that \
        follow the emotion weakly. A run that was stopped goes on where it was.
          affect corpus synthesize --layout spoken-goemotions --source goemotions --output corpora/spoken-goemotions
          affect corpus synthesize --layout spoken-goemotions --explain

        With --layout msp-podcast it makes no speech, but noise with labels in the layout of an MSP-Podcast release, to try \
        imports, checks and splits at full size:
          affect corpus synthesize --layout msp-podcast --clips 150000 --output release
        """)

    @Option(help: "The corpus's new folder.") var output: String?
    @Option(help: "corpus, spoken-goemotions, or msp-podcast for a release to import.") var layout = Layout.corpus
    @Option(help: "For spoken-goemotions: the folder with labels.txt, train.tsv, dev.tsv and test.tsv.")
    var source: String?
    @Option(help: "How many clips.") var clips: Int?
    @Option(help: "How many simulated speakers.") var speakers: Int?
    @Option(help: "Everything random follows from it.") var seed: UInt64?
    @Option(help: "For spoken-goemotions: a label map of your own; --explain prints the one that is used otherwise.")
    var labelMap: String?
    @Flag(help: "Replace a corpus that is at the output already.") var replace = false
    @Flag(help: "For spoken-goemotions: print how its labels become classes, and stop.") var explain = false
    @Flag(help: "Print the counts as JSON.") var json = false

    func validate() throws {
      if explain, layout == .spokenGoEmotions { return }
      guard output != nil else { throw ValidationError("--output is needed: the corpus's new folder") }
      if layout == .mspPodcast, replace || speakers != nil {
        throw ValidationError("--replace and --speakers are not for --layout msp-podcast")
      }
      if layout == .spokenGoEmotions, source == nil {
        throw ValidationError("--layout spoken-goemotions needs --source, the folder of GoEmotions")
      }
      if layout != .spokenGoEmotions, source != nil || labelMap != nil || explain {
        throw ValidationError("--source, --label-map and --explain are for --layout spoken-goemotions")
      }
    }

    func run() async throws {
      if explain {
        try Console.output(CorpusCommands.explainSpokenGoEmotions())
        return
      }
      let console = Console()
      var synthesis = CorpusCommands.Synthesis(output: URL(filePath: output ?? ""))
      synthesis.clips = clips
      synthesis.speakers = speakers
      synthesis.seed = seed
      synthesis.labelMap = labelMap.map { URL(filePath: $0) }
      synthesis.replacing = replace
      let result =
        switch layout {
        case .corpus: try await CorpusCommands.synthesize(synthesis, report: console.show)
        case .spokenGoEmotions:
          try await CorpusCommands.synthesizeSpokenGoEmotions(
            URL(filePath: source ?? ""), synthesis, report: console.show)
        case .mspPodcast:
          try CorpusCommands.synthesizeRelease(
            output: synthesis.output, clips: clips ?? 6000, seed: seed, report: console.show)
        }
      try console.print(result, json: json)
    }
  }
}
