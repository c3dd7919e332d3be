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
        affect extract --corpus corpora/msp --encoder microsoft/wavlm-large --encoder models/roberta-large --output features
        affect extract --corpus corpora/msp --encoder models/hubert-xlarge --layer mean:40-48 --output features
        affect extract --corpus corpora/emodb --encoder log-mel-80 --output features --shard 0/4
        srun affect extract --corpus corpora/emodb --encoder log-mel-80 --output features
        affect features merge features/part-* --output features
      """)

  @Option(help: "The corpus's folder.") var corpus: String
  @Option(
    name: .customLong("encoder"),
    help:
      "log-mel-80, log-mel-128, prosody-10ms, prosody-20ms, functionals, or the folder or id of a published model (of speech, or of text for the transcripts); once for each."
  ) var encoders: [String]
  @Option(help: "The feature store (CORPUS/Features is where training looks).") var output: String
  @Option(
    help: ArgumentHelp(
      "Do one share of N, I from 0 to N-1, into STORE/part-I-of-N (default: by the ranks of torchrun, srun or mpirun).",
      valueName: "i/n")) var shard: String?
  @Option(help: "How numbers are stored: bfloat16, float16 or float32.") var dtype = "bfloat16"
  @Option(help: "Where published models compute: cpu, cuda, cuda:1, mps.") var device = "cpu"
  @Option(
    help:
      "Which hidden state of published models: last, a number, mean:FIRST-LAST or sum:FIRST-LAST; all or all:FIRST-LAST for several."
  ) var layer = "last"
  @Option(
    help: "What published models compute in: float32, bfloat16, or auto, which is bfloat16 where there is hardware.")
  var precision = "auto"
  @Option(help: "What Whisper sees around a clip: window (silence up to 30 s, as trained) or clip (nothing; faster).")
  var context = "window"
  @Flag(help: "Leave out the features of special tokens, such as <s>.") var noSpecialTokens = false
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
    options.layer = layer
    options.precision = precision
    options.context = context
    options.specialTokens = !noSpecialTokens
    if let longest { options.longest = longest }
    if let shardSize { options.shardMegabytes = shardSize }
    options.retrying = retry
    try console.print(ExtractCommand(options, report: console.show).run(), json: json)
  }
}
