import Foundation
import HTTPTypes
import Hummingbird
import Recognition

/// `/v1/jobs`: long recordings, taken now and recognised later.
struct JobService: Sendable {
  let options: ServerOptions
  let shelf: ModelShelf
  let admission: Admission
  let receiver: Receiver
  let store: JobStore
  let runner: JobRunner
  let hasKeys: Bool

  func create(_ call: Call) async throws -> Response {
    try call.allow(["model", "explain"] + Cutting.names)
    _ = try shelf.entry(RecognitionParameters(call.query).model)
    let key = call.request.headers[Self.idempotencyKey]
    guard key.map({ (1...200).contains($0.utf8.count) }) ?? true else {
      throw Problem.badRequest("an Idempotency-Key has 1 to 200 bytes", parameter: "Idempotency-Key")
    }
    let ticket = try admission.enter()
    defer { withExtendedLifetime(ticket) {} }
    let upload = try await receiver.receive(call.request)
    guard upload.fields["format"] == nil else {
      throw Problem.badRequest("the format is chosen when the result is fetched", parameter: "format")
    }
    let parameters = try RecognitionParameters(call.query, fields: upload.fields)
    let now = Date().timeIntervalSince1970
    var random = SystemRandomNumberGenerator()
    let id = (0..<2).map { _ in
      let half = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - half.count) + half
    }.joined()
    let job = Job(
      id: id, owner: owner(call), idempotencyKey: key, state: .queued, model: try shelf.entry(parameters.model).name,
      cutting: parameters.cutting, explains: parameters.explains, file: upload.name, created: now, attempts: 0,
      seconds: 0)
    let kept = try store.add(job, recording: upload.file.url, most: options.queuedJobs)
    var headers = HTTPFields()
    headers[.location] = "/v1/jobs/\(kept.job.id)"
    return .json(JobStatus(kept.job), status: kept.isNew ? .accepted : .ok, headers: headers)
  }

  private static let idempotencyKey = HTTPField.Name("Idempotency-Key")!

  func status(_ call: Call) throws -> Response {
    try call.allow()
    return .json(JobStatus(try job(call)))
  }

  func cancel(_ call: Call) throws -> Response {
    try call.allow()
    guard let id = call.path["id"], let outcome = try store.cancel(id, owner: owner(call)) else { throw Self.missing }
    switch outcome {
    case .cancelled(let job):
      runner.stop(id)
      return .json(JobStatus(job))
    case .forgotten:
      return Response(status: .noContent)
    }
  }

  func result(_ call: Call) throws -> Response {
    try call.allow(["format"])
    let format = try TimelineExport(parameter: call.query["format"])
    let job = try job(call)
    guard job.state == .done, let data = job.result else {
      if let problem = JobStatus(job).problem { throw problem }
      throw Problem(
        .conflict, "not-done", "the job is \(job.state.rawValue), and has no result",
        retryAfter: job.state == .cancelled ? nil : 2)
    }
    let entry = try shelf.entry(job.model)
    return try RecognitionService.response(JSONDecoder().decode(Timeline.self, from: data), format, entry)
  }

  private func owner(_ call: Call) -> String { hasKeys ? call.client : "" }

  private func job(_ call: Call) throws -> Job {
    guard let id = call.path["id"], let job = try store.job(id, owner: owner(call)) else { throw Self.missing }
    return job
  }

  private static let missing = Problem(
    .notFound, "no-job", "there is no such job: it never was, it was deleted, or its result was kept long enough")
}
