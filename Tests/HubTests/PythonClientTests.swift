import Foundation
import Hub
import TestSupport
import Testing

private let hasPeer = FileManager.default.fileExists(atPath: Peer.interpreter.path)

/// The Python tools read what we wrote, and we what they wrote.
@Suite(.enabled(if: hasPeer, "needs huggingface_hub in .deps/venv, which 'make test' installs"))
struct PythonClientTests {
  let fixture: Fixture
  init() throws { fixture = try Fixture() }

  /// Runs lines of Python in which `huggingface_hub` has our endpoint and cache.
  private func python(_ lines: String) throws -> String {
    let environment = fixture.server.environment(cache: fixture.cache.url)
    let json = String(decoding: try JSONEncoder().encode(environment), as: UTF8.self)
    return try Peer.python(
      "import json, os, sys\nos.environ.update(json.loads(sys.argv[1]))\nimport huggingface_hub as hub\n" + lines,
      [json]
    ).trimmingCharacters(in: .newlines)
  }

  @Test func theyReadOurCache() async throws {
    let weights = try fixture.server.addModel("owner/model")
    let snapshot = try await fixture.fetch()
    try fixture.server.forgetRequests()
    let local = try python(
      """
      print(hub.snapshot_download('owner/model', local_files_only=True))
      print(len(open(hub.hf_hub_download('owner/model', 'model.safetensors', local_files_only=True), 'rb').read()))
      info = hub.scan_cache_dir()
      repo, = info.repos
      print(repo.repo_id, repo.nb_files, [sorted(r.refs) for r in repo.revisions], [str(w) for w in info.warnings])
      """)
    #expect(local == "\(snapshot.folder.path)\n\(weights.count)\nowner/model 4 [['main']] []")
    #expect(try !fixture.server.requests().contains { $0.path.contains("owner/model") })
    let online = try python(
      """
      print(hub.hf_hub_download('owner/model', 'model.safetensors'))
      print(hub.snapshot_download('owner/model', allow_patterns=['*.json', 'model.safetensors', '*.txt']))
      """)
    #expect(online == "\(snapshot.folder.path)/model.safetensors\n\(snapshot.folder.path)")
    let requests = try fixture.server.requests()
    #expect(requests.contains { $0.method == "HEAD" && $0.path.contains("model.safetensors") })
    #expect(requests.filter(\.isContent).map(\.path) == [])
  }

  @Test func weReadTheirCache() async throws {
    let weights = try fixture.server.addModel("owner/model")
    let folder = try python("print(hub.snapshot_download('owner/model', ignore_patterns=['*.h5', 'onnx/*']))")
    try fixture.server.forgetRequests()
    let offline = try await fixture.fetch("owner/model", ["HF_HUB_OFFLINE": "1"])
    #expect(offline.folder.path == folder)
    let online = try await fixture.fetch()
    #expect(online.folder.path == folder && online.fetched == 0)
    #expect(try Data(contentsOf: online.folder.appending(path: "model.safetensors")) == weights)
    #expect(try !fixture.server.requests().contains(where: \.isContent))
    // Files that were fetched one by one, as from_pretrained does, come without a list of all that there are.
    let parts = try Fixture()
    try parts.server.addModel("owner/model")
    let environment = parts.server.environment(cache: parts.cache.url)
    let json = String(decoding: try JSONEncoder().encode(environment), as: UTF8.self)
    _ = try Peer.python(
      """
      import json, os, sys
      os.environ.update(json.loads(sys.argv[1]))
      import huggingface_hub as hub
      for name in ['config.json', 'model.safetensors']: hub.hf_hub_download('owner/model', name)
      """, [json])
    #expect(try await parts.fetch("owner/model", ["HF_HUB_OFFLINE": "1"]).fetched == 0)
    #expect(try await parts.fetch().fetched == 50)
  }

  @Test func theirLockKeepsUsAway() async throws {
    try fixture.server.addModel("owner/model")
    let snapshot = try await fixture.fetch()
    let blob = snapshot.folder.appending(path: "vocab.txt").resolvingSymlinksInPath()
    try FileManager.default.removeItem(at: blob)
    let lock = fixture.cache("hub/.locks/models--owner--model/\(blob.lastPathComponent).lock").path
    let (held, release) = (fixture.cache("held").path, fixture.cache("release").path)
    // A process of its own, not a call that waits on a thread of the tasks: on a small machine these threads are few, and
    // what lets the lock go would wait for one of them. It lets go by itself when this test ends early.
    let holder = Process()
    holder.executableURL = Peer.interpreter
    holder.arguments = [
      "-c",
      """
      import filelock, os, sys, time
      with filelock.FileLock(sys.argv[1]):
          open(sys.argv[2], 'w').close()
          while not os.path.exists(sys.argv[3]): time.sleep(0.05)
      """, lock, held, release,
    ]
    try holder.start()
    defer { kill(holder.processIdentifier, SIGKILL) }
    while holder.isRunning, !FileManager.default.fileExists(atPath: held) {
      try await Task.sleep(for: .milliseconds(20))
    }
    let notices = Notices()
    async let fetched = fixture.fetch("owner/model", [:], notices).fetched
    while holder.isRunning, !notices.text.contains("another process fetches vocab.txt; waiting for it") {
      try await Task.sleep(for: .milliseconds(20))
    }
    try #require(holder.isRunning)
    #expect(!FileManager.default.fileExists(atPath: blob.path))
    try fixture.cache.write("", "release")
    #expect(try await fetched == 12)
  }
}
