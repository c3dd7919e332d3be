import Foundation
import Synchronization
import Workflows

/// Where a command's progress goes: standard error, so that standard output holds results alone.
final class Console: Sendable {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let state = Mutex(State())

  private struct State {
    var hasStatus = false
    var lastStatus = Date.distantPast
  }

  /// Shows progress. A status is replaced by what follows on a terminal; elsewhere one in 30 s is shown.
  func show(_ progress: Notice) {
    state.withLock { state in
      switch progress {
      case .line(let text):
        write((state.hasStatus && isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
        state.hasStatus = false
      case .status(let text):
        // Terminals show ten a second at the most: a status must not cost time.
        guard Date().timeIntervalSince(state.lastStatus) > (isTerminal ? 0.1 : 30) else { return }
        state.lastStatus = Date()
        write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n")
        state.hasStatus = true
      }
    }
  }

  /// Ends a status that nothing replaced.
  func finish() {
    state.withLock { state in
      if state.hasStatus && isTerminal { write("\r\u{1B}[K") }
      state.hasStatus = false
    }
  }

  /// Prints what a command came to, and fails the process where the command failed.
  func print(_ result: CommandResult, json: Bool) throws {
    finish()
    FileHandle.standardOutput.write(Data((json ? result.json : result.text).utf8))
    if !result.succeeded { throw CleanExitCode.failure }
  }

  static func error(_ message: String) {
    FileHandle.standardError.write(Data("affect: \(message)\n".utf8))
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
