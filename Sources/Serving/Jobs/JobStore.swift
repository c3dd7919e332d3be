import Basics
import Foundation
import GRDB
import HTTPTypes

/// The jobs in SQLite, their recordings beside it. Each change is one transaction that names the state it goes from, so that
/// whatever the server dies of, a job is in one state and comes to one end.
final class JobStore: Sendable {
  /// How often a job is begun before it is given up: a recording that ends the server must not do so for ever.
  static let mostAttempts = 3

  let folder: URL
  private let queue: DatabaseQueue
  private let keepSeconds: Double
  // Two servers on one folder would do each job twice.
  private let hold: FolderLock.Hold

  /// Opens the store of a folder, which is made if it is missing; jobs that were running when the last server ended are
  /// queued again.
  init(folder: URL, keepSeconds: Double) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    self.folder = folder
    self.keepSeconds = keepSeconds
    hold = try FolderLock.take(folder) {}
    queue = try DatabaseQueue(path: folder.appending(path: "jobs.sqlite").path)
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.create(table: "jobs") { t in
        t.primaryKey("id", .text)
        t.column("owner", .text).notNull()
        t.column("idempotencyKey", .text)
        t.column("state", .text).notNull().indexed()
        t.column("model", .text).notNull()
        for name in ["window", "hop", "whole", "created", "seconds"] { t.column(name, .double).notNull() }
        for name in ["started", "finished", "expires", "duration"] { t.column(name, .double) }
        t.column("attempts", .integer).notNull()
        for name in ["file", "problem"] { t.column(name, .text) }
        t.column("result", .blob)
        t.uniqueKey(["owner", "idempotencyKey"])
      }
    }
    // How a recording is cut, as one column: windows alone had three of their own.
    migrator.registerMigration("2") { db in
      try db.alter(table: "jobs") { t in
        t.add(column: "cutting", .text).notNull().defaults(to: "{}")
        t.add(column: "explains", .boolean).notNull().defaults(to: false)
      }
      for row in try Row.fetchAll(db, sql: "SELECT id, window, hop, whole FROM jobs") {
        let cutting = Cutting(window: row["window"], hop: row["hop"], whole: row["whole"])
        try db.execute(
          sql: "UPDATE jobs SET cutting = ? WHERE id = ?", arguments: [JSONText.string(cutting), row["id"] as String])
      }
      try db.alter(table: "jobs") { t in for name in ["window", "hop", "whole"] { t.drop(column: name) } }
    }
    try migrator.migrate(queue)
    try recover()
  }

  /// Where a job's recording is kept.
  func recording(_ id: String) -> URL { folder.appending(path: "\(id).recording") }

  private func recover() throws {
    let waiting = try queue.write { db in
      let problem = JSONText.string(
        Problem(
          .internalServerError, "given-up", "the server ended \(Self.mostAttempts) times while it was at this job"))
      try db.execute(
        sql: """
          UPDATE jobs SET state = 'failed', problem = ?, finished = ?, expires = ?
          WHERE state = 'running' AND attempts >= ?
          """, arguments: [problem, Self.now, Self.now + keepSeconds, Self.mostAttempts])
      try db.execute(sql: "UPDATE jobs SET state = 'queued', seconds = 0 WHERE state = 'running'")
      return try String.fetchSet(db, sql: "SELECT id FROM jobs WHERE state = 'queued'")
    }
    // Recordings whose job was never written down, or has ended.
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let isKept = name.hasSuffix(".recording") && waiting.contains(String(name.dropLast(10)))
      if !isKept, name.hasSuffix(".recording") || name.hasPrefix("upload-") {
        try FileManager.default.removeItem(at: folder.appending(path: name))
      }
    }
  }

  private static var now: Double { Date().timeIntervalSince1970 }

  /// Writes a job down, and takes its recording. Returns the job that has the same idempotency key where there is one.
  /// Throws a problem where as many wait as may.
  func add(_ job: Job, recording: URL, most: Int) throws -> (job: Job, isNew: Bool) {
    // First the recording, synced, then the row: a row without a recording could not be done.
    let file = try FileHandle(forUpdating: recording)
    try file.synchronize()
    try file.close()
    let place = self.recording(job.id)
    try FileManager.default.moveItem(at: recording, to: place)
    do {
      let (kept, isNew) = try queue.write { db in
        if let key = job.idempotencyKey,
          let known = try Job.fetchOne(
            db, sql: "SELECT * FROM jobs WHERE owner = ? AND idempotencyKey = ?", arguments: [job.owner, key])
        {
          return (known, false)
        }
        let waiting = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM jobs WHERE state = 'queued'") ?? 0
        guard waiting < most else {
          throw Problem.busy("as many jobs wait as may (\(most)); try again later", retryAfter: 30)
        }
        try job.insert(db)
        return (job, true)
      }
      if !isNew { try FileManager.default.removeItem(at: place) }
      return (kept, isNew)
    } catch {
      try? FileManager.default.removeItem(at: place)
      throw error
    }
  }

  /// Takes the job that has waited longest, or nil.
  func claim() throws -> Job? {
    try queue.write { db in
      try Job.fetchOne(
        db,
        sql: """
          UPDATE jobs SET state = 'running', started = ?, attempts = attempts + 1
          WHERE id = (SELECT id FROM jobs WHERE state = 'queued' ORDER BY created, id LIMIT 1) RETURNING *
          """, arguments: [Self.now])
    }
  }

  /// A job, or nil for another owner's and for none.
  func job(_ id: String, owner: String) throws -> Job? {
    try queue.read { db in
      try Job.fetchOne(db, sql: "SELECT * FROM jobs WHERE id = ? AND owner = ?", arguments: [id, owner])
    }
  }

  /// Notes how far a running job is.
  func note(_ id: String, seconds: Double, duration: Double?) throws {
    try queue.write { db in
      try db.execute(
        sql: "UPDATE jobs SET seconds = ?, duration = ? WHERE id = ? AND state = 'running'",
        arguments: [seconds, duration, id])
    }
  }

  /// Ends a running job. Returns whether it was running: one that was cancelled meanwhile stays so.
  @discardableResult
  func finish(_ id: String, _ outcome: Result<Timeline, Problem>) throws -> Bool {
    let ended = try queue.write { db in
      switch outcome {
      case .success(let timeline):
        try db.execute(
          sql: """
            UPDATE jobs SET state = 'done', result = ?, seconds = ?, duration = ?, finished = ?, expires = ?
            WHERE id = ? AND state = 'running'
            """,
          arguments: [
            JSONText.data(timeline), timeline.duration, timeline.duration, Self.now, Self.now + keepSeconds, id,
          ])
      case .failure(let problem):
        try db.execute(
          sql: """
            UPDATE jobs SET state = 'failed', problem = ?, finished = ?, expires = ?
            WHERE id = ? AND state = 'running'
            """, arguments: [JSONText.string(problem), Self.now, Self.now + keepSeconds, id])
      }
      return db.changesCount > 0
    }
    try removeRecording(id)
    return ended
  }

  /// Puts a running job back, to be begun again: the server ends.
  func putBack(_ id: String) throws {
    try queue.write { db in
      try db.execute(
        sql:
          "UPDATE jobs SET state = 'queued', seconds = 0, attempts = attempts - 1 WHERE id = ? AND state = 'running'",
        arguments: [id])
    }
  }

  /// What became of a job that was to be cancelled.
  enum Cancellation: Sendable {
    /// It will not be done, or no further.
    case cancelled(Job)
    /// It had ended, and is forgotten.
    case forgotten
  }

  /// Cancels a job that has not ended, and forgets one that has. Returns nil for none.
  func cancel(_ id: String, owner: String) throws -> Cancellation? {
    let outcome = try queue.write { db -> Cancellation? in
      guard
        var job = try Job.fetchOne(db, sql: "SELECT * FROM jobs WHERE id = ? AND owner = ?", arguments: [id, owner])
      else { return nil }
      guard job.state == .queued || job.state == .running else {
        try job.delete(db)
        return .forgotten
      }
      (job.state, job.finished, job.expires) = (.cancelled, Self.now, Self.now + keepSeconds)
      try job.update(db)
      return .cancelled(job)
    }
    if outcome != nil { try removeRecording(id) }
    return outcome
  }

  private func removeRecording(_ id: String) throws {
    let url = recording(id)
    if FileManager.default.fileExists(atPath: url.path) { try FileManager.default.removeItem(at: url) }
  }

  /// Throws away what was kept long enough.
  func sweep() throws {
    try queue.write { db in
      try db.execute(sql: "DELETE FROM jobs WHERE expires < ?", arguments: [Self.now])
    }
  }

  /// How many jobs are in each state.
  func counts() throws -> [Job.State: Int] {
    try queue.read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT state, COUNT(*) AS n FROM jobs GROUP BY state")
      return Dictionary(rows.map { ($0["state"], $0["n"]) }, uniquingKeysWith: { $1 })
    }
  }
}
