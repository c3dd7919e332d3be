import ArgumentParser
import Foundation

/// The command `affect`.
@main
struct Affect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "affect",
    abstract: "Recognises emotion in naturalistic speech, and trains the systems that do.",
    discussion: """
      The whole story in one command:
        affect demo
      A corpus of your own, from import to recognition:
        affect corpus import emodb SOURCE --output CORPUS
        affect train quick --corpus CORPUS --output RUN
        affect predict recording.mp3 --model RUN/bundle
      """,
    version: "0.1.0",
    subcommands: [
      DemoSubcommand.self, CorpusSubcommand.self, TrainSubcommand.self, EvaluateSubcommand.self,
      PredictSubcommand.self,
    ])

  /// Exits with 0 after success, 1 after a failure, 2 for a command line that makes no sense.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      Console.error(failure.message)
      Foundation.exit(1)
    } catch {
      switch exitCode(for: error) {
      case .success: print(fullMessage(for: error))
      case .validationFailure:
        FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
        Foundation.exit(2)
      case let code where error is ExitCode: Foundation.exit(code.rawValue)
      default:
        Console.error("\(error)")
        Foundation.exit(1)
      }
    }
  }
}

/// A failure that has been put into words already.
struct Failure: Error {
  let message: String
}
