import Foundation
import Hub
import TestSupport
import Testing

/// The faults of networks and servers.
@Suite struct NetworkTests {
  let fixture: Fixture
  init() throws { fixture = try Fixture() }

  private func fault(_ rule: String, _ path: String = "model.safetensors") throws {
    try fixture.server.set(rules: #"{"faults": [{"path": "\#(path)", \#(rule)}]}"#)
  }

  private func expect(_ snapshot: Hub.Snapshot, _ weights: Data) throws {
    #expect(try Data(contentsOf: snapshot.folder.appending(path: "model.safetensors")) == weights)
    #expect(!fixture.files("blobs").contains { $0.hasSuffix(".incomplete") })
  }

  @Test func cutConnectionsGoOnWhereTheyWere() async throws {
    let weights = try fixture.server.addModel("owner/model")
    try fault(#""do": "cut", "bytes": 70000, "times": 4"#)
    let notices = Notices()
    let snapshot = try await fixture.fetch("owner/model", [:], notices)
    try expect(snapshot, weights)
    #expect(snapshot.fetched == weights.count + 104)
    // What was under way when a connection broke may be lost, what arrived is not.
    let starts = try fixture.ranges().map { $0.flatMap { Int($0.dropFirst(6).dropLast()) } ?? 0 }
    #expect(
      starts.count == 5 && zip(starts, starts.dropFirst()).allSatisfy { $0 < $1 && $1 <= $0 + 70_000 }, "\(starts)")
    #expect(notices.text.contains("owner/model: model.safetensors: the connection was cut; trying again now (1 of 5)"))
  }

  @Test func aServerWithoutRangesSendsAllOfIt() async throws {
    let weights = try fixture.server.addModel("owner/model")
    try fixture.server.set(
      rules: """
        {"faults": [{"path": "model.safetensors", "do": "cut", "bytes": 70000, "times": 1},
          {"path": "model.safetensors", "do": "whole"}]}
        """)
    try expect(await fixture.fetch(), weights)
    let ranges = try fixture.ranges()
    #expect(ranges.count == 2 && ranges[0] == nil && ranges[1]?.hasPrefix("bytes=") == true, "\(ranges)")
  }

  @Test func whatAnEarlierRunLeftIsUsedOrThrownAway() async throws {
    let weights = try fixture.server.addModel("owner/model")
    let first = try await fixture.fetch()
    let link = first.folder.appending(path: "model.safetensors")
    let blob = link.resolvingSymlinksInPath()
    let partial = blob.appendingPathExtension("incomplete")
    for (left, ranges) in [
      (weights.prefix(100_000), ["bytes=100000-"]), (Data(count: 100_000), ["bytes=100000-", nil]), (weights, []),
      (weights + Data([1]), [nil]),
    ] as [(Data, [String?])] {
      try FileManager.default.removeItem(at: blob)
      try left.write(to: partial)
      try fixture.server.forgetRequests()
      try expect(await fixture.fetch(), weights)
      #expect(try fixture.ranges() == ranges, "\(left.count) bytes left")
    }
  }

  @Test func stallsAreNoticed() async throws {
    let weights = try fixture.server.addModel("owner/model")
    try fault(#""do": "stall", "bytes": 90000, "seconds": 60, "times": 1"#)
    let notices = Notices()
    try expect(await fixture.fetch("owner/model", ["HF_HUB_DOWNLOAD_TIMEOUT": "2"], notices), weights)
    #expect(notices.text.contains("model.safetensors: nothing came for 2 s; trying again"))
    // How much of the 90,000 bytes was handed over before the stall is the HTTP client's affair.
    #expect(try fixture.ranges().count >= 2)
  }

  @Test func whatIsSlowButMovesIsWaitedFor() async throws {
    let weights = try fixture.server.addModel("owner/model")
    try fault(#""do": "slow", "bytes": 60000, "seconds": 0.4"#)
    try expect(await fixture.fetch(), weights)
    #expect(try fixture.ranges() == [nil])
  }

  @Test func damagedFilesAreFetchedAgainAndThenRefused() async throws {
    let weights = try fixture.server.addModel("owner/model")
    try fault(#""do": "corrupt", "times": 1"#)
    try expect(await fixture.fetch(), weights)
    #expect(try fixture.ranges() == [nil, nil])
    for file in ["vocab.txt", "model.safetensors"] {
      let fresh = try Fixture()
      try fresh.server.addModel("owner/model")
      try fresh.server.set(rules: #"{"faults": [{"path": "\#(file)", "do": "corrupt"}]}"#)
      let error = await fresh.error()
      guard case .corrupted("owner/model", let name, let reason) = error, name == file else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(reason.hasPrefix("the hash is ") && reason.count > 90)
      #expect(!fresh.files().contains { $0.hasSuffix(file) || $0.hasSuffix(".incomplete") })
    }
  }

  @Test func longerAndOtherContentIsNoModel() async throws {
    try fixture.server.addModel("owner/model")
    try fault(#""do": "header", "headers": {"X-Linked-Etag": "\"\#(String(repeating: "0", count: 64))\""}"#)
    #expect(await fixture.error()?.description.contains("it gives another hash than in its list of files") == true)
    try fault(#""do": "header", "headers": {"X-Linked-Size": "7"}"#)
    #expect(await fixture.error()?.description.contains("another size") == true)
    try fault(#""do": "header", "headers": {"X-Repo-Commit": "\#(String(repeating: "a", count: 40))"}"#)
    #expect(await fixture.error()?.description.contains("another commit") == true)
  }

  @Test func whatMaySucceedLaterIsTriedAgain() async throws {
    let weights = try fixture.server.addModel("owner/model")
    try fixture.server.set(
      rules: """
        {"faults": [{"path": "/tree/", "do": "status", "status": 503, "times": 2},
          {"path": "/revision/", "do": "status", "status": 429, "headers": {"Retry-After": "0"}, "times": 3},
          {"path": "vocab.txt", "do": "status", "status": 500, "times": 1},
          {"path": "model.safetensors", "host": "storage", "do": "status", "status": 403, "times": 1}]}
        """)
    try expect(await fixture.fetch(), weights)
  }

  @Test func whatCanNotSucceedIsNotTriedAgain() async throws {
    try fixture.server.addModel("owner/model")
    try fault(#""do": "status", "status": 400, "body": "{\"error\": \"no\"}""#, "/tree/")
    #expect(
      await fixture.error()?.description.hasSuffix("answered with status 400 (no); this request can't succeed") == true)
    #expect(try fixture.server.requests().filter { $0.path.contains("/tree/") }.count == 1)
    try fixture.server.forgetRequests()
    try fault(#""do": "status", "status": 500, "body": "x""#, "/tree/")
    #expect(await fixture.error()?.description.contains("answered with status 500; the fault is the server's") == true)
    #expect(try fixture.server.requests().filter { $0.path.contains("/tree/") }.count == 6)
    try fault(#""do": "status", "status": 429, "headers": {"Retry-After": "9000"}"#, "/tree/")
    #expect(await fixture.error() == .tooManyRequests(id: "owner/model", seconds: 9000))
    try fault(#""do": "status", "status": 302, "headers": {"Location": "/api/models/owner/model/tree/x"}"#, "/tree/")
    #expect(await fixture.error()?.description.contains("from one address to the next without end") == true)
    try fault(#""do": "status", "status": 302, "headers": {"Location": "file:///etc/passwd"}"#, "/tree/")
    #expect(await fixture.error()?.description.contains("it leads to 'file:///etc/passwd'") == true)
    try fault(#""do": "body", "body": "<html>Sign in to the network</html>""#, "/revision/")
    #expect(await fixture.error()?.description.contains("no commit is named in its answer") == true)
  }

  @Test func nobodyAnswers() async throws {
    let port = try Together.freePort()
    let error = await fixture.error("owner/model", ["HF_ENDPOINT": "http://127.0.0.1:\(port)"])
    #expect(error == .unreachable(address: "http://127.0.0.1", reason: "Connection refused", id: "owner/model"))
  }

  @Test func aDiskThatIsTooSmallIsSaidBeforeAnythingIsFetched() async throws {
    try fixture.server.addModel("owner/model")
    let hash = String(repeating: "a", count: 64)
    let tree = """
      [{"type": "file", "path": "config.json", "oid": "9e26dfeeb6e641a33dae4961196235bdb965b21b", "size": 2},
       {"type": "file", "path": "model.safetensors", "oid": "\(hash.prefix(40))", "size": 134,
        "lfs": {"oid": "\(hash)", "size": 9000000000000000}}]
      """
    let body = String(decoding: try JSONEncoder().encode(tree), as: UTF8.self)
    try fault(#""do": "body", "body": \#(body)"#, "/tree/")
    try fixture.server.add("owner/model", ["config.json": Data("{}".utf8)])
    let error = await fixture.error()
    guard case .diskFull(let folder, let needed, let free) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(folder == fixture.cache("hub").path && needed == 9_000_000_000_000_000 && free > 0)
    #expect(try fixture.ranges().isEmpty)
  }

  @Test func twoTasksOfOneProcessFetchOnce() async throws {
    let weights = try fixture.server.addModel("owner/model")
    try fault(#""do": "slow", "bytes": 100000, "seconds": 0.2"#)
    async let first = fixture.fetch()
    async let second = fixture.fetch()
    for snapshot in try await [first, second] { try expect(snapshot, weights) }
    #expect(try fixture.ranges() == [nil])
  }
}
