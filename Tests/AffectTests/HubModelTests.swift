import Foundation
import Tensors
import TestSupport
import Testing

/// Commands that take a model, given its id: against a hub on this machine, with models of random weights.
@Suite("Models by their id", .enabled(if: SharedData.isAvailable, "needs the reference in ../shared"))
struct HubModelTests {
  let server: HubServer
  let scratch: TemporaryFolder
  init() throws {
    server = try HubServer()
    scratch = try TemporaryFolder()
  }

  /// Makes a model by the reference, in a folder of its name, and publishes it as `owner/NAME`.
  private func publish(_ model: String) throws {
    _ = try Peer.python(
      "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')",
      [SharedData.oracle.path, model, "--out", scratch(model).path])
    var files: [String: Data] = [:]
    for name in scratch.files(model) { files[name] = try Data(contentsOf: scratch("\(model)/\(name)")) }
    try server.add("owner/\(model)", files)
  }

  private func run(_ arguments: [String], offline: Bool = false) throws -> Command.Result {
    let process = Command.process(arguments, in: scratch.url)
    process.environment?.merge(server.environment(cache: scratch("cache"))) { $1 }
    if offline { process.environment?["HF_HUB_OFFLINE"] = "1" }
    return try Command.run(process)
  }

  @Test("encode fetches a model once, says its name, and goes on offline")
  func encode() throws {
    try publish("wavlm")
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let clip = corpus.audio(corpus.clips[0]).path
    func encode(_ model: String, _ output: String, offline: Bool = false) throws -> Command.Result {
      try run(
        ["encode", "--model", model, "--audio", clip, "--output", output, "--dtype", "float32", "--json"],
        offline: offline)
    }
    let first = try encode("owner/wavlm", "id.safetensors")
    #expect(first.status == 0, "\(first.errors)")
    let folder = (first.json as? [String: Any])?["model"] as? String
    #expect(folder?.hasPrefix(scratch("cache/hub/models--owner--wavlm/snapshots").path) == true)
    let written = try SafeTensors(scratch("id.safetensors"))
    #expect(written.metadata["model"] == "wavlm" && written.metadata["model_type"] == "wavlm")
    try server.forgetRequests()
    #expect(try encode("owner/wavlm", "again.safetensors", offline: true).status == 0)
    #expect(try server.requests().isEmpty)
    #expect(try encode("wavlm", "folder.safetensors").status == 0)
    for name in ["again", "folder"] {
      let other = try SafeTensors(scratch("\(name).safetensors"))
      #expect(try other.tensor("last").array(of: Float.self) == written.tensor("last").array(of: Float.self))
    }
  }

  @Test("extract by id and by folder make one set of features")
  func extract() throws {
    try publish("wavlm")
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    func extract(_ encoder: String, offline: Bool = false) throws -> Command.Result {
      try run(
        [
          "extract", "--corpus", corpus.folder.path, "--encoder", encoder, "--encoder", "log-mel-80", "--output",
          "store",
        ],
        offline: offline)
    }
    let first = try extract("owner/wavlm")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("wavlm") && !first.output.contains("owner"), "\(first.output)")
    let files = scratch.files("store")
    #expect(try extract("owner/wavlm", offline: true).status == 0)
    #expect(try extract("wavlm").status == 0)
    #expect(scratch.files("store") == files)
  }

  @Test("A recipe's streams are fetched, and the bundle recognises")
  func train() throws {
    try publish("wavlm")
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    try scratch.write(
      """
      model: {kind: deepser, width: 16, layers: 1, heads: 2, feed_forward: 32}
      streams: [{encoder: owner/wavlm, precision: float32, dtype: float32}]
      training: {stages: [{epochs: 1, batch_size: 8, learning_rate: 0.003}]}
      """, "recipe.yaml")
    let trained = try run(["train", "recipe.yaml", "--corpus", corpus.folder.path, "--output", "run"])
    #expect(trained.status == 0, "\(trained.errors)")
    let predicted = try run(
      ["predict", corpus.audio(corpus.clips[0]).path, "--model", "run/bundle", "--format", "json"], offline: true)
    #expect(predicted.status == 0, "\(predicted.errors)")
    // The bundle names the model as every machine knows it, and this one's cache is not missed.
    let configuration = try scratch.text("run/bundle/config.json")
    #expect(configuration.contains(#/"owner/wavlm@[0-9a-f]{40}"/#) && !configuration.contains(scratch.url.path))
    try FileManager.default.removeItem(at: scratch("cache"))
    let elsewhere = try run(
      ["predict", corpus.audio(corpus.clips[0]).path, "--model", "run/bundle", "--format", "json"])
    #expect(elsewhere.status == 0 && elsewhere.output == predicted.output, "\(elsewhere.errors)")
  }

  @Test("transcribe fetches a model, and its record names it")
  func transcribe() throws {
    try publish("whisper")
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let clip = corpus.audio(corpus.clips[0]).path
    let file = try run(["transcribe", clip, "--model", "owner/whisper", "--language", "en", "--no-fallback"])
    #expect(file.status == 0, "\(file.errors)")
    let all = try run(
      [
        "transcribe", "--corpus", corpus.folder.path, "--model", "owner/whisper", "--language", "en", "--no-fallback",
        "--json",
      ], offline: true)
    #expect(all.status == 0, "\(all.errors)")
    #expect((all.json as? [String: Any])?["model"] as? String == "whisper")
  }

  @Test("What is not in the cache is an error offline, that thinks of a mistyped folder too")
  func offline() throws {
    _ = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let commands = [
      ["encode", "--model", "owner/none", "--text", "a", "--output", "x.safetensors"],
      ["extract", "--corpus", "corpus", "--encoder", "owner/none", "--output", "store"],
      ["transcribe", "--corpus", "corpus", "--model", "owner/none", "--language", "en"],
      ["tokenize", "--model", "owner/none"],
    ]
    for command in commands {
      let result = try run(command, offline: true)
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(
        result.errors.hasPrefix(
          "affect: there is no folder 'owner/none', and taken as a model's id: owner/none is not complete in the cache "
            + "\(scratch("cache/hub").path), and the hub is not asked in offline mode"), "\(command): \(result.errors)")
    }
    let unknown = try run(["encode", "--model", "owner/none", "--text", "a", "--output", "x.safetensors"])
    #expect(unknown.status == 1 && unknown.errors.contains("owner/none: the hub has no such model, or it is private"))
    let bare = try run(["extract", "--corpus", "corpus", "--encoder", "log-mel", "--output", "store"])
    #expect(bare.status == 1 && bare.errors.contains("there is no encoder 'log-mel'"), "\(bare.errors)")
  }
}
