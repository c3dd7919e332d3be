import Foundation
import Synchronization

/// A thread of its own, on which jobs run in turn.
///
/// LibTorch's work takes long and keeps a pool of helpers for each thread that it is called from: on Swift's own threads it
/// would hold up every other task, and leave a pool behind on each of them. The thread ends with the last reference to this.
package final class WorkThread: Sendable {
  /// Says to a job that nobody waits for it any more.
  package final class Cancellation: Sendable {
    private let flag = Atomic(false)
    package var isCancelled: Bool { flag.load(ordering: .relaxed) }
    fileprivate func cancel() { flag.store(true, ordering: .relaxed) }
  }

  private struct Job {
    let cancellation: Cancellation
    let run: @Sendable () -> Void
    let drop: @Sendable () -> Void
  }

  /// Jobs that wait for the thread, which holds this and not the `WorkThread`.
  private final class Queue: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var isClosed = false

    /// Takes a job; false where it was cancelled before.
    func add(_ job: Job) -> Bool {
      condition.withLock {
        guard !job.cancellation.isCancelled else { return false }
        jobs.append(job)
        condition.signal()
        return true
      }
    }

    /// Cancels a job, and gives it back if its turn had not come yet.
    func cancel(_ cancellation: Cancellation) -> Job? {
      condition.withLock {
        cancellation.cancel()
        return jobs.firstIndex { $0.cancellation === cancellation }.map { jobs.remove(at: $0) }
      }
    }

    func close() {
      condition.withLock {
        isClosed = true
        condition.signal()
      }
    }

    /// The next job; nil when there will be none.
    func next() -> Job? {
      condition.withLock {
        while jobs.isEmpty && !isClosed { condition.wait() }
        return jobs.isEmpty ? nil : jobs.removeFirst()
      }
    }
  }

  private let queue = Queue()

  package init(name: String) {
    let queue = queue
    let thread = Thread { while let job = queue.next() { job.run() } }
    thread.name = name
    // Foundation's default on some systems, 512 KB, is less than LibTorch is used to.
    thread.stackSize = 16 << 20
    thread.start()
  }

  deinit { queue.close() }

  /// Runs a job, and waits for it without holding up other tasks.
  ///
  /// - Throws: what the job throws; `CancellationError` where the task was cancelled before the job's turn came
  package func run<Output: Sendable>(
    _ job: @escaping @Sendable (Cancellation) throws -> Output
  ) async throws -> Output {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Output, any Error>) in
        let waiting = Job(
          cancellation: cancellation,
          run: { continuation.resume(with: Result { try job(cancellation) }) },
          drop: { continuation.resume(throwing: CancellationError()) })
        if !queue.add(waiting) { waiting.drop() }
      }
    } onCancel: {
      queue.cancel(cancellation)?.drop()
    }
  }
}

/// What only one thread at a time touches: it is made there, used there, and never looked at elsewhere.
struct Confined<Value>: @unchecked Sendable {
  let value: Value
}
