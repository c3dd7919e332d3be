import Emotion
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1
import Recognition

/// `/v1/stream`: live audio comes, a timeline goes while it does.
struct LiveService: Sendable {
  let options: ServerOptions
  let shelf: ModelShelf
  let keys: KeyRing
  let admission: Admission
  let metrics: ServerMetrics

  static let path = "/v1/stream"

  /// A session that was let in.
  struct Session: Sendable {
    let entry: ModelShelf.Entry
    let live: LiveSession
    let ticket: Admission.Ticket

    var ready: LiveEvent { .ready(model: entry.name, classes: entry.configuration.classes.map(\.rawValue)) }
  }

  /// Begins a session. Throws a problem for parameters that can't be, and where there are as many sessions as may.
  func begin(_ values: [String: String]) throws -> Session {
    let parameters = try LiveParameters(values)
    let entry = try shelf.entry(parameters.model)
    return Session(
      entry: entry, live: try LiveSession(entry, parameters, limit: options.maximumSeconds),
      ticket: try admission.enter())
  }

  /// `POST /v1/stream`: raw samples in a body of any length, events as lines of JSON while it comes.
  func chunked(_ call: Call) async throws -> Response {
    try call.allow(LiveParameters.names)
    let type = call.request.headers[.contentType].flatMap { HeaderValue($0) }?.value
    guard type == "application/octet-stream" else {
      throw Problem(
        .unsupportedMediaType, "content-type", "samples of a live stream come as application/octet-stream",
        parameter: "Content-Type")
    }
    let session = try begin(call.query)
    var headers = HTTPFields()
    headers[.contentType] = "application/x-ndjson"
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        func line(_ event: LiveEvent) -> ByteBuffer { ByteBuffer(string: JSONText.string(event) + "\n") }
        try await writer.write(line(session.ready))
        do {
          for try await buffer in call.request.body {
            for event in try await session.live.push(Array(buffer.readableBytesView)) {
              try await writer.write(line(event))
            }
          }
          for event in try await session.live.finish() { try await writer.write(line(event)) }
        } catch let problem as Problem {
          try await writer.write(line(.error(problem)))
        }
        await count(session)
        try await writer.finish(nil)
      })
  }

  /// `GET /v1/stream` without the upgrade to WebSocket.
  func refusal(_ call: Call) throws -> Response {
    guard isOwnOrigin(call.request.headers[.origin], host: call.request.head.authority) else {
      throw Problem(.forbidden, "origin", "pages of other origins may not open streams here", parameter: "Origin")
    }
    throw Problem(
      .upgradeRequired, "upgrade", "GET /v1/stream is a WebSocket; POST /v1/stream takes samples in a body",
      parameter: "Upgrade")
  }

  /// Whether a request may become a WebSocket: one of RFC 6455 for the stream's path, not sent by a page of another origin.
  func mayUpgrade(_ head: HTTPRequestHead) -> Bool {
    head.method == .GET && head.uri.prefix { $0 != "?" } == Self.path
      && head.headers[canonicalForm: "Upgrade"].map { $0.lowercased() } == ["websocket"]
      && head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "upgrade" }
      && head.headers["Sec-WebSocket-Version"] == ["13"] && head.headers["Sec-WebSocket-Key"].count == 1
      && isOwnOrigin(head.headers.first(name: "Origin"), host: head.headers.first(name: "Host"))
  }

  /// Whether a page may open a WebSocket, which browsers let any page try: one of this server or of the origins allowed.
  func isOwnOrigin(_ origin: String?, host: String?) -> Bool {
    guard let origin else { return true }
    if options.origins.contains(origin) { return true }
    return host.map { origin == "http://\($0)" || origin == "https://\($0)" } ?? false
  }

  /// Notes how long a session was.
  func count(_ session: Session) async { metrics.add(await session.live.seconds, to: "affect_stream_seconds_total") }
}

/// Ends what nothing has come for in a while.
final class IdleWatch: Sendable {
  private let task: Task<Void, Never>
  private let latest: Latest

  private actor Latest {
    var time = ContinuousClock.now
    func touch() { time = .now }
  }

  /// Calls `end` once nothing was noted for so many seconds.
  init(seconds: Double, end: @escaping @Sendable () -> Void) {
    let latest = Latest()
    self.latest = latest
    task = Task {
      while !Task.isCancelled {
        let left = seconds - (ContinuousClock.now - (await latest.time)).inSeconds
        guard left > 0 else { return end() }
        do { try await Task.sleep(for: .seconds(left)) } catch { return }
      }
    }
  }

  /// Notes that something came.
  func touch() {
    let latest = latest
    Task { await latest.touch() }
  }

  /// Ends the watch.
  func stop() { task.cancel() }
}
