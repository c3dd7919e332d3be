import Basics
import Foundation
import TestSupport
import Testing

@Suite("affect extract and affect features", .serialized)
struct ExtractTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  @Test("Killed again and again at random moments, an extraction ends with the same bytes as one that never was")
  func killed() throws {
    _ = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 18, seconds: 1)
    func arguments(_ store: String) -> [String] {
      [
        "extract", "--corpus", scratch("corpus").path, "--encoder", "log-mel-80", "--encoder", "prosody-10ms",
        "--output", scratch(store).path, "--shard-size", "1",
      ]
    }
    let start = Date()
    #expect(try Command.run(Command.process(arguments("whole"))).status == 0)
    let whole = Date().timeIntervalSince(start)
    var random = SeededGenerator(seed: 20)
    var kills = 0
    for _ in 0..<8 {
      let process = Command.process(arguments("killed"))
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.start()
      // Together about as long as the whole takes.
      Thread.sleep(forTimeInterval: random.uniform() * whole / 4)
      if process.isRunning { kills += 1 }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    #expect(kills >= 4)
    #expect(try Command.run(Command.process(arguments("killed"))).status == 0)
    let files = scratch.files("whole")
    #expect(files == scratch.files("killed") && files.count { $0.hasSuffix(".safetensors") } > 10)
    for file in files where file.hasSuffix(".safetensors") {
      #expect(try Data(contentsOf: scratch("whole/\(file)")) == Data(contentsOf: scratch("killed/\(file)")), "\(file)")
    }
    let statistics = try ["whole", "killed"].map { try Command.run("features", "stats", scratch($0).path) }
    #expect(statistics[0].output == statistics[1].output && statistics[0].status == 0)
    let check = try Command.run("features", "check", scratch("killed").path, "--json")
    #expect(check.status == 0 && (check.json as? [[String: Any]])?.count == 2)
  }

  @Test("A broken clip fails the command after all others are done, and damage is named")
  func failures() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    try Data().write(to: corpus.audio(corpus.clips[2]))
    let store = scratch("store").path
    let result = try Command.run(
      "extract", "--corpus", corpus.folder.path, "--encoder", "log-mel-80", "--output", store, "--json")
    #expect(result.status == 1)
    let failures = try #require((result.json as? [String: Any])?["failures"] as? [[String: String]])
    #expect(failures.map { $0["fileName"] } == [corpus.clips[2].fileName])
    #expect(try Command.run("features", "check", store).status == 0)
    let shard = scratch.files("store").first { $0.hasSuffix(".safetensors") } ?? ""
    var bytes = try Data(contentsOf: scratch("store/\(shard)"))
    bytes[5000] ^= 1
    try bytes.write(to: scratch("store/\(shard)"))
    let check = try Command.run("features", "check", store)
    #expect(check.status == 1 && check.output.contains("error: \(shard): has the SHA-256 "))
  }
}
