public import ArgumentParser
import Foundation
public import Workflows

extension PredictCommand.Format: ExpressibleByArgument {}

struct PredictSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Recognises the emotions in recordings.",
    discussion: """
      Recordings of up to 30 s are recognised as a whole, longer ones in stretches of 5 s.

      Examples:
        affect predict call.mp3 --model RUN/bundle
        affect predict *.wav --model RUN/bundle --format csv > emotions.csv
        affect predict meeting.m4a --model RUN/bundle --window 4 --hop 2 --format jsonl
      """)

  @Argument(help: "Audio or video files of any format that FFmpeg reads.") var files: [String]
  @Option(help: "The bundle of a training run.") var model: String
  @Option(help: "table, json, jsonl or csv.") var format = PredictCommand.Format.table
  @Option(help: "Seconds of a stretch.") var window: Double?
  @Option(help: "Seconds from one stretch's beginning to the next's.") var hop: Double?
  @Flag(help: "Recognise what can be decoded of a damaged file.") var keepDamaged = false
  @Flag(help: "The same as --format json.") var json = false

  func validate() throws {
    if let fault = PredictCommand.fault(window: window, hop: hop) { throw ValidationError(fault) }
  }

  func run() throws {
    let command = try PredictCommand(
      bundle: URL(filePath: model), window: window, hop: hop, keepsDamaged: keepDamaged, format: json ? .json : format
    ) { try Console.output($0) }
    let failures = try command.run(files)
    for failure in failures { Console.error(failure) }
    if !failures.isEmpty { throw ExitCode(1) }
  }
}
