import ArgumentParser
import Foundation
import Workflows

extension CorpusSubcommand {
  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes one corpus of several; audio is linked, not copied.",
      discussion: """
        Clips and speakers are named after their corpus's folder. The column Corpus says where a clip is from, KnownClasses \
        which classes its corpus tells apart.

        Example: affect corpus merge corpora/ravdess corpora/emodb corpora/crema-d --output corpora/acted
        """)

    @Argument(help: "The corpora's folders.") var corpora: [String]
    @Option(help: "The merged corpus's new folder.") var output: String
    @Flag(help: "Replace a corpus that is at the output already.") var replace = false
    @Flag(help: "Print the counts as JSON.") var json = false

    func validate() throws {
      if corpora.count < 2 { throw ValidationError("two corpora or more are needed to merge") }
    }

    func run() throws {
      try Console().print(
        CorpusCommands.merge(
          corpora.map { URL(filePath: $0) }, output: URL(filePath: output), replacing: replace), json: json)
    }
  }
}
