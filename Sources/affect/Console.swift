import ArgumentParser
import Foundation
import Synchronization
import Workflows

/// What a command shows: results go to standard output, progress and errors to standard error.
final class Console: Sendable {
  private static let isTerminal = isatty(STDERR_FILENO) == 1
  /// Clears the line that a status may stand on.
  private static let clear = "\r\u{1B}[K"

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
        Self.note((state.hasStatus && Self.isTerminal ? Self.clear : "") + text + "\n")
        state.hasStatus = false
      case .status(let text):
        // Terminals show ten a second at the most: a status must not cost time.
        guard Date().timeIntervalSince(state.lastStatus) > (Self.isTerminal ? 0.1 : 30) else { return }
        state.lastStatus = Date()
        // A status that wraps could not be cleared.
        Self.note(Self.isTerminal ? Self.clear + text.prefix(Self.width - 1) : text + "\n")
        state.hasStatus = true
      }
    }
  }

  /// Ends a status that nothing replaced.
  func finish() {
    state.withLock { state in
      if state.hasStatus && Self.isTerminal { Self.note(Self.clear) }
      state.hasStatus = false
    }
  }

  /// Prints what a command came to, and fails the process where the command failed.
  func print(_ result: CommandResult, json: Bool) throws {
    finish()
    try Self.output(json ? result.json : result.text)
    if !result.succeeded { throw ExitCode(1) }
  }

  /// Prints a result. Throws `OutputError` where standard output takes no more, such as a full disk.
  static func output(_ text: String) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      // What the operating system says is more than what Foundation makes of it.
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      throw OutputError(reason: (cause ?? error as NSError).localizedDescription)
    }
  }

  /// Prints what is wrong.
  static func error(_ message: String) { note((isTerminal ? clear : "") + "affect: \(message)\n") }

  /// Standard error that takes no more is no reason to stop.
  static func note(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

  private static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

/// Standard output can't be written.
struct OutputError: Error, CustomStringConvertible {
  let reason: String
  var description: String { "the results can't be written to standard output: \(reason)" }
}
