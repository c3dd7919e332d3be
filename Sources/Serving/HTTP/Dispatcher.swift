import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Finds the endpoint that a request is for, and does what is common to all: keys, rates, other origins, problems as
/// JSON, headers that keep browsers careful, metrics.
struct Dispatcher: HTTPResponder {
  typealias Context = ServerContext

  let endpoints: [Endpoint]
  let keys: KeyRing
  let origins: Set<String>
  let limiter: RateLimiter?
  let metrics: ServerMetrics
  let logger: Logger

  func respond(to request: Request, context: ServerContext) async throws -> Response {
    let since = ContinuousClock.now
    var route = "none"
    var response: Response
    do {
      response = try await answer(request, context, since, &route)
    } catch let problem as Problem {
      response = problem.response()
      closeAfterAnswering(&response, context)
    } catch is CancellationError {
      response = Problem(.serviceUnavailable, "ending", "the server is ending", retryAfter: 5).response()
      closeAfterAnswering(&response, context)
    } catch let error as HTTPParserError {
      throw error
    } catch {
      logger.error("\(request.method.rawValue) \(route): \(error)")
      response = Problem(
        .internalServerError, "internal", "the server failed at this request; its log says why"
      ).response()
      closeAfterAnswering(&response, context)
    }
    decorate(&response, request)
    let (method, status, name) = (Self.label(request.method), response.status.code, route)
    let body = response.body
    let metrics = metrics
    // Streamed answers end when their body does.
    response.body = ResponseBody(contentLength: body.contentLength) { writer in
      defer { metrics.request(method: method, route: name, status: status, seconds: (.now - since).inSeconds) }
      try await body.write(CountedWriter(base: writer))
    }
    if request.method == .head { return response.createHeadResponse() }
    return response
  }

  private func answer(
    _ request: Request, _ context: ServerContext, _ since: ContinuousClock.Instant, _ route: inout String
  ) async throws -> Response {
    let target = (request.head.path ?? "")[...]
    let path = target.prefix { $0 != "?" }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard path.first == "/", target.utf8.count <= 8192 else {
      throw Problem.badRequest("the request's path is no path")
    }
    let wanted = path == "/" ? [] : Array(parts)
    let found = endpoints.compactMap { endpoint in endpoint.match(wanted).map { (endpoint, $0) } }
    guard let first = found.first else {
      throw Problem(.notFound, "not-found", "there is nothing at this path; /openapi.json says what there is")
    }
    route = first.0.template
    if request.method == .options, let origin = request.headers[.origin], origins.contains(origin),
      request.headers[.accessControlRequestMethod] != nil
    {
      return preflight(found.map(\.0.method))
    }
    let method = request.method == .head ? .get : request.method
    guard let (endpoint, values) = found.first(where: { $0.0.method == method }) else {
      let allowed = found.map(\.0.method.rawValue).joined(separator: ", ")
      var problem = Problem(
        .methodNotAllowed, "method",
        "\(first.0.template) can't be asked with \(Self.label(request.method)); "
          + "\(allowed) can")
      problem.allow = allowed
      throw problem
    }
    var client = context.channel.remoteAddress?.ipAddress ?? "unknown"
    if endpoint.isGuarded {
      if let name = try keys.check(request.headers[.authorization]) { client = name }
      try limiter?.take(client)
    }
    let mark = target.firstIndex(of: "?")
    let query = try Call.query(mark.map { target[target.index(after: $0)...] } ?? "")
    return try await endpoint.handle(
      Call(request: request, context: context, path: values, query: query, client: client, since: since))
  }

  private func preflight(_ methods: [HTTPRequest.Method]) -> Response {
    var headers = HTTPFields()
    headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
    headers[.accessControlAllowHeaders] = "Authorization, Content-Type, Accept, Idempotency-Key"
    headers[.accessControlMaxAge] = "600"
    return Response(status: .noContent, headers: headers)
  }

  private func decorate(_ response: inout Response, _ request: Request) {
    if let nosniff = HTTPField.Name("X-Content-Type-Options") { response.headers[nosniff] = "nosniff" }
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    guard !origins.isEmpty else { return }
    response.headers[.vary] = "Origin"
    if let origin = request.headers[.origin], origins.contains(origin) {
      response.headers[.accessControlAllowOrigin] = origin
      response.headers[.accessControlExposeHeaders] = "Retry-After, Location, Content-Disposition"
    }
  }

  /// The client may still be sending what nobody will read. It has a moment to read the answer.
  private func closeAfterAnswering(_ response: inout Response, _ context: ServerContext) {
    guard response.status.code != 404, response.status.code != 405, response.status.code != 401 else { return }
    response.headers[.connection] = "close"
    let channel = context.channel
    channel.triggerUserOutboundEvent(RequestGate.Event.refused, promise: nil)
    channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
  }

  /// Methods by name; any that a client invents are one.
  private static func label(_ method: HTTPRequest.Method) -> String {
    let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
    return known.contains(method) ? method.rawValue : "OTHER"
  }
}

/// A writer that stands before another, so that an answer's body can be wrapped.
private struct CountedWriter: ResponseBodyWriter {
  var base: any ResponseBodyWriter

  mutating func write(_ buffer: ByteBuffer) async throws { try await base.write(buffer) }
  consuming func finish(_ trailingHeaders: HTTPFields?) async throws { try await base.finish(trailingHeaders) }
}

/// The keys that open the API, kept as digests.
struct KeyRing: Sendable {
  private let digests: [[UInt8]]

  init(_ keys: [String]) { digests = keys.map { Array(SHA256.hash(data: Data($0.utf8))) } }

  /// Whether none is needed.
  var isEmpty: Bool { digests.isEmpty }

  /// The client that a header `Authorization: Bearer KEY` stands for; nil where the server has no keys. Throws a problem
  /// with status 401 for another key or none.
  func check(_ header: String?) throws(Problem) -> String? {
    guard !isEmpty else { return nil }
    let parts = (header ?? "").split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      throw Problem(
        .unauthorized, "key", "this server needs a key: Authorization: Bearer KEY", parameter: "Authorization")
    }
    return try check(key: String(parts[1]))
  }

  /// The client that a key stands for. Every key is compared in full, so that the time tells nothing.
  func check(key: String) throws(Problem) -> String {
    let digest = Array(SHA256.hash(data: Data(key.utf8)))
    var matches = 0
    for known in digests {
      var difference: UInt8 = 0
      for (a, b) in zip(known, digest) { difference |= a ^ b }
      if difference == 0 { matches += 1 }
    }
    guard matches > 0 else {
      throw Problem(.unauthorized, "key", "this key does not open this server", parameter: "Authorization")
    }
    return digest.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
