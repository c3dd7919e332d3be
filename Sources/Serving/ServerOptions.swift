public import Foundation
import Recognition

/// What a server recognises with, where it listens, and what it lets a client do.
public struct ServerOptions: Sendable {
  /// A bundle by the name that clients know it by.
  public struct Model: Sendable, Equatable {
    /// What `model=` names; never a path.
    public var name: String
    /// The bundle's folder.
    public var bundle: URL

    /// A bundle under a name.
    public init(name: String, bundle: URL) { (self.name, self.bundle) = (name, bundle) }
  }

  /// The files that TLS needs, both PEM.
  public struct TLS: Sendable, Equatable {
    /// The certificate chain, the server's own certificate first.
    public var certificates: URL
    /// Its private key.
    public var privateKey: URL

    /// TLS with these files.
    public init(certificates: URL, privateKey: URL) {
      (self.certificates, self.privateKey) = (certificates, privateKey)
    }
  }

  /// What the server recognises with; the first is taken where a request names none.
  public var models: [Model]
  /// Finds the published models that bundles name.
  public var locate: @Sendable (String) throws -> URL = foldersAlone
  /// Where it listens.
  public var address = ServerAddress()
  /// The largest request body, in bytes.
  public var maximumBytes = 200 << 20
  /// The longest recording of a request and the longest live stream, in seconds.
  public var maximumSeconds = 3600.0
  /// The longest recording of a job, in seconds.
  public var maximumJobSeconds = 12 * 3600.0
  /// How long a request may take from its first byte to its last, in seconds; live streams are as long as they are.
  public var secondsPerRequest = 300.0
  /// How long a client may take to send a body, in seconds.
  public var secondsPerBody = 60.0
  /// How many recordings are recognised at a time.
  public var concurrency = 32
  /// How many more requests may wait; the next one is answered 429.
  public var queue = 64
  /// How many jobs may wait.
  public var queuedJobs = 1000
  /// How many live streams there may be at a time.
  public var streams = 16
  /// Requests that one client (by key, else by address) may begin in a minute; nil sets no limit.
  public var requestsPerMinute: Int?
  /// Keys, one of which each request under `/v1` must carry; none are needed where this is empty.
  public var keys: [String] = []
  /// Pages of other origins that browsers may let use the API, such as `https://example.org`.
  public var origins: [String] = []
  /// TLS; nil serves plain HTTP.
  public var tls: TLS?
  /// Where jobs are kept; nil keeps them in a folder that goes when the server ends.
  public var folder: URL?
  /// How long the result of a job is kept, in seconds.
  public var keepSeconds = 24 * 3600.0
  /// How many stretches of speech are computed together at the most.
  public var batch = 32
  /// How long a stretch may wait for others to be computed with, in seconds.
  public var batchLatency = 0.01
  /// How long a server that is asked to end works on what it took, in seconds.
  public var shutdownSeconds = 60.0

  /// Options with their defaults.
  public init(models: [Model]) { self.models = models }

  /// What is wrong with the options, as a sentence; nil when a server can have them.
  public var fault: String? {
    guard !models.isEmpty else { return "a server needs a bundle to recognise with" }
    for model in models where model.name.isEmpty || !model.name.utf8.allSatisfy(Self.isNameByte) {
      return "'\(model.name)' can't name a model: letters, digits, '.', '-' and '_' can"
    }
    if Set(models.map(\.name)).count != models.count { return "two models have the same name" }
    guard (0...65_535).contains(address.port) else { return "there is no port \(address.port); there are 0 to 65535" }
    let positive = [
      ("size", Double(maximumBytes)), ("duration", maximumSeconds), ("duration of a job", maximumJobSeconds),
      ("time per request", secondsPerRequest), ("time per body", secondsPerBody), ("concurrency", Double(concurrency)),
      ("number of queued jobs", Double(queuedJobs)), ("number of streams", Double(streams)),
      ("time that results are kept", keepSeconds), ("batch", Double(batch)),
      ("rate", Double(requestsPerMinute ?? 1)), ("time to shut down", shutdownSeconds),
    ]
    if let (name, value) = positive.first(where: { !($0.1 > 0 && $0.1 <= 1e12) }) {
      return "the \(name) can't be limited to \(value); a number above 0 can"
    }
    guard queue >= 0 else { return "\(queue) requests can't wait; 0 or more can" }
    guard (0...10).contains(batchLatency) else { return "a batch can't wait \(batchLatency) s; from 0 to 10 s can" }
    if let bad = origins.first(where: { !Self.isOrigin($0) }) {
      return "'\(bad)' is no origin: https://HOST or http://HOST:PORT is expected, without a path"
    }
    if keys.contains(where: { $0.utf8.count < 16 || !$0.utf8.allSatisfy { (0x21...0x7e).contains($0) } }) {
      return "a key needs at least 16 printable ASCII characters without blanks"
    }
    return nil
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || [45, 46, 95].contains(byte)
  }

  private static func isOrigin(_ text: String) -> Bool {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme, let host = parts.host else {
      return false
    }
    return ["http", "https"].contains(scheme) && !host.isEmpty && parts.path.isEmpty && parts.query == nil
      && parts.fragment == nil && parts.user == nil
  }

  /// The keys of a file, one a line; empty lines and lines that begin with `#` are left out. Throws where it can't be read.
  public static func keys(in file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
  }
}
