import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// All that the endpoints work with.
struct ServerParts: Sendable {
  let options: ServerOptions
  let shelf: ModelShelf
  let metrics: ServerMetrics
  let store: JobStore
  let runner: JobRunner
  let keys: KeyRing
  let admission: Admission
  let streams: Admission
  let assets: Assets
  let uploads: URL

  private var receiver: Receiver {
    Receiver(folder: uploads, maximumBytes: options.maximumBytes)
  }

  /// `/v1/stream`
  var live: LiveService {
    LiveService(options: options, shelf: shelf, keys: keys, admission: streams, metrics: metrics)
  }

  /// What there is, by method and path.
  var endpoints: [Endpoint] {
    let recognition = RecognitionService(
      options: options, shelf: shelf, admission: admission, receiver: receiver, metrics: metrics)
    let jobs = JobService(
      options: options, shelf: shelf, admission: admission, receiver: receiver, store: store, runner: runner,
      hasKeys: !keys.isEmpty)
    let live = live
    return [
      Endpoint(.get, "/", isGuarded: false) { try assets.response("index.html", $0.request) },
      Endpoint(.get, "/assets/{name}", isGuarded: false) { try assets.response($0.path["name"] ?? "", $0.request) },
      Endpoint(.get, "/openapi.json", isGuarded: false) { try assets.response("openapi.json", $0.request) },
      Endpoint(.get, "/health", isGuarded: false) { call in
        try call.allow()
        return .json(["status": "ok"])
      },
      Endpoint(.get, "/ready", isGuarded: false, ready),
      Endpoint(.get, "/metrics", isGuarded: false, exposition),
      Endpoint(.get, "/v1/models") { call in
        try call.allow()
        return .json(shelf.listing)
      },
      Endpoint(.get, "/v1/limits") { call in
        try call.allow()
        return .json(Limits(options))
      },
      Endpoint(.post, "/v1/recognize", recognition.recognize),
      Endpoint(.post, "/v1/jobs", jobs.create),
      Endpoint(.get, "/v1/jobs/{id}") { try jobs.status($0) },
      Endpoint(.delete, "/v1/jobs/{id}") { try jobs.cancel($0) },
      Endpoint(.get, "/v1/jobs/{id}/result") { try jobs.result($0) },
      Endpoint(.post, "/v1/stream", live.chunked),
      // A WebSocket's key may come in its first message.
      Endpoint(.get, "/v1/stream", isGuarded: false) { try live.refusal($0) },
    ]
  }

  @Sendable private func ready(_ call: Call) throws -> Response {
    try call.allow()
    guard shelf.entries.allSatisfy(\.engine.isReady) else {
      throw Problem(.serviceUnavailable, "loading", "the models are being loaded", retryAfter: 1)
    }
    return .json(["status": "ready"])
  }

  @Sendable private func exposition(_ call: Call) throws -> Response {
    try call.allow()
    let counts = try store.counts()
    var gauges: [(name: String, help: String, value: Double)] = [
      ("affect_requests_taken", "Requests taken and not answered yet.", Double(admission.taken)),
      ("affect_streams_open", "Live streams.", Double(streams.taken)),
      (
        "affect_stretches_waiting", "Stretches of speech that wait for a model.",
        Double(shelf.entries.reduce(0) { $0 + $1.engine.depth })
      ),
      ("affect_jobs_queued", "Jobs that wait.", Double(counts[.queued] ?? 0)),
      ("affect_jobs_running", "Jobs that are being done.", Double(counts[.running] ?? 0)),
    ]
    if let bytes = ServerMetrics.residentBytes {
      gauges.append(("process_resident_memory_bytes", "Memory of the process.", bytes))
    }
    return .bytes(
      Data(metrics.text(gauges: gauges).utf8), type: "text/plain; version=0.0.4; charset=utf-8")
  }

  /// `GET /v1/limits`: what the server takes, so that clients need not find out by being refused.
  private struct Limits: Encodable {
    let bytes: Int
    let seconds: Double
    let jobSeconds: Double
    let secondsPerRequest: Double
    let keepSeconds: Double
    let formats: [String]
    let needsKey: Bool

    init(_ options: ServerOptions) {
      (bytes, seconds, jobSeconds) = (options.maximumBytes, options.maximumSeconds, options.maximumJobSeconds)
      (secondsPerRequest, keepSeconds) = (options.secondsPerRequest, options.keepSeconds)
      formats = TimelineExport.allCases.map(\.rawValue)
      needsKey = !options.keys.isEmpty
    }
  }
}
