public import Foundation

/// A hub on this machine that serves models from a folder, with the faults of real networks (hub_server.py says which).
///
/// Tests on several threads share it: it changes nothing of itself after it started.
public final class HubServer: @unchecked Sendable {
  /// `http://127.0.0.1:PORT`
  public let endpoint: String
  /// Models, rules and the log.
  public let folder: TemporaryFolder
  private let process: Process
  private let input: Pipe

  /// A request as the server saw it.
  public struct Request: Decodable, Sendable {
    /// `hub`, or `storage` for where large files lie.
    public let host: String
    /// GET or HEAD
    public let method: String
    /// With its query.
    public let path: String
    /// The header `Range`.
    public let range: String?
    /// Whether a token came along.
    public let token: Bool
    /// Of the answer.
    public let status: Int

    /// Whether it asked for a file's content, at the host that has it.
    public var isContent: Bool {
      method == "GET" && (host == "storage" || (path.contains("/resolve/") && (200..<300).contains(status)))
    }
  }

  /// Starts a server.
  public init() throws {
    folder = try TemporaryFolder()
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "hub_server.py")
    process = Process()
    input = Pipe()
    let output = Pipe()
    process.executableURL = Peer.interpreter
    process.arguments = [script.path, folder.url.path]
    process.standardInput = input
    process.standardOutput = output
    try process.start()
    struct Ports: Decodable { let hub: Int }
    let line = output.fileHandleForReading.availableData
    endpoint = "http://127.0.0.1:\(try JSONDecoder().decode(Ports.self, from: line).hub)"
  }

  deinit {
    // Threads of the test runner block the signals that ask politely, and their processes inherit that.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Puts files into a model.
  public func add(_ model: String, _ files: [String: Data]) throws {
    for (path, data) in files {
      let url = folder("models/\(model)/\(path)")
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try data.write(to: url)
    }
  }

  /// A model such as those that encoders read, with files for other frameworks that nobody needs here.
  @discardableResult
  public func addModel(_ model: String, weights: Int = 300_000) throws -> Data {
    var state = UInt32(truncatingIfNeeded: weights)
    let content = Data(
      (0..<weights).map { _ -> UInt8 in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      })
    try add(
      model,
      [
        "config.json": Data(#"{"model_type": "bert", "architectures": ["BertModel"]}"#.utf8),
        "tokenizer.json": Data(#"{"version": "1.0", "added_tokens": []}"#.utf8),
        "vocab.txt": Data("[UNK]\n[PAD]\n".utf8),
        "model.safetensors": content, "pytorch_model.bin": Data(count: 5000), "tf_model.h5": Data(count: 4000),
        "README.md": Data("# A model\n".utf8), "onnx/model.onnx": Data(count: 3000), ".gitattributes": Data("*\n".utf8),
      ])
    return content
  }

  /// Says what goes wrong from now on; JSON as hub_server.py describes it.
  public func set(rules: String) throws { try folder.write(rules, "rules.json") }

  /// The requests so far.
  public func requests() throws -> [Request] {
    let log = folder("log.jsonl")
    guard FileManager.default.fileExists(atPath: log.path) else { return [] }
    let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
    return try lines.map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
  }

  /// Forgets the requests so far.
  public func forgetRequests() throws { try? FileManager.default.removeItem(at: folder("log.jsonl")) }

  /// What a client's environment says, for a cache in a folder of its own.
  public func environment(cache: URL) -> [String: String] {
    ["HF_ENDPOINT": endpoint, "HF_HOME": cache.path, "HOME": cache.path]
  }
}
