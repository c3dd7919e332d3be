import ArgumentParser
import Foundation
import Workflows

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
      DemoSubcommand.self, CorpusSubcommand.self, ExtractSubcommand.self, FeaturesSubcommand.self,
      TrainSubcommand.self, StackSubcommand.self, EvaluateSubcommand.self, ReportSubcommand.self,
      CompareSubcommand.self, CalibrateSubcommand.self, SubmissionSubcommand.self, PredictSubcommand.self,
      EncodeSubcommand.self, TokenizeSubcommand.self, TranscribeSubcommand.self, DownloadSubcommand.self,
      ServeSubcommand.self, BenchSubcommand.self,
    ])

  /// Exits with 0 after success, 1 after a failure, 2 for a command line that makes no sense.
  static func main() async {
    restoreSignals()
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Foundation.exit(status(after: error))
    }
  }

  /// Undoes what the process that started this one may have passed on. Whoever reads the results may have had enough of
  /// them (`| head`): then this process ends quietly, as others do. Threads that block Ctrl-C start processes that do.
  private static func restoreSignals() {
    signal(SIGPIPE, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
    sigprocmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Says what is wrong, and gives the exit status.
  private static func status(after error: any Error) -> Int32 {
    switch (error, exitCode(for: error)) {
    case (let code as ExitCode, _): return code.rawValue
    case (_, .success):
      do {
        try Console.output(fullMessage(for: error) + "\n")
        return 0
      } catch {
        Console.error("\(error)")
        return 1
      }
    case (_, .validationFailure):
      Console.note(fullMessage(for: error) + "\n")
      return 2
    case (RecipeError.setting, _), (is ExtractError, _), (is FeaturesError, _), (is TrainUsage, _),
      (is PredictError, _),
      (TranscribeError.language, _):
      Console.error("\(error)")
      return 2
    case (let error as EncodeError, _) where error.isUsage:
      Console.error("\(error)")
      return 2
    case (let error as CocoaError, _):
      Console.error((error.filePath.map { "\($0): " } ?? "") + error.localizedDescription)
      return 1
    default:
      Console.error("\(error)")
      return 1
    }
  }
}
