public import Foundation

extension Process {
  /// Starts the process and kills it when it still runs after `limit` seconds, far longer than any test's process takes.
  /// A process that hangs then fails its test; it does not keep the whole suite from its end.
  public func start(limit: Double = 600) throws {
    try run()
    DispatchQueue.global().asyncAfter(deadline: .now() + limit) { [self] in
      guard isRunning else { return }
      FileHandle.standardError.write(
        Data(
          "killed after \(Int(limit)) s: \(([executableURL?.path ?? ""] + (arguments ?? [])).joined(separator: " ").prefix(300))\n"
            .utf8))
      kill(processIdentifier, SIGKILL)
    }
  }
}
