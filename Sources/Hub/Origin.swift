import Foundation

/// Who serves an address: a token is shown to nobody else.
struct Origin: Hashable {
  let scheme: String
  let host: String
  let port: Int

  /// The origin of an http or https address; nil for any other text.
  init?(_ address: String) {
    guard let parts = URLComponents(string: address), let scheme = parts.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = parts.host?.lowercased(), !host.isEmpty
    else { return nil }
    self.scheme = scheme
    self.host = host
    port = parts.port ?? (scheme == "https" ? 443 : 80)
  }

  /// Whether it is this machine.
  var isLoopback: Bool { ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host) }
}

/// The proxies that an environment names, by the variables that most tools read: `https_proxy`, `http_proxy`, `all_proxy`
/// and `no_proxy`, in small or capital letters.
struct ProxySettings: Sendable {
  struct Proxy: Sendable, Hashable {
    let host: String
    let port: Int
    let user: String?
    let password: String?
  }

  private var proxies: [String: Proxy] = [:]
  private let exceptions: [String]

  init(_ environment: [String: String]) throws {
    func value(_ name: String) -> (name: String, text: String)? {
      for name in [name, name.uppercased()] {
        if let text = environment[name], !text.isEmpty { return (name, text) }
      }
      return nil
    }
    exceptions = (value("no_proxy")?.text ?? "").split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces).lowercased()
    }
    for scheme in ["http", "https"] {
      guard let (name, text) = value(scheme + "_proxy") ?? value("all_proxy") else { continue }
      let address = text.contains("://") ? text : "http://" + text
      guard let parts = URLComponents(string: address), let host = parts.host, !host.isEmpty, parts.scheme == "http"
      else {
        throw HubError.setting(name: name, reason: "'\(text)' is no HTTP proxy; one like http://proxy:3128 is expected")
      }
      proxies[scheme] = Proxy(host: host, port: parts.port ?? 3128, user: parts.user, password: parts.password)
    }
  }

  /// All that are named.
  var all: Set<Proxy> { Set(proxies.values) }

  /// The proxy by which an origin is reached; nil where it is reached directly.
  func proxy(for origin: Origin) -> Proxy? {
    guard let proxy = proxies[origin.scheme], !origin.isLoopback else { return nil }
    let isExcepted = exceptions.contains { exception in
      let name = exception.hasPrefix(".") ? String(exception.dropFirst()) : exception
      return exception == "*" || origin.host == name || origin.host.hasSuffix("." + name)
    }
    return isExcepted ? nil : proxy
  }
}
