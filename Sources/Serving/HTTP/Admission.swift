import Foundation
import HTTPTypes
import NIOCore
import Synchronization

/// How many requests the server has taken. Whoever comes when it is full is told so at once, before a byte of the body
/// is read: a server that takes more than it can do does none of it in time.
final class Admission: Sendable {
  private struct State {
    var taken = 0
    var running = 0
    var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    var next = 0
    /// How long a recognition takes, in seconds, smoothed.
    var seconds = 1.0
  }

  private let state = Mutex(State())
  private let running: Int
  private let capacity: Int

  init(running: Int, waiting: Int) { (self.running, capacity) = (running, running + waiting) }

  /// Requests taken and not answered yet.
  var taken: Int { state.withLock { $0.taken } }

  /// A place among those that were taken, given back with the last reference to it: however a request ends, and be it that
  /// its client goes away before the answer was begun, none is lost.
  final class Ticket: Sendable {
    private let admission: Admission
    fileprivate init(_ admission: Admission) { self.admission = admission }
    deinit { admission.state.withLock { $0.taken -= 1 } }
  }

  /// One of the places at which recordings are recognised, given back likewise.
  final class Place: Sendable {
    private let admission: Admission
    private let since = ContinuousClock.now
    fileprivate init(_ admission: Admission) { self.admission = admission }
    deinit { admission.end(after: (ContinuousClock.now - since).inSeconds) }
  }

  /// Takes a request. Throws a problem with status 429 where there is no room.
  func enter() throws(Problem) -> Ticket {
    let refusal: Int? = state.withLock { state in
      guard state.taken < capacity else {
        return max(1, min(60, Int((state.seconds * Double(capacity) / Double(running)).rounded(.up))))
      }
      state.taken += 1
      return nil
    }
    if let refusal {
      throw .busy("the server has as many requests as it takes (\(capacity)); try again later", retryAfter: refusal)
    }
    return Ticket(self)
  }

  /// Waits for one of the places at which recordings are recognised. Throws where the task is cancelled.
  func begin() async throws -> Place {
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.running < running {
            state.running += 1
            return .success(())
          }
          state.waiting.append((id, continuation))
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let found = state.withLock { state in
        state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
      }
      found?.resume(throwing: CancellationError())
    }
    return Place(self)
  }

  /// Gives a place to the next that waits.
  private func end(after seconds: Double) {
    let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      state.seconds += 0.1 * (seconds - state.seconds)
      if !state.waiting.isEmpty { return state.waiting.removeFirst().continuation }
      state.running -= 1
      return nil
    }
    next?.resume()
  }
}

/// A bucket of tokens for each client: a request takes one, a minute brings as many as the limit is.
final class RateLimiter: Sendable {
  private struct Bucket {
    var tokens: Double
    var time: ContinuousClock.Instant
  }

  private let perMinute: Double
  private let buckets = Mutex<[String: Bucket]>([:])

  init(perMinute: Int) { self.perMinute = Double(perMinute) }

  /// Throws a problem with status 429 for a client that has used its share.
  func take(_ client: String, now: ContinuousClock.Instant = .now) throws(Problem) {
    let wait: Double? = buckets.withLock { buckets in
      // Clients whose bucket is full again are forgotten, or any number of addresses would be kept.
      if buckets.count > 10_000 { buckets = buckets.filter { now - $0.value.time < .seconds(60) } }
      var bucket = buckets[client] ?? Bucket(tokens: perMinute, time: now)
      bucket.tokens = min(perMinute, bucket.tokens + (now - bucket.time).inSeconds * perMinute / 60)
      bucket.time = now
      defer { buckets[client] = bucket }
      guard bucket.tokens >= 1 else { return (1 - bucket.tokens) * 60 / perMinute }
      bucket.tokens -= 1
      return nil
    }
    if let wait {
      throw .busy(
        "this client has begun more than \(Int(perMinute)) requests in a minute", retryAfter: Int(wait.rounded(.up)))
    }
  }
}

extension Duration {
  /// The duration in seconds.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension TimeAmount {
  /// So many seconds, and thirty years for more.
  static func inSeconds(_ seconds: Double) -> TimeAmount { .nanoseconds(Int64(min(seconds, 1e9) * 1e9)) }
}

/// What `body` returns, or the problem where it takes longer. The work is cancelled then, and waited for.
///
/// The event loop keeps the time: what `Task.sleep` holds stays until its time has come, although its task was cancelled long before. At
/// a hundred requests a second that are given five minutes each, that is tens of megabytes.
func within<Output: Sendable>(
  seconds: Double, on eventLoop: any EventLoop, or problem: Problem,
  _ body: @escaping @Sendable () async throws -> Output
) async throws -> Output {
  try await withThrowingTaskGroup(of: Output.self) { group in
    group.addTask { try await body() }
    group.addTask {
      let alarm = eventLoop.scheduleTask(in: .inSeconds(seconds)) {}
      try await withTaskCancellationHandler {
        do { try await alarm.futureResult.get() } catch { throw CancellationError() }
      } onCancel: {
        alarm.cancel()
      }
      throw problem
    }
    defer { group.cancelAll() }
    guard let first = try await group.next() else { throw CancellationError() }
    return first
  }
}
