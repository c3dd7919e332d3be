import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// What Hummingbird knows of a request besides the request.
struct ServerContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}

/// A request on its way to the endpoint that it is for.
struct Call: Sendable {
  let request: Request
  let context: ServerContext
  /// What stands in the path's places.
  let path: [String: String]
  /// The query, decoded.
  let query: [String: String]
  /// Who sent it: the key's digest, or else the address.
  let client: String
  /// When it came.
  let since: ContinuousClock.Instant

  /// Throws a problem that names a query parameter that the endpoint does not have: one that is misspelt would otherwise
  /// go unnoticed.
  func allow(_ names: [String] = []) throws(Problem) {
    if let other = query.keys.filter({ !names.contains($0) }).min() {
      let known = names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"
      throw .badRequest(
        "there is no parameter '\(other.prefix(100))' here; \(known)", parameter: String(other.prefix(100)))
    }
  }

  /// The query of a path, decoded. Throws a problem for one that is not percent-encoded UTF-8, or names a thing twice.
  static func query(_ text: Substring) throws(Problem) -> [String: String] {
    var found: [String: String] = [:]
    for pair in text.split(separator: "&", omittingEmptySubsequences: true) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(parts[0]), let value = decoded(parts.count > 1 ? parts[1] : "") else {
        throw .badRequest("the query is no percent-encoded UTF-8")
      }
      guard found.updateValue(value, forKey: name) == nil else {
        throw .badRequest("the parameter '\(name.prefix(100))' is given twice", parameter: String(name.prefix(100)))
      }
    }
    return found
  }

  /// Text without its percent-encoding; nil where that is none.
  static func decoded(_ text: Substring) -> String? {
    String(text).replacing("+", with: " ").removingPercentEncoding
  }
}

/// One method of one path.
struct Endpoint: Sendable {
  let method: HTTPRequest.Method
  /// The path, `{…}` in the places of parameters.
  let template: String
  /// Whether a key is needed, where the server has any.
  let isGuarded: Bool
  let handle: @Sendable (Call) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ template: String, isGuarded: Bool = true,
    _ handle: @escaping @Sendable (Call) async throws -> Response
  ) {
    (self.method, self.template, self.isGuarded, self.handle) = (method, template, isGuarded, handle)
  }

  /// What stands in the places of the template; nil for another path.
  func match(_ parts: [Substring]) -> [String: String]? {
    let wanted = template.split(separator: "/")
    guard wanted.count == parts.count else { return nil }
    var values: [String: String] = [:]
    for (want, part) in zip(wanted, parts) {
      if want.first == "{" {
        guard let value = Call.decoded(part) else { return nil }
        values[String(want.dropFirst().dropLast())] = value
      } else if want != part {
        return nil
      }
    }
    return values
  }
}

extension Response {
  /// JSON of a value.
  static func json(
    _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields()
  ) -> Response {
    .bytes(JSONText.data(value), type: "application/json", status: status, headers: headers)
  }

  /// Bytes of a media type.
  static func bytes(
    _ data: Data, type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields()
  ) -> Response {
    var headers = headers
    headers[.contentType] = type
    return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: data)))
  }
}
