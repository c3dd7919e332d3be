public import ArgumentParser
import Foundation
public import Recognition
public import Workflows

extension PredictFormat: ExpressibleByArgument {}
extension ChannelPlan: ExpressibleByArgument {}

struct PredictSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Recognises the emotions in recordings.",
    discussion: """
      Recordings of up to 30 s are recognised as a whole, longer ones utterance by utterance, as pauses part them; or in
      windows of one length, or in the segments of a file that says where to look (RTTM, TextGrid, SRT, CSV).

      Examples:
        affect predict call.mp3 --model RUN/bundle
        affect predict *.wav --model RUN/bundle --format csv > emotions.csv
        affect predict meeting.m4a --model RUN/bundle --window 4 --hop 2 --format jsonl
        affect predict interview.flac --model RUN/bundle --segments interview.rttm --format textgrid > interview.TextGrid
        affect predict calls/ --model RUN/bundle --format elan --output timelines
        affect predict https://example.org/talk.mp3 --model RUN/bundle --abstain-below 0.5
        affect predict call.wav --model RUN/bundle --channels speakers --format csv
        affect predict talk.mp3 --model RUN/bundle --transcriber openai/whisper-small --explain --format json
        ffmpeg -i talk.mkv -f wav - | affect predict - --model RUN/bundle
      """)

  @Argument(
    help:
      "Audio or video files of any format that FFmpeg reads, folders, patterns, http(s) addresses, or - for standard input."
  )
  var files: [String]
  @Option(help: "The bundle of a training run.") var model: String
  @Option(help: "How segments are written.") var format = PredictFormat.table
  @Option(help: "A folder that gets one file for each recording; those that are there already are left as they are.")
  var output: String?
  @Option(help: "Seconds of a window, instead of utterances.") var window: Double?
  @Option(help: "Seconds from one window's beginning to the next's.") var hop: Double?
  @Option(help: "A file with the segments to recognise, with their speakers: .rttm, .TextGrid, .srt or .csv.")
  var segments: String?
  @Option(help: "mix averages the channels; speakers recognises each alone, as a speaker of its own.")
  var channels = ChannelPlan.mix
  @Option(
    help: "A Whisper, as a folder or by its id on the hub, that writes down what is said, for bundles that read it.")
  var transcriber: String?
  @Option(help: "The language spoken, for the transcriber, as a code or name (default: detected).") var language:
    String?
  @Option(help: "Give no answer where the most probable class stays below this probability.") var abstainBelow: Double?
  @Flag(help: "Say which stream, which seconds and which words carried each decision (json and jsonl).") var explain =
    false
  @Flag(help: "Recognise what can be decoded of a damaged file.") var keepDamaged = false
  @Flag(help: "The same as --format json.") var json = false

  func validate() throws {
    if segments != nil, window != nil || hop != nil {
      throw ValidationError("--segments says what is recognised, so that --window and --hop have no meaning")
    }
    if segments != nil, channels == .speakers {
      throw ValidationError("--segments says who speaks, so that --channels speakers has no meaning")
    }
    if language != nil, transcriber == nil {
      throw ValidationError("--language is for the transcriber; give --transcriber too")
    }
    if let fault = RecognitionOptions(abstainBelow: abstainBelow).fault { throw ValidationError(fault) }
    if explain, !json, format != .json, format != .jsonl {
      throw ValidationError("explanations are written in json and jsonl, and not in \(format.rawValue)")
    }
    if segments == nil, let fault = try PredictCommand.plan(window: window, hop: hop, segments: nil).fault {
      throw ValidationError(fault)
    }
  }

  func run() throws {
    var options = PredictCommand.Options(
      plan: try PredictCommand.plan(window: window, hop: hop, segments: segments.map { URL(filePath: $0) }),
      keepsDamaged: keepDamaged, format: json ? .json : format, output: output.map { URL(filePath: $0) })
    (options.channels, options.transcriber, options.language) = (channels, transcriber, language)
    options.recognition = RecognitionOptions(abstainBelow: abstainBelow, explains: explain)
    let console = Console()
    let command = try PredictCommand(bundle: URL(filePath: model), options: options, report: console.show) {
      try Console.output($0)
    }
    let failures = try command.run(files)
    console.finish()
    for failure in failures { Console.error(failure) }
    if !failures.isEmpty { throw ExitCode(1) }
  }
}
