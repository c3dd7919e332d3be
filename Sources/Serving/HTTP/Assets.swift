import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// The page's files and the API's description, read once: no request's path reaches the file system.
struct Assets: Sendable {
  private struct File: Sendable {
    let data: Data
    let type: String
    let tag: String
  }

  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml", "json": "application/json",
  ]

  /// Nothing but this server's own files runs, is shown or is asked for.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    + "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private let files: [String: File]

  /// Reads the files. Throws where they are not beside the command.
  init() throws {
    var files: [String: File] = [:]
    func read(_ url: URL, as name: String) throws {
      guard let type = Self.types[url.pathExtension] else { return }
      let data = try Data(contentsOf: url)
      let tag = SHA256.hash(data: data).prefix(12).map { String($0, radix: 16) }.joined()
      files[name] = File(data: data, type: type, tag: "\"\(tag)\"")
    }
    let bundle = Bundle.module.bundleURL
    try read(bundle.appending(path: "openapi.json"), as: "openapi.json")
    let page = bundle.appending(path: "page")
    for name in try FileManager.default.contentsOfDirectory(atPath: page.path) {
      try read(page.appending(path: name), as: name)
    }
    self.files = files
  }

  /// A file's answer; 304 where the client has it. Throws a problem for a name that is none.
  func response(_ name: String, _ request: Request) throws(Problem) -> Response {
    guard let file = files[name] else { throw Problem(.notFound, "not-found", "there is no such file") }
    var headers = HTTPFields()
    headers[.eTag] = file.tag
    headers[.cacheControl] = "no-cache"
    headers[.contentSecurityPolicy] = Self.policy
    for (name, value) in [
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Permissions-Policy", "microphone=(self), camera=(), geolocation=()"),
    ] {
      if let field = HTTPField.Name(name) { headers[field] = value }
    }
    if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
    return .bytes(file.data, type: file.type, headers: headers)
  }
}
