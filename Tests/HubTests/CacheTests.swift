import Foundation
import Hub
import TestSupport
import Testing

/// What ends up in the cache, and what is not fetched.
@Suite struct CacheTests {
  let fixture: Fixture
  init() throws { fixture = try Fixture() }

  @Test func whatAModelNeedsIsFetchedOnceInThePythonToolsLayout() async throws {
    let weights = try fixture.server.addModel("owner/model")
    let notices = Notices()
    let snapshot = try await fixture.fetch("owner/model", [:], notices)
    let folder = fixture.cache("hub/models--owner--model")
    #expect(snapshot.folder.path == folder.appending(path: "snapshots/\(snapshot.commit)").path)
    #expect(try Data(contentsOf: snapshot.folder.appending(path: "model.safetensors")) == weights)
    let names = try FileManager.default.contentsOfDirectory(atPath: snapshot.folder.path).sorted()
    #expect(names == ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"])
    #expect(fixture.files("blobs").count == 4)
    for name in names {
      let link = try FileManager.default.destinationOfSymbolicLink(
        atPath: snapshot.folder.appending(path: name).path)
      #expect(link.hasPrefix("../../blobs/") && link.count == 12 + (name == "model.safetensors" ? 64 : 40))
    }
    #expect(try fixture.cache.text("hub/models--owner--model/refs/main") == snapshot.commit)
    #expect(snapshot.fetched == weights.count + 54 + 38 + 12)
    guard case .progress(let last) = notices.all.last else {
      Issue.record("no progress was told")
      return
    }
    #expect(last.received == last.total && last.total == snapshot.fetched)

    try fixture.server.forgetRequests()
    let again = try await fixture.fetch()
    #expect(again.folder == snapshot.folder && again.fetched == 0)
    #expect(try fixture.server.requests().map(\.path) == ["/api/models/owner/model/revision/main"])
    try fixture.server.forgetRequests()
    #expect(try await fixture.fetch("owner/model@\(snapshot.commit)").folder == snapshot.folder)
    #expect(try fixture.server.requests().isEmpty)
  }

  @Test func aNewCommitFetchesWhatChanged() async throws {
    try fixture.server.addModel("owner/model")
    let old = try await fixture.fetch()
    try fixture.server.add("owner/model", ["config.json": Data(#"{"model_type": "roberta"}"#.utf8)])
    let new = try await fixture.fetch()
    #expect(new.commit != old.commit && new.fetched == 25)
    #expect(FileManager.default.fileExists(atPath: old.folder.appending(path: "model.safetensors").path))
  }

  @Test func aRevisionWithSlashesIsOneOfTheCache() async throws {
    try fixture.server.addModel("owner/model")
    let snapshot = try await fixture.fetch("owner/model@refs/pr/1")
    #expect(try fixture.cache.text("hub/models--owner--model/refs/refs/pr/1") == snapshot.commit)
  }

  @Test func weightsComeInOneLayout() async throws {
    let index = #"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#
    let shards = [
      "model-00001-of-00002.safetensors": Data(count: 10), "model-00002-of-00002.safetensors": Data(count: 20),
    ]
    let pickled = ["config.json": Data("{}".utf8), "pytorch_model.bin": Data(count: 5)]
    try fixture.server.add("owner/pickled", pickled)
    try fixture.server.add(
      "owner/sharded", pickled.merging(shards) { $1 }.merging(["model.safetensors.index.json": Data(index.utf8)]) { $1 }
    )
    try fixture.server.add(
      "owner/codec",
      [
        "ns3_facodec_encoder.bin": Data(count: 9), "ns3_facodec_encoder_v2.bin": Data(count: 7),
        "ns3_facodec_decoder_v2.bin": Data(count: 8),
      ])
    func names(_ id: String, _ part: ModelPart = .model) async throws -> [String] {
      let folder = try await fixture.fetch(id, part: part).folder
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }
    #expect(try await names("owner/pickled") == ["config.json", "pytorch_model.bin"])
    #expect(try await names("owner/sharded", .tokenizer) == ["config.json"])
    #expect(
      try await names("owner/sharded") == [
        "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
      ])
    #expect(try await names("owner/codec") == ["ns3_facodec_decoder_v2.bin", "ns3_facodec_encoder_v2.bin"])
  }

  @Test func weightsThatCanNotBeReadAreRefusedBeforeAnythingIsFetched() async throws {
    try fixture.server.add("owner/model", ["config.json": Data("{}".utf8), "tf_model.h5": Data(count: 9)])
    #expect(await fixture.error() == .noWeights(id: "owner/model", reason: "it holds tf_model.h5"))
    #expect(fixture.files() == [])
    let index = #"{"weight_map": {"a": "../../../model.safetensors"}}"#
    try fixture.server.add(
      "owner/other", ["config.json": Data("{}".utf8), "model.safetensors.index.json": Data(index.utf8)])
    let reason = "'model.safetensors.index.json' names '../../../model.safetensors', which the repository has not"
    #expect(await fixture.error("owner/other") == .noWeights(id: "owner/other", reason: reason))
  }

  @Test func foldersComeBeforeIdsAndOtherTextsAreNeither() async throws {
    try fixture.server.addModel("owner/model")
    let folder = try fixture.cache.write("{}", "mine/config.json").deletingLastPathComponent()
    let hub = try fixture.hub()
    #expect(try hub.folder(for: folder.path).path == folder.path)
    #expect(try fixture.server.requests().isEmpty)
    #expect(throws: HubError.notAModel("./missing/folder")) { try hub.folder(for: "./missing/folder") }
    #expect(throws: HubError.notAModel("a/b/c")) { try hub.folder(for: "a/b/c") }
    let file = folder.appending(path: "config.json").path
    #expect(throws: HubError.notAModel(file)) { try hub.folder(for: file) }
    // An id may be a mistyped folder.
    let mistyped = await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: Result { try hub.folder(for: "models/wavlm") }) }.start()
    }
    #expect(throws: HubError.noFolder("models/wavlm", asID: .unknownOrPrivate(id: "models/wavlm"))) {
      try mistyped.get()
    }
    // It waits, and must not do so on a thread that asynchronous code needs.
    let fetched = try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try hub.folder(for: "owner/model") }) }.start()
    }
    #expect(FileManager.default.fileExists(atPath: fetched.appending(path: "config.json").path))
  }

  @Test func offlineModeAsksNobody() async throws {
    try fixture.server.addModel("owner/model")
    let offline = ["HF_HUB_OFFLINE": "1"]
    #expect(
      await fixture.error("owner/model", offline) == .offline(id: "owner/model", cache: fixture.cache("hub").path))
    let snapshot = try await fixture.fetch()
    try fixture.server.forgetRequests()
    #expect(try await fixture.fetch("owner/model", offline).folder == snapshot.folder)
    // A copy that lacks something is none.
    try FileManager.default.removeItem(at: snapshot.folder.appending(path: "model.safetensors"))
    #expect(
      await fixture.error("owner/model", ["TRANSFORMERS_OFFLINE": "yes"])?.description.contains("HF_HUB_OFFLINE")
        == true)
    #expect(try fixture.server.requests().isEmpty)
  }

  @Test func aCompleteCopyServesWhereTheHubDoesNot() async throws {
    try fixture.server.addModel("owner/model")
    let snapshot = try await fixture.fetch()
    let nobody = ["HF_ENDPOINT": "http://127.0.0.1:\(try Together.freePort())"]
    let notices = Notices()
    #expect(try await fixture.fetch("owner/model", nobody, notices).folder == snapshot.folder)
    #expect(notices.text.contains("using the copy in the cache: http://127.0.0.1 can't be reached: Connection refused"))
    try fixture.server.set(rules: #"{"faults": [{"path": "/api/", "do": "status", "status": 503}]}"#)
    #expect(try await fixture.fetch().folder == snapshot.folder)
    // What is not there any more is said, whatever lies in the cache.
    try fixture.server.set(
      rules:
        #"{"faults": [{"path": "/api/", "do": "status", "status": 404, "headers": {"X-Error-Code": "RepoNotFound"}}]}"#)
    #expect(await fixture.error() == .noModel(id: "owner/model", endpoint: fixture.server.endpoint))
  }

  @Test func aCacheThatIsNotWritableServesWhatItHas() async throws {
    try fixture.server.addModel("owner/model")
    let snapshot = try await fixture.fetch()
    let folder = fixture.cache("hub/models--owner--model").path
    // A file where the folder of locks should be: nothing can be made there, not even by root.
    try FileManager.default.removeItem(atPath: fixture.cache("hub/.locks").path)
    try fixture.cache.write("", "hub/.locks")
    #expect(try await fixture.fetch().folder == snapshot.folder)
    try FileManager.default.removeItem(atPath: folder + "/blobs")
    await #expect(throws: (any Error).self) { try await fixture.fetch() }
  }
}
