import ArgumentParser

/// Exit statuses of a command that has said what is wrong already.
enum CleanExitCode {
  static let failure = ExitCode(1)
}
