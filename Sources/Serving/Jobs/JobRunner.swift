import Audio
import Foundation
import HTTPTypes
import Logging
import Recognition
import ServiceLifecycle
import Synchronization

/// Does the jobs, oldest first, a few at a time.
final class JobRunner: Service {
  /// Jobs at a time: enough to fill batches, few enough to leave requests their share.
  static let workers = 2
  /// Seconds between two looks for a job.
  private static let pause = Duration.milliseconds(100)

  private let store: JobStore
  private let shelf: ModelShelf
  private let limit: Double
  private let metrics: ServerMetrics
  private let logger: Logger
  private let running = Mutex<[String: Task<Timeline, any Error>]>([:])
  private let isClosed = Atomic(false)

  init(store: JobStore, shelf: ModelShelf, limit: Double, metrics: ServerMetrics, logger: Logger) {
    (self.store, self.shelf, self.limit, self.metrics, self.logger) = (store, shelf, limit, metrics, logger)
  }

  /// Begins no more jobs; those that were begun go on.
  func close() { isClosed.store(true, ordering: .relaxed) }

  /// Ends a job's work, if it is being done.
  func stop(_ id: String) { running.withLock { $0[id] }?.cancel() }

  /// Works until the server ends. A graceful end lets the jobs that were begun come to their own; they are put back when
  /// that takes too long.
  func run() async throws {
    await withDiscardingTaskGroup { group in
      for _ in 0..<Self.workers { group.addTask { await self.work() } }
      group.addTask { await self.sweep() }
    }
  }

  private func work() async {
    while !isClosed.load(ordering: .relaxed), !Task.isCancelled, !Task.isShuttingDownGracefully {
      do {
        if let job = try store.claim() {
          try await process(job)
        } else {
          await Self.sleep(Self.pause)
        }
      } catch {
        logger.error("jobs: \(error)")
        await Self.sleep(.seconds(1))
      }
    }
  }

  private func sweep() async {
    while !Task.isCancelled, !Task.isShuttingDownGracefully {
      do { try store.sweep() } catch { logger.error("jobs: \(error)") }
      await Self.sleep(.seconds(10))
    }
  }

  /// A sleep that the server's end cuts short.
  private static func sleep(_ duration: Duration) async {
    // Cancelled is what it is meant to be then.
    try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
  }

  private func process(_ job: Job) async throws {
    let task = Task { try await self.timeline(job) }
    running.withLock { $0[job.id] = task }
    defer { running.withLock { $0[job.id] = nil } }
    let result = await withTaskCancellationHandler {
      await task.result
    } onCancel: {
      task.cancel()
    }
    switch result {
    case .success(let timeline):
      if try store.finish(job.id, .success(timeline)) {
        metrics.add(1, to: "affect_jobs_finished_total")
        metrics.add(timeline.duration, to: "affect_audio_seconds_total")
        metrics.add(Double(timeline.segments.count), to: "affect_segments_total")
      }
    case .failure(let problem as Problem):
      if try store.finish(job.id, .failure(problem)) { metrics.add(1, to: "affect_jobs_finished_total") }
    case .failure(is CancellationError):
      // The client's doing is written down already; the server's end puts the job back.
      try store.putBack(job.id)
    case .failure(let error):
      logger.error("job \(job.id): \(error)")
      let problem = Problem(.internalServerError, "internal", "the server failed at this job; its log says why")
      try store.finish(job.id, .failure(problem))
    }
  }

  private func timeline(_ job: Job) async throws -> Timeline {
    let entry = try shelf.entry(job.model)
    let path = store.recording(job.id).path
    let duration: Double?
    do { duration = try AudioFile.probe(path: path).duration } catch { throw Problem(error, path: path) }
    let stream = SegmentStream(
      DecodingQueue(path: path, plan: job.cutting.plan, limit: limit),
      engine: entry.engine, lookahead: RecognitionService.lookahead, explains: job.explains)
    var segments: [Timeline.Segment] = []
    var noted = ContinuousClock.now
    while let segment = try await stream.next() {
      segments.append(Timeline.Segment(segment))
      if .now - noted > .milliseconds(500) {
        try store.note(job.id, seconds: segment.end, duration: duration)
        noted = .now
      }
    }
    return Timeline(model: entry.name, file: job.file, duration: await stream.seconds, segments: segments)
  }
}
