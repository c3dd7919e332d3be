import ArgumentParser
import Foundation
import Workflows

struct SubmissionSubcommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submission", abstract: "Writes and checks files for the Interspeech 2025 challenge.",
    subcommands: [Write.self, Check.self])

  struct Write: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a submission of predictions, checked as the challenge would.",
      discussion: """
        Task 1 is FileName,EmoClass with one of the letters A S H U F D C N; Task 2 is FileName,EmoAct,EmoVal,EmoDom
        from 1 to 7.

        Example: affect submission write --predictions RUN/predictions/Test3.csv --task categorical --output task1.csv
        """)

    @Option(help: "A CSV of predictions.") var predictions: String
    @Option(help: "categorical (Task 1) or attributes (Task 2).") var task: String
    @Option(help: "The submission's file.") var output: String
    @Option(help: "A folder of the test set's audio, or a list of its file names, to check against.")
    var expecting: String?
    @Option(
      parsing: .singleValue,
      help: ArgumentHelp("What a column of the predictions is called.", valueName: "name=column")) var map: [String] =
        []
    @Flag(help: "Print the result as JSON.") var json = false

    func validate() throws {
      guard ["categorical", "attributes"].contains(task) else {
        throw ValidationError("there is no task '\(task)'; there are categorical, attributes")
      }
    }

    func run() throws {
      let result = try SubmissionCommand.write(
        predictions: URL(filePath: predictions), task: task, output: URL(filePath: output),
        expecting: expecting.map { URL(filePath: $0) }, map: map)
      try Console().print(result, json: json)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks a submission: its columns, classes or values, and each file once.",
      discussion: "Example: affect submission check task1.csv --expecting MSP-Podcast/Audios-test3")

    @Argument(help: "The submission's file.") var file: String
    @Option(help: "A folder of the test set's audio, or a list of its file names.") var expecting: String?
    @Flag(help: "Print the result as JSON.") var json = false

    func run() throws {
      let result = try SubmissionCommand.check(URL(filePath: file), expecting: expecting.map { URL(filePath: $0) })
      try Console().print(result, json: json)
    }
  }
}
