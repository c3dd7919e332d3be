import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Speaks the hub's protocol: follows redirects, shows the token to the hub alone, and puts refusals into words.
final class HubClient: Sendable {
  /// An answer whose content has not been read yet.
  struct Answer {
    fileprivate let response: HTTPClientResponse
    /// Where it came from, after all redirects.
    let address: String
    fileprivate let hubHeaders: HTTPHeaders
    fileprivate let stall: Double

    var status: Int { Int(response.status.code) }

    /// A header of the answer.
    func header(_ name: String) -> String? { response.headers.first(name: name) }

    /// All headers of a name.
    func headers(_ name: String) -> [String] { response.headers[name] }

    /// A header of the hub's own, which stands in its first answer where that leads to where the content is.
    func hubHeader(_ name: String) -> String? { hubHeaders.first(name: name) }

    /// Hands over the content piece by piece until there is no more or `take` wants no more.
    ///
    /// - Throws: `TransientFailure` where the connection breaks off, and what `take` throws
    func read(_ take: (UnsafeRawBufferPointer) throws -> Bool) async throws {
      var pieces = response.body.makeAsyncIterator()
      while let piece = try await next(&pieces) {
        guard try piece.withUnsafeReadableBytes(take) else { return }
      }
    }

    private func next(_ pieces: inout HTTPClientResponse.Body.AsyncIterator) async throws -> ByteBuffer? {
      do {
        return try await pieces.next()
      } catch {
        throw HubClient.failure(error, address, stall: stall)
      }
    }

    /// The whole content, which may have so many bytes.
    fileprivate func collect(upTo limit: Int) async throws -> Data {
      do {
        return Data(try await response.body.collect(upTo: limit).readableBytesView)
      } catch {
        throw HubClient.failure(error, address, stall: stall)
      }
    }
  }

  let settings: HubSettings
  private let hub: Origin
  private let direct: HTTPClient
  private let proxied: [ProxySettings.Proxy: HTTPClient]

  /// A client that must be closed by `close`.
  init(_ settings: HubSettings) throws {
    guard let origin = Origin(settings.endpoint) else {
      throw HubError.setting(name: "HF_ENDPOINT", reason: "'\(settings.endpoint)' is no web address")
    }
    self.settings = settings
    hub = origin
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .seconds(10), read: .milliseconds(Int64(settings.stallSeconds * 1000))))
    // One stream has a small window with HTTP/2; several connections are faster.
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    direct = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    var proxied: [ProxySettings.Proxy: HTTPClient] = [:]
    for proxy in settings.proxies.all {
      let authorization = proxy.user.map {
        HTTPClient.Authorization.basic(username: $0, password: proxy.password ?? "")
      }
      configuration.proxy =
        authorization.map { .server(host: proxy.host, port: proxy.port, authorization: $0) }
        ?? .server(host: proxy.host, port: proxy.port)
      proxied[proxy] = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }
    self.proxied = proxied
  }

  /// Ends all connections.
  func close() async {
    for client in [direct] + proxied.values { try? await client.shutdown() }
  }

  /// Asks for an address, through redirects, and for the bytes from an offset on.
  ///
  /// - Throws: `TransientFailure` where nothing answers or the answer may be another one later; `HubError`
  func get(_ address: String, of id: ModelID, from offset: Int = 0) async throws -> Answer {
    var address = address
    var hubHeaders: HTTPHeaders?
    for _ in 0..<10 {
      guard let origin = Origin(address) else {
        throw HubError.notAHub(address: settings.endpoint, reason: "it leads to '\(address.prefix(200))'")
      }
      var request = HTTPClientRequest(url: address)
      request.headers.add(name: "User-Agent", value: "affect")
      request.headers.add(name: "Accept", value: "*/*")
      // Ranges and sizes are about the content as it is.
      request.headers.add(name: "Accept-Encoding", value: "identity")
      if offset > 0 { request.headers.add(name: "Range", value: "bytes=\(offset)-") }
      if origin == hub, let token = settings.token {
        request.headers.add(name: "Authorization", value: "Bearer \(token.value)")
      }
      let client = settings.proxies.proxy(for: origin).flatMap { proxied[$0] } ?? direct
      let response: HTTPClientResponse
      do {
        response = try await client.execute(request, deadline: .distantFuture)
      } catch {
        throw Self.failure(error, address, stall: settings.stallSeconds)
      }
      if hubHeaders == nil || origin == hub { hubHeaders = response.headers }
      guard [301, 302, 303, 307, 308].contains(response.status.code),
        let location = response.headers.first(name: "Location")
      else {
        let answer = Answer(
          response: response, address: address, hubHeaders: hubHeaders ?? response.headers,
          stall: settings.stallSeconds)
        try await check(answer, of: id, isHub: origin == hub)
        return answer
      }
      _ = try? await response.body.collect(upTo: 1 << 16)
      guard let next = URL(string: location, relativeTo: URL(string: address))?.absoluteString,
        let target = Origin(next),
        target.scheme == "https" || origin.scheme == "http"
      else {
        throw HubError.notAHub(address: address, reason: "it leads to '\(location.prefix(200))'")
      }
      address = next
    }
    throw HubError.notAHub(address: settings.endpoint, reason: "it leads from one address to the next without end")
  }

  /// Asks for a JSON document, again and again where that may help.
  func json(
    _ address: String, of id: ModelID, retries: Int, report: (String) -> Void
  ) async throws -> (data: Data, answer: Answer) {
    var schedule = RetrySchedule(limit: retries, first: settings.firstDelay)
    while true {
      do {
        let answer = try await get(address, of: id)
        return (try await answer.collect(upTo: 64 << 20), answer)
      } catch let failure as TransientFailure {
        try await schedule.wait(after: failure, of: id, report: report)
      }
    }
  }

  /// What an error of the network comes to.
  static func failure(_ error: any Error, _ address: String, stall: Double) -> any Error {
    if error is CancellationError || error is TransientFailure || error is HubError { return error }
    let host = Origin(address).map { "\($0.scheme)://\($0.host)" } ?? address
    func transient(_ reason: String) -> TransientFailure {
      TransientFailure(kind: .network(address: host, reason: reason))
    }
    switch error {
    case let error as HTTPClientError:
      switch error {
      case .readTimeout, .deadlineExceeded: return transient("nothing came for \(Int(stall.rounded(.up))) s")
      case .connectTimeout: return transient("no connection within 10 s")
      case .remoteConnectionClosed: return transient("the connection was cut")
      case .cancelled: return CancellationError()
      default: return transient("\(error)")
      }
    case let error as NIOConnectionError:
      if let reason = error.connectionErrors.first?.error as? IOError {
        return transient(String(cString: strerror(reason.errnoCode)))
      }
      if error.dnsAError != nil || error.dnsAAAAError != nil { return transient("the name \(error.host) is not known") }
      return transient("\(error)")
    case HTTPParserError.invalidEOFState: return transient("the connection was cut")
    case let error as IOError: return transient(String(cString: strerror(error.errnoCode)))
    default:
      let text = "\(error)"
      // A certificate that is not trusted will not be trusted at the next attempt either.
      if String(reflecting: type(of: error)).contains("SSL") || text.contains("certificate") {
        return HubError.notAHub(address: host, reason: "no trusted connection can be made (\(text.prefix(200)))")
      }
      return transient(String(text.prefix(200)))
    }
  }

  /// Throws what a status means; returns where there is content to read.
  private func check(_ answer: Answer, of id: ModelID, isHub: Bool) async throws {
    let status = answer.status
    if (200..<300).contains(status) || status == 416 { return }
    let headers = answer.response.headers
    var message = headers.first(name: "X-Error-Message") ?? ""
    if message.isEmpty, let body = try? await answer.collect(upTo: 1 << 16),
      let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
    {
      message = object["error"] as? String ?? ""
    }
    message = String(
      message.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }.map(Character.init).prefix(300))
    let server = HubError.server(address: Self.shown(answer.address), status: status, message: message)
    if [408, 425, 429, 500, 502, 503, 504].contains(status) {
      let wait = Self.secondsToWait(headers)
      let final =
        status == 429 ? HubError.tooManyRequests(id: id.name, seconds: wait.map { Int($0.rounded(.up)) }) : server
      throw TransientFailure(kind: .answer(final), retryAfter: wait)
    }
    guard isHub else {
      // Addresses of storage hosts are signed for a while; the hub gives a new one.
      if status == 401 || status == 403 { throw TransientFailure(kind: .answer(server)) }
      throw server
    }
    let page = "\(settings.endpoint)/\(id.name)"
    switch (status, headers.first(name: "X-Error-Code") ?? "") {
    case (_, "GatedRepo"): throw HubError.gated(id: id.name, page: page, tokenSource: settings.token?.source)
    case (404, "RevisionNotFound"):
      throw HubError.noRevision(id: id.name, revision: id.revision, page: page + "/tree/main")
    case (404, "EntryNotFound"): throw HubError.noFile(id: id.name, file: "", commit: id.revision)
    case (401, _):
      // The hub says the same of what is private and of what does not exist.
      let words = message.lowercased()
      if let token = settings.token, words.contains("credential") || words.contains("token") {
        throw HubError.tokenRefused(id: id.name, source: token.source)
      }
      throw HubError.unknownOrPrivate(id: id.name)
    case (403, _): throw HubError.forbidden(id: id.name, message: message)
    case (404, _): throw HubError.noModel(id: id.name, endpoint: settings.endpoint)
    default: throw server
    }
  }

  /// Seconds after which the server wants to be asked again: `Retry-After`, or `t` of `RateLimit`.
  private static func secondsToWait(_ headers: HTTPHeaders) -> Double? {
    if let text = headers.first(name: "Retry-After"), let seconds = Double(text), seconds >= 0 { return seconds }
    if let match = headers.first(name: "RateLimit")?.firstMatch(of: #/r=0;\s*t=(\d+)/#) { return Double(match.1) }
    return nil
  }

  /// An address without its query, which may hold a signature.
  private static func shown(_ address: String) -> String {
    address.split(separator: "?", maxSplits: 1).first.map(String.init) ?? address
  }
}
