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
  /// As JSON in the database.
  var cutting: Cutting
  /// Whether each segment says what carried the decision.
  var explains: Bool
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
  let job: Job

  init(_ job: Job) { self.job = job }

  /// From 0 to 1; nil where the recording's length is not known.
  var progress: Double? {
    switch job.state {
    case .done: 1
    case .queued: 0
    default: job.duration.flatMap { $0 > 0 ? min(job.seconds / $0, 1) : nil }
    }
  }

  /// What the job failed of.
  var problem: Problem? {
    job.problem.flatMap { try? JSONDecoder().decode(Problem.self, from: Data($0.utf8)) }
  }

  private enum Keys: String, CodingKey {
    case id, state, model, file, created, started, finished, expires, seconds, duration, progress, problem, result
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    try values.encode(job.id, forKey: .id)
    try values.encode(job.state, forKey: .state)
    try values.encode(job.model, forKey: .model)
    try values.encodeIfPresent(job.file, forKey: .file)
    for (key, time) in [
      (Keys.created, job.created), (.started, job.started), (.finished, job.finished), (.expires, job.expires),
    ] {
      try values.encodeIfPresent(time.map { Date(timeIntervalSince1970: $0) }, forKey: key)
    }
    try values.encode(job.seconds, forKey: .seconds)
    try values.encodeIfPresent(job.duration, forKey: .duration)
    try values.encodeIfPresent(progress, forKey: .progress)
    try values.encodeIfPresent(problem, forKey: .problem)
    // Where the result is, once there is one.
    if job.state == .done { try values.encode("/v1/jobs/\(job.id)/result", forKey: .result) }
  }
}
