import Foundation
import Hub
import TestSupport
import Testing

/// Who may read what, and what a server may not do to us.
@Suite struct AccessTests {
  let fixture: Fixture
  init() throws { fixture = try Fixture() }

  @Test func theTokenIsShownToTheHubAlone() async throws {
    try fixture.server.addModel("owner/model")
    _ = try await fixture.fetch("owner/model", ["HF_TOKEN": " hf_secret\n"])
    let requests = try fixture.server.requests()
    #expect(requests.contains { $0.host == "storage" && $0.status == 200 })
    #expect(requests.allSatisfy { $0.token == ($0.host == "hub") })
    try fixture.server.forgetRequests()
    // As the Python tools keep it after a login.
    try fixture.cache.write("hf_secret\n", "token")
    _ = try await fixture.fetch()
    _ = try await fixture.fetch("owner/model", ["HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"])
    #expect(try fixture.server.requests().map(\.token) == [true, false])
  }

  @Test func refusalsSayWhatToDo() async throws {
    for name in ["gated", "private", "model"] { try fixture.server.addModel("owner/\(name)") }
    try fixture.server.set(
      rules: #"""
        {"access": {"owner/gated": {"token": "hf_right", "kind": "gated"}, "owner/private": {"token": "hf_right", "kind": "private"}},
         "expired": "hf_old"}
        """#)
    let page = fixture.server.endpoint
    let wrong = ["HF_TOKEN": "hf_wrong"]
    #expect(
      await fixture.error("owner/gated") == .gated(id: "owner/gated", page: page + "/owner/gated", tokenSource: nil))
    #expect(
      await fixture.error("owner/gated", wrong)
        == .gated(id: "owner/gated", page: page + "/owner/gated", tokenSource: "HF_TOKEN"))
    #expect(await fixture.error("owner/private") == .unknownOrPrivate(id: "owner/private"))
    #expect(await fixture.error("owner/private", wrong) == .noModel(id: "owner/private", endpoint: page))
    #expect(await fixture.error("owner/nothing") == .unknownOrPrivate(id: "owner/nothing"))
    #expect(
      await fixture.error("owner/model", ["HF_TOKEN": "hf_old"]) == .tokenRefused(id: "owner/model", source: "HF_TOKEN")
    )
    #expect(
      await fixture.error("owner/model@v2")
        == .noRevision(id: "owner/model", revision: "v2", page: page + "/owner/model/tree/main"))
    for name in ["gated", "private"] {
      #expect(try await fixture.fetch("owner/\(name)", ["HF_TOKEN": "hf_right"]).fetched > 300_000)
    }
    // None of them was asked twice.
    #expect(try fixture.server.requests().filter { $0.path.contains("owner/nothing") }.count == 1)
    try fixture.server.set(
      rules:
        #"{"faults": [{"path": "tokenizer.json", "do": "status", "status": 404, "headers": {"X-Error-Code": "EntryNotFound"}}]}"#
    )
    guard case .noFile("owner/model", "tokenizer.json", _) = await fixture.error() else {
      Issue.record("the missing file is not named")
      return
    }
  }

  @Test func errorsAreSentences() {
    let gated = HubError.gated(id: "meta/model", page: "https://huggingface.co/meta/model", tokenSource: nil)
    #expect(
      gated.description
        == "meta/model is gated: accept its terms at https://huggingface.co/meta/model, then set HF_TOKEN to a token of that account"
    )
    let full = HubError.diskFull(folder: "/cache", needed: 3_100_000_000, free: 999_600_000)
    #expect(
      full.description.hasPrefix("/cache has too little room: 3.1 GB are needed and 1 GB are free; make room, or"))
    let progress = HubProgress(
      id: "a/b", file: "model.safetensors", received: 412_300_000, total: 1_261_000_000, rate: 25_000_000)
    #expect(progress.description == "a/b: 412 MB of 1.3 GB (32 %), 25 MB/s, 34 s left: model.safetensors")
  }

  @Test(arguments: [
    "../../../evil", "/etc/evil", "a/../../evil", "..", "a//b", "", "./a", "C:evil", "a\\..\\b", "a\u{7}b",
    String(repeating: "x", count: 300),
  ])
  func namesThatLeadElsewhereAreRefused(_ name: String) async throws {
    try fixture.server.addModel("owner/model")
    let oid = String(repeating: "a", count: 40)
    let tree = [
      ["type": "file", "path": "config.json", "oid": oid, "size": 2],
      ["type": "file", "path": name, "oid": oid, "size": 2],
    ]
    let data = try JSONSerialization.data(withJSONObject: tree)
    let body = String(decoding: try JSONEncoder().encode(String(decoding: data, as: UTF8.self)), as: UTF8.self)
    try fixture.server.set(rules: #"{"faults": [{"path": "/tree/", "do": "body", "body": \#(body)}]}"#)
    #expect(await fixture.error() == .hostileName(id: "owner/model", name: name))
    #expect(fixture.cache.files("") == [])
  }

  @Test(arguments: [
    ("/tree/", #"[{"type": "file", "path": "config.json", "oid": "../../../../evil", "size": 2}]"#),
    (
      "/tree/",
      #"[{"type": "file", "path": "model.safetensors", "oid": "a", "size": 2, "lfs": {"oid": "../../x", "size": 3}}]"#
    ),
    (
      "/tree/",
      #"[{"type": "file", "path": "config.json", "oid": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "size": -1}]"#
    ),
    ("/tree/", "{}"), ("/revision/", #"{"sha": "../../../evil"}"#), ("/revision/", #"{"sha": "main"}"#),
  ])
  func hashesThatAreNoneAreRefused(_ path: String, _ answer: String) async throws {
    try fixture.server.addModel("owner/model")
    let body = String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
    try fixture.server.set(rules: #"{"faults": [{"path": "\#(path)", "do": "body", "body": \#(body)}]}"#)
    let error = await fixture.error()
    guard case .notAHub(let address, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(address == fixture.server.endpoint)
    #expect(fixture.cache.files("") == [])
  }
}
