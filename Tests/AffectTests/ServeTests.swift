import Foundation
import TestSupport
import Testing

@Suite("affect serve", .serialized)
struct ServeTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  @Test("A server answers well, refuses what is wrong in time, and loses no job to a kill", .timeLimit(.minutes(5)))
  func conversation() throws {
    try scratch.write("0123456789abcdef0123\n", "keys.txt")
    struct Found: Decodable {
      let checks: Int
      let problems: [String]
    }
    let found = try run("serve_client.py", scratch("jobs").path, scratch("keys.txt").path, as: Found.self)
    #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
    #expect(found.checks > 70, "the script looked at \(found.checks) things")
  }

  @Test("Jobs that the first version wrote down are kept, and done", .timeLimit(.minutes(2)))
  func migration() throws {
    struct Found: Decodable { let problems: [String] }
    let found = try run("serve_migration.py", scratch("jobs").path, as: Found.self)
    #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
  }

  @Test("Hostile recordings and requests get a 4xx in bounded time and memory", .timeLimit(.minutes(3)))
  func hostile() throws {
    struct Found: Decodable {
      let inputs: Int
      let problems: [String]
    }
    let found = try run("serve_hostile.py", as: Found.self)
    #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
    #expect(found.inputs >= 40, "the script sent \(found.inputs) inputs")
  }

  /// `AFFECT_FUZZ_SECONDS` says for how long.
  @Test("Fuzzed recordings, requests, frames and messages end no server", .timeLimit(.minutes(20)))
  func fuzzing() throws {
    struct Found: Decodable {
      let counts: [String: Int]
      let problems: [String]
    }
    let seconds = ProcessInfo.processInfo.environment["AFFECT_FUZZ_SECONDS"] ?? "5"
    let found = try run("serve_fuzz.py", seconds, limit: 600 + (Double(seconds) ?? 0), as: Found.self)
    #expect(found.problems.isEmpty, "\(found.problems.joined(separator: "\n"))")
    #expect(found.counts.count == 5, "\(found.counts)")
  }

  private static let hasSchemathesis = FileManager.default.isExecutableFile(
    atPath: Peer.interpreter.deletingLastPathComponent().appending(path: "schemathesis").path)

  /// `AFFECT_SCHEMA_EXAMPLES` says how many requests of each kind.
  @Test(
    "The server is what its OpenAPI document says",
    .enabled(if: ServeTests.hasSchemathesis, "needs schemathesis in .deps/venv (scripts/setup.sh --peers)"),
    .timeLimit(.minutes(10)))
  func schema() throws {
    struct Found: Decodable {
      let status: Int
      let report: String
      let errors: String
      let lives: Bool
    }
    let examples = ProcessInfo.processInfo.environment["AFFECT_SCHEMA_EXAMPLES"] ?? "5"
    let found = try run("serve_schema.py", scratch.url.path, examples, as: Found.self)
    #expect(found.status == 0 && found.lives, "\(found.report)\n\(found.errors)")
  }

  /// Trains a small bundle, and runs a script with the command, the bundle and more arguments.
  private func run<Found: Decodable>(
    _ script: String, _ arguments: String..., limit: Double = 600, as type: Found.Type
  ) throws -> Found {
    let bundle = try ServedBundle.make(in: scratch)
    let file = SharedData.repository.appending(path: "Tests/AffectTests/\(script)")
    let printed = try Peer.python(
      String(contentsOf: file, encoding: .utf8), [Command.executable.path, bundle.path] + arguments,
      limit: limit)
    return try JSONDecoder().decode(Found.self, from: Data(printed.utf8))
  }

  @Test(
    "Options that can't be are refused",
    arguments: [
      ("--port 70000", "there is no port 70000; there are 0 to 65535"),
      ("--concurrency 0", "the concurrency can't be limited to 0.0; a number above 0 can"),
      ("--origin example.org", "'example.org' is no origin"),
      ("--tls-key k.pem", "--tls-certificates and --tls-key are given together"),
      ("--model other/m", "two models have the same name"),
    ])
  func options(_ arguments: String, _ message: String) throws {
    let result = try Command.shell("\"$affect\" serve --model m \(arguments)", in: scratch.url)
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}

/// A bundle that a server has something to say with.
enum ServedBundle {
  /// Trains one in a folder, on tones.
  static func make(in scratch: TemporaryFolder) throws -> URL {
    _ = try ToneCorpus(at: scratch("corpus"))
    let settings = ToneCorpus.settings.map { " --set \($0)" }.joined()
    let trained = try Command.shell("\"$affect\" train quick --corpus corpus --output run\(settings)", in: scratch.url)
    #expect(trained.status == 0, "\(trained.errors)")
    return scratch("run/bundle")
  }
}
