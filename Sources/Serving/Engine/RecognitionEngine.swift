import Foundation
import Recognition
import Synchronization

/// What recognises a batch of stretches. Used by one thread alone.
protocol StretchRecognizer {
  /// One segment for each stretch, in order. What is computed together makes no difference to the result.
  func recognize(_ stretches: [Stretch]) throws -> [RecognizedSegment]
}

/// A model on a thread of its own. The stretches of all requests wait in one queue and are computed together, at most so
/// many, none waiting for others longer than the latency bound.
final class RecognitionEngine: Sendable {
  private struct Work {
    let id: Int
    let stretch: Stretch
    let since: ContinuousClock.Instant
    let continuation: CheckedContinuation<RecognizedSegment, any Error>
  }

  private struct State {
    var pending: [Work] = []
    var next = 0
    var loaded: Result<Void, any Error>?
    var waiters: [CheckedContinuation<Void, any Error>] = []
    var isStopped = false
  }

  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  private let batch: Int
  private let latency: Duration
  private let metrics: ServerMetrics

  /// Starts the thread, which loads the model first.
  init(
    batch: Int, latency: Double, metrics: ServerMetrics, load: @escaping @Sendable () throws -> any StretchRecognizer
  ) {
    (self.batch, self.latency, self.metrics) = (batch, .seconds(latency), metrics)
    let thread = Thread { self.run(load) }
    thread.name = "affect-engine"
    thread.stackSize = 16 << 20
    thread.start()
  }

  /// Stretches that wait.
  var depth: Int { state.withLock { $0.pending.count } }

  /// Whether the model is loaded.
  var isReady: Bool {
    state.withLock { state in
      if case .success = state.loaded { return true }
      return false
    }
  }

  /// Returns when the model is loaded. Throws what loading threw.
  func ready() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let known = state.withLock { state in
        if state.loaded == nil { state.waiters.append(continuation) }
        return state.loaded
      }
      if let known { continuation.resume(with: known) }
    }
  }

  /// The emotions in a stretch. Throws what the model throws, and `CancellationError` where the task was cancelled before
  /// the stretch's turn came.
  func recognize(_ stretch: Stretch) async throws -> RecognizedSegment {
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let refused = state.withLock { state in
          if Task.isCancelled || state.isStopped { return true }
          state.pending.append(Work(id: id, stretch: stretch, since: .now, continuation: continuation))
          return false
        }
        if refused { continuation.resume(throwing: CancellationError()) } else { wake.signal() }
      }
    } onCancel: {
      let found = state.withLock { state in
        state.pending.firstIndex { $0.id == id }.map { state.pending.remove(at: $0) }
      }
      found?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Ends the thread; whoever waits is told.
  func stop() {
    let left = state.withLock { state in
      state.isStopped = true
      defer { state.pending = [] }
      return state.pending
    }
    for work in left { work.continuation.resume(throwing: CancellationError()) }
    wake.signal()
  }

  private func run(_ load: () throws -> any StretchRecognizer) {
    let recognizer: any StretchRecognizer
    do {
      recognizer = try load()
      settle(.success(()))
    } catch {
      settle(.failure(error))
      return
    }
    while !state.withLock({ $0.isStopped }) {
      wake.wait()
      let works = gather()
      if !works.isEmpty { compute(works, recognizer) }
    }
  }

  private func settle(_ outcome: Result<Void, any Error>) {
    let waiters = state.withLock { state in
      state.loaded = outcome
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume(with: outcome) }
  }

  /// The next batch: the oldest that wait, once there are enough or the first has waited as long as it may.
  private func gather() -> [Work] {
    while true {
      let (count, oldest) = state.withLock { ($0.pending.count, $0.pending.first?.since) }
      guard let oldest else { return [] }
      let left = latency - (.now - oldest)
      if count >= batch || left <= .zero { break }
      // Wakes for each stretch that comes; those that were counted before return at once.
      _ = wake.wait(timeout: .now() + left.inSeconds)
    }
    return state.withLock { state in
      let taken = Array(state.pending.prefix(batch))
      state.pending.removeFirst(taken.count)
      // More than one batch waits: the next turn must not wait for another stretch to come.
      if !state.pending.isEmpty { wake.signal() }
      return taken
    }
  }

  private func compute(_ works: [Work], _ recognizer: any StretchRecognizer) {
    let begin = ContinuousClock.now
    do {
      let segments = try recognizer.recognize(works.map(\.stretch))
      metrics.batch(size: works.count, seconds: (.now - begin).inSeconds)
      for (work, segment) in zip(works, segments) { work.continuation.resume(returning: segment) }
    } catch {
      guard works.count > 1 else { return works[0].continuation.resume(throwing: error) }
      // One request's fault is not the others'.
      for work in works { compute([work], recognizer) }
    }
  }
}
