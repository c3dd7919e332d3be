import ArgumentParser
import Foundation
import Workflows

struct TranscribeSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transcribe", abstract: "Writes down what is said in recordings, or in all clips of a corpus.",
    discussion: """
      The model is a Whisper in its published layout, of any size, multilingual or English-only. Recordings may last hours.
      A corpus is transcribed by one model in one language for all splits, into CORPUS/Transcripts, beside a record of
      how; a run that was ended goes on where it was. Files or clips that can't be transcribed are named at the end, and
      the exit status is then 1.

      Examples:
        affect transcribe interview.mp3 --model openai/whisper-large-v3
        affect transcribe talk.m4a --model whisper-large-v3 --language German --format srt > talk.srt
        affect transcribe calls/*.wav --model whisper-small.en --format json --output transcripts
        affect transcribe --corpus corpora/msp --model whisper-large-v3 --language en --dtype bfloat16
        affect transcribe --corpus corpora/msp --model whisper-large-v3 --language en --features corpora/msp/Features
      """)

  @Argument(help: "Audio or video files of any format that FFmpeg reads.") var files: [String] = []
  @Option(help: "A corpus, whose clips are transcribed instead of files.") var corpus: String?
  @Option(help: "The model's folder as it is published, or its id on the hub.") var model: String
  @Option(help: "The language spoken, as a code or name (default: detected in each file).") var language: String?
  @Option(help: "transcribe, or translate into English.") var task: String?
  @Option(help: "text, json (times and every token's probability), srt or vtt.") var format = "text"
  @Option(help: "A folder, in which each file's transcript is written.") var output: String?
  @Option(help: "How many sequences beam search keeps; 1 takes the likeliest token.") var beams = 1
  @Option(help: "One temperature, instead of rising ones until the thresholds are passed.") var temperature: Double?
  @Flag(help: "Take what is decoded first, whatever the thresholds say.") var noFallback = false
  @Flag(help: "Tell the model what it wrote before, in recordings of more than 30 s.") var conditionOnPrevious = false
  @Option(help: "Text given to the model as if it came before, such as names.") var prompt: String?
  @Flag(
    inversion: .prefixedNo,
    help: "Write times within clips of up to 30 s (default: for all formats but text).") var timestamps: Bool?
  @Flag(help: "Decode nothing that begins behind the end of a clip shorter than 30 s.") var stopAtEnd = false
  @Option(help: "float32 or bfloat16.") var dtype = "float32"
  @Option(help: "How many windows are computed together.") var batchSize = 8
  @Option(help: "Where draws at temperatures above 0 begin.") var seed: UInt64 = 0
  @Option(help: "A feature store that keeps the model's features of a corpus too, of the same pass of its encoder.")
  var features: String?
  @Option(
    help: "Which hidden state --features keeps: last, a number, mean:FIRST-LAST, sum:FIRST-LAST, or all of them by all."
  )
  var layer = "last"
  @Flag(help: "Throw a corpus's transcripts away that were made otherwise.") var replace = false
  @Flag(help: "Print JSON: for files the same as --format json.") var json = false

  private var options: TranscribeCommand.Options {
    var options = TranscribeCommand.Options(model: model)
    options.files = files
    options.corpus = corpus.map { URL(filePath: $0) }
    options.output = output.map { URL(filePath: $0) }
    options.format = json && corpus == nil ? "json" : format
    (options.features, options.layer) = (features.map { URL(filePath: $0) }, layer)
    (options.language, options.task, options.prompt) = (language, task, prompt)
    (options.beams, options.temperature, options.takesFirst) = (beams, temperature, noFallback)
    options.conditionsOnPreviousText = conditionOnPrevious
    (options.timestamps, options.stopsAtEnd) = (timestamps, stopAtEnd)
    (options.dtype, options.batchSize, options.seed, options.replaces) = (dtype, batchSize, seed, replace)
    return options
  }

  func validate() throws { if let fault = options.fault { throw ValidationError(fault) } }

  func run() throws {
    let console = Console()
    let command = try TranscribeCommand(options, report: console.show)
    if corpus != nil {
      try console.print(command.transcribeCorpus(), json: json)
      return
    }
    let failures = try command.transcribeFiles { text in
      console.finish()
      try Console.output(text)
    }
    console.finish()
    for failure in failures { Console.error(failure) }
    if !failures.isEmpty { throw ExitCode(1) }
  }
}
