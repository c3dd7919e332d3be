import ArgumentParser
import Foundation
import Workflows

struct ExtractSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", abstract: "Makes the features of a corpus, which training then reads from the store.",
    discussion: """
      What is there is kept, and a run that was killed goes on. Clips that can't be used are recorded with the reason, all
      others are extracted, and the exit status is then 1.

      Examples:
        affect extract --corpus corpora/emodb --encoder log-mel-80 --encoder prosody-10ms --output features
        affect extract --corpus corpora/emodb --encoder log-mel-80 --output features --shard 0/4
        srun affect extract --corpus corpora/emodb --encoder log-mel-80 --output features
        affect features merge features/part-* --output features
      """)

  @Option(help: "The corpus's folder.") var corpus: String
  @Option(name: .customLong("encoder"), help: "An encoder's name; give it once for each.") var encoders: [String]
  @Option(help: "The feature store (CORPUS/Features is where training looks).") var output: String
  @Option(
    help: ArgumentHelp(
      "Do one share of N, I from 0 to N-1, into STORE/part-I-of-N (default: by the ranks of torchrun, srun or mpirun).",
      valueName: "i/n")) var shard: String?
  @Option(help: "How numbers are stored: bfloat16, float16 or float32.") var dtype = "bfloat16"
  @Option(help: "Where encoders compute.") var device = "cpu"
  @Option(help: "Seconds that a clip may have at the most.") var longest: Double?
  @Option(help: "Megabytes in a shard, about.") var shardSize: Int?
  @Flag(help: "Try clips that failed again.") var retry = false
  @Flag(help: "Print the counts and failures as JSON.") var json = false

  func run() throws {
    let console = Console()
    var options = ExtractCommand.Options(
      corpus: URL(filePath: corpus), encoders: encoders, output: URL(filePath: output))
    options.shard = shard
    options.dtype = dtype
    options.device = device
    if let longest { options.longest = longest }
    if let shardSize { options.shardMegabytes = shardSize }
    options.retrying = retry
    try console.print(ExtractCommand(options, report: console.show).run(), json: json)
  }
}
