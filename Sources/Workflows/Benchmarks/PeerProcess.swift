import Foundation

/// A Python process that waits for work: it gets a line of JSON for each piece, and answers with one.
final class PeerProcess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let errors: URL
  private var unread = Data()

  /// Starts a script of the resources under `benchmarks/`.
  ///
  /// - Throws: `BenchmarkError.noPeer` where there is no such Python
  init(_ script: String, python: URL) throws {
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      throw BenchmarkError.noPeer(python: python.path)
    }
    errors = FileManager.default.temporaryDirectory.appending(path: "affect-peer-\(UUID().uuidString).log")
    try Data().write(to: errors)
    process.executableURL = python
    process.arguments = [Bundle.module.bundleURL.appending(path: "benchmarks/\(script)").path]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    // A peer that has ended is an error of writing to it, not the end of this process.
    signal(SIGPIPE, SIG_IGN)
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.terminate()
    try? FileManager.default.removeItem(at: errors)
  }

  /// Has one piece of work done.
  func ask<Answer: Decodable>(_ question: some Encodable, _ type: Answer.Type = Answer.self) throws -> Answer {
    do {
      try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(question) + Data("\n".utf8))
    } catch {
      throw failure()
    }
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = unread[..<end]
        unread = Data(unread[unread.index(after: end)...])
        return try JSONDecoder().decode(type, from: line)
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw failure() }
      unread += more
    }
  }

  /// Seconds that one piece of work took the peer.
  func seconds(_ question: some Encodable) throws -> Double {
    try ask(question, Taken.self).seconds
  }

  private struct Taken: Decodable { let seconds: Double }

  private func failure() -> BenchmarkError {
    process.waitUntilExit()
    let log = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
    return .peerFailed(log: log.split(separator: "\n").suffix(8).joined(separator: "\n"))
  }
}

/// Why a benchmark can't be run.
enum BenchmarkError: Error, CustomStringConvertible {
  case noPeer(python: String)
  case peerFailed(log: String)
  case unknown(name: String, known: [String])
  case noData(String)

  var description: String {
    switch self {
    case .noPeer(let python):
      "there is no Python with the peers at \(python); scripts/setup.sh --peers installs it, --python names another"
    case .noData(let path): "\(path): there are too few clips or texts to measure with; --data names another folder"
    case .peerFailed(let log): "the peer ended before its answer:\n\(log)"
    case .unknown(let name, let known):
      "there is no benchmark '\(name)'; there are \(known.joined(separator: ", "))"
    }
  }
}
