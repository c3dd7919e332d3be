import Foundation
import TestSupport
import Testing

/// The command against a hub on this machine.
@Suite("affect download")
struct DownloadTests {
  let server: HubServer
  let cache: TemporaryFolder
  init() throws {
    server = try HubServer()
    cache = try TemporaryFolder()
  }

  private func process(_ arguments: String...) -> Process {
    let process = Command.process(["download"] + arguments)
    process.environment?.merge(server.environment(cache: cache.url)) { $1 }
    process.environment?["HF_TOKEN"] = nil
    return process
  }

  private var folder: String { cache("hub/models--owner--model").path }

  @Test("Prints the folder, and the bytes as JSON") func output() throws {
    try server.addModel("owner/model")
    let first = try Command.run(process("owner/model"))
    #expect(first.status == 0)
    let snapshot = first.output.trimmingCharacters(in: .newlines)
    #expect(snapshot.hasPrefix(folder + "/snapshots/"))
    let second = try Command.run(process("owner/model", "--json"))
    let rows = try #require(second.json as? [[String: Any]])
    #expect(rows.count == 1 && rows[0]["folder"] as? String == snapshot && rows[0]["downloadedBytes"] as? Int == 0)
  }

  @Test("What can't be had fails, and does not keep the rest from being fetched") func failures() throws {
    try server.addModel("owner/model")
    let usage = try Command.run(process("no id"))
    #expect(usage.status == 2 && usage.errors.contains("'no id' is no model's id"))
    let revision = try Command.run(process("owner/model", "--revision", "v9"))
    #expect(revision.status == 1 && revision.errors.contains("owner/model has no revision 'v9'"))
    let both = try Command.run(process("owner/other", "owner/model"))
    #expect(both.status == 1 && both.errors.contains("owner/other: the hub has no such model, or it is private"))
    #expect(both.output.hasPrefix(folder))
  }

  @Test("Two processes at once fetch each file once") func twoProcesses() throws {
    let weights = try server.addModel("owner/model", weights: 400_000)
    try server.set(rules: #"{"faults": [{"path": "model.safetensors", "do": "slow", "bytes": 16000, "seconds": 0.2}]}"#)
    let results = Together.run(2) { _ in try Command.run(process("owner/model")) }
    for result in results { #expect(try result.get().status == 0) }
    let errors = try results.map { try $0.get().errors }.joined()
    #expect(errors.contains("another process fetches"))
    let content = try server.requests().filter(\.isContent)
    #expect(Set(content.map(\.path)).count == content.count, "\(content.map(\.path))")
    let path = try #require(results.first?.get().output).trimmingCharacters(in: .newlines)
    #expect(try Data(contentsOf: URL(filePath: path).appending(path: "model.safetensors")) == weights)
  }

  @Test("A killed process goes on where it was") func killed() throws {
    let weights = try server.addModel("owner/model", weights: 600_000)
    try server.set(
      rules: #"{"faults": [{"path": "model.safetensors", "do": "slow", "bytes": 30000, "seconds": 0.1, "times": 1}]}"#)
    let killed = process("owner/model")
    killed.standardOutput = FileHandle.nullDevice
    killed.standardError = FileHandle.nullDevice
    try killed.start()
    let blobs = URL(filePath: folder).appending(path: "blobs")
    let deadline = Date().addingTimeInterval(30)
    var gathered = 0
    while gathered < 100_000, Date() < deadline {
      Thread.sleep(forTimeInterval: 0.02)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: blobs.path)) ?? []
      for name in names where name.hasSuffix(".incomplete") {
        let attributes = try? FileManager.default.attributesOfItem(atPath: blobs.appending(path: name).path)
        gathered = max(gathered, attributes?[.size] as? Int ?? 0)
      }
    }
    kill(killed.processIdentifier, SIGKILL)
    killed.waitUntilExit()
    #expect(gathered >= 100_000 && gathered < 600_000)
    let result = try Command.run(process("owner/model", "--json"))
    #expect(result.status == 0, "\(result.errors)")
    let row = try #require((result.json as? [[String: Any]])?.first)
    #expect(try #require(row["downloadedBytes"] as? Int) <= 600_000 - gathered)
    let snapshot = URL(filePath: try #require(row["folder"] as? String))
    #expect(try Data(contentsOf: snapshot.appending(path: "model.safetensors")) == weights)
    let ranges = try server.requests().filter { $0.isContent && $0.path.contains("safetensors") }.map(\.range)
    #expect(ranges.count == 2 && ranges[0] == nil && ranges[1]?.hasPrefix("bytes=") == true, "\(ranges)")
  }

  @Test("A tokenizer is fetched by its model's id, without the weights") func tokenizer() throws {
    try server.add(
      "owner/model",
      [
        "tokenizer.json": Data(
          #"{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "hi": 1}}, "pre_tokenizer": {"type": "WhitespaceSplit"}}"#
            .utf8), "model.safetensors": Data(count: 1000),
      ])
    try cache.write("\"hi there\"\n", "lines")
    let process = Command.process(["tokenize", "--model", "owner/model", cache("lines").path])
    process.environment?.merge(server.environment(cache: cache.url)) { $1 }
    let result = try Command.run(process)
    #expect(result.output == "[1,0]\n", "\(result.errors)")
    #expect(try server.requests().allSatisfy { !$0.path.contains("safetensors") })
  }
}
