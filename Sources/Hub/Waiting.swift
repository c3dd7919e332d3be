import Dispatch
import Synchronization

/// Does asynchronous work while this thread, which must be none of Swift's own, waits for it.
func waiting<Output: Sendable>(_ work: @escaping @Sendable () async throws -> Output) throws -> Output {
  let outcome = Outcome<Output>()
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    do {
      let output = try await work()
      outcome.result.withLock { $0 = .success(output) }
    } catch {
      outcome.result.withLock { $0 = .failure(error) }
    }
    done.signal()
  }
  done.wait()
  guard let result = outcome.result.withLock({ $0 }) else { throw CancellationError() }
  return try result.get()
}

/// What asynchronous work came to.
private final class Outcome<Output: Sendable>: Sendable {
  let result = Mutex<Result<Output, any Error>?>(nil)
}
