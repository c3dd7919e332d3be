import Foundation
import GRDB

/// A recording that is recognised when its turn comes.
struct Job: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "jobs"

  /// What becomes of a job: from queued to running to one of the others.
  enum State: String, Codable, Sendable, DatabaseValueConvertible {
    case queued, running, done, failed, cancelled
  }

  var id: String
  /// Who may see it: the digest of the key that it was sent with, empty without keys.
  var owner: String
  /// What the client calls it, so that sending it again makes no second job.
  var idempotencyKey: String?
  var state: State
  var model: String
  var window: Double
  var hop: Double
  var whole: Double
  var file: String?
  /// Seconds since 1970.
  var created: Double
  var started: Double?
  var finished: Double?
  /// When the job and its result are thrown away.
  var expires: Double?
  /// How often it was begun.
  var attempts: Int
  /// Seconds of the recording that were recognised.
  var seconds: Double
  /// The recording's length as its header has it, in seconds.
  var duration: Double?
  /// A `Problem` as JSON.
  var problem: String?
  /// A `Timeline` as JSON.
  var result: Data?
}

/// A job as its client sees it.
struct JobStatus: Encodable, Sendable {
  let id: String
  let state: String
  let model: String
  let file: String?
  let created: Date
  let started: Date?
  let finished: Date?
  let expires: Date?
  let seconds: Double
  let duration: Double?
  /// From 0 to 1; null where the recording's length is not known.
  let progress: Double?
  let problem: Problem?
  /// Where the result is, once there is one.
  let result: String?

  init(_ job: Job) {
    func date(_ seconds: Double?) -> Date? { seconds.map { Date(timeIntervalSince1970: $0) } }
    (id, state, model, file) = (job.id, job.state.rawValue, job.model, job.file)
    created = Date(timeIntervalSince1970: job.created)
    (started, finished, expires) = (date(job.started), date(job.finished), date(job.expires))
    (seconds, duration) = (job.seconds, job.duration)
    switch job.state {
    case .done: progress = 1
    case .queued: progress = 0
    default: progress = job.duration.flatMap { $0 > 0 ? min(job.seconds / $0, 1) : nil }
    }
    problem = job.problem.flatMap { try? JSONDecoder().decode(Problem.self, from: Data($0.utf8)) }
    result = job.state == .done ? "/v1/jobs/\(job.id)/result" : nil
  }
}
