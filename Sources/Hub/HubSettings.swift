public import Foundation

/// Where models come from and where they are kept: what the Python tools read from the environment, read the same way.
public struct HubSettings: Sendable {
  /// The folder of the cache, in which each model has a folder: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, or `hub` in HF_HOME,
  /// which is `huggingface` in XDG_CACHE_HOME or in `~/.cache` where it is not set.
  public var cache: URL
  /// The hub's address without a slash at its end: HF_ENDPOINT.
  public var endpoint: String
  /// Who asks: HF_TOKEN, or the file that logging in with the Python tools writes.
  public var token: HubToken?
  /// Whether the hub must not be asked: HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE.
  public var isOffline: Bool
  /// Seconds without a byte after which a connection is given up and made anew: HF_HUB_DOWNLOAD_TIMEOUT.
  public var stallSeconds: Double
  /// How often in a row something is tried again; a download that got further counts anew.
  public var retries = 5
  /// Seconds before the first time that something is tried again; each time after that waits twice as long.
  public var firstDelay = 1.0
  /// HTTPS_PROXY and its kin.
  var proxies: ProxySettings

  /// What an environment says.
  ///
  /// - Throws: `HubError.setting` for a value that makes no sense
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    func value(_ names: String...) -> String? {
      names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
    func folder(_ path: String) -> URL {
      URL(filePath: Self.expanded(path, environment), directoryHint: .isDirectory).standardizedFileURL
    }
    func isTrue(_ name: String) -> Bool? {
      value(name).map { ["1", "ON", "YES", "TRUE"].contains($0.uppercased()) }
    }
    let home =
      value("HF_HOME").map(folder)
      ?? folder(value("XDG_CACHE_HOME") ?? "~/.cache").appending(path: "huggingface", directoryHint: .isDirectory)
    cache =
      value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").map(folder)
      ?? home.appending(path: "hub", directoryHint: .isDirectory)
    var address = value("HF_ENDPOINT") ?? "https://huggingface.co"
    while address.hasSuffix("/") { address.removeLast() }
    guard Origin(address) != nil else {
      throw HubError.setting(
        name: "HF_ENDPOINT", reason: "'\(address)' is no web address; one like https://huggingface.co is expected")
    }
    endpoint = address
    isOffline = isTrue("HF_HUB_OFFLINE") ?? isTrue("TRANSFORMERS_OFFLINE") ?? false
    if let text = value("HF_HUB_DOWNLOAD_TIMEOUT") {
      guard let seconds = Double(text), seconds > 0, seconds < 1e6 else {
        throw HubError.setting(name: "HF_HUB_DOWNLOAD_TIMEOUT", reason: "'\(text)' is no number of seconds")
      }
      stallSeconds = seconds
    } else {
      stallSeconds = 30
    }
    proxies = try ProxySettings(environment)
    let file = value("HF_TOKEN_PATH").map { Self.expanded($0, environment) } ?? home.appending(path: "token").path
    if let name = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].first(where: { value($0) != nil }), let text = value(name) {
      token = try HubToken(text, source: name)
    } else if isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") != true,
      let text = try? String(contentsOfFile: file, encoding: .utf8)
    {
      token = try HubToken(text, source: file)
    }
  }

  /// A path in which `~` and variables are replaced, as a shell does.
  private static func expanded(_ path: String, _ environment: [String: String]) -> String {
    var text = path
    if text == "~" || text.hasPrefix("~/") {
      text = (environment["HOME"] ?? NSHomeDirectory()) + text.dropFirst()
    }
    return text.replacing(#/\$(?:\{(?<braced>\w+)\}|(?<plain>\w+))/#) { match in
      let name = String(match.braced ?? match.plain ?? "")
      return environment[name] ?? String(match.0)
    }
  }
}

/// A secret that says who asks.
public struct HubToken: Sendable, CustomStringConvertible {
  /// Where it was found: a variable or a file.
  public let source: String
  let value: String

  /// A token without the white space around it; nil where there is nothing else.
  init?(_ text: String, source: String) throws {
    let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !value.isEmpty else { return nil }
    guard value.utf8.allSatisfy({ (33...126).contains($0) }) else {
      throw HubError.setting(name: source, reason: "holds no token: there are spaces or signs in it that no token has")
    }
    (self.value, self.source) = (value, source)
  }

  /// Where it was found; never the secret.
  public var description: String { "the token of \(source)" }
}
