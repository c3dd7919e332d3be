import Foundation

/// Numbered pieces of work that threads do ahead of whoever takes the results, which come in the order of the numbers:
/// the outcome depends neither on timing nor on how many threads there are.
///
/// This is the one place where such results cross threads: each is made on one thread, handed over once, and not touched
/// there again. One thread at a time may take results.
public final class OrderedPipeline<Output> {
  private let shared: Shared

  /// Begins the work.
  ///
  /// - Parameters:
  ///   - count: how many pieces there are
  ///   - threads: how many work at the same time; `make` is called by all of them
  ///   - ahead: how many pieces may be begun or ready and not yet taken
  ///   - make: does one piece
  public init(count: Int, threads: Int = 1, ahead: Int, _ make: @escaping (Int) throws -> Output) {
    let workers = min(max(threads, 1), count)
    shared = Shared(count: count, ahead: max(ahead, 1), workers: workers, make)
    for _ in 0..<workers {
      let thread = Thread { [shared] in shared.work() }
      // As much as the first thread has: decoders and LibTorch are written for that.
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { stop() }

  /// The next result; nil after the last. Waits until it is there.
  ///
  /// - Throws: what `make` threw for this piece; no further piece is begun then.
  public func next() throws -> Output? { try shared.take() }

  /// Begins no further piece and waits for those that were begun. What was not taken is thrown away.
  public func stop() { shared.stop() }

  /// What the threads share, under a lock. They refer to it and not to the pipeline, which can therefore end.
  private final class Shared: @unchecked Sendable {
    let condition = NSCondition()
    let count: Int
    let ahead: Int
    let make: (Int) throws -> Output
    var results: [Int: Result<Output, any Error>] = [:]
    var begun = 0
    var taken = 0
    var workers: Int
    var isStopped = false

    init(count: Int, ahead: Int, workers: Int, _ make: @escaping (Int) throws -> Output) {
      (self.count, self.ahead, self.workers, self.make) = (count, ahead, workers, make)
    }

    func work() {
      condition.lock()
      defer {
        workers -= 1
        condition.broadcast()
        condition.unlock()
      }
      while true {
        while !isStopped, begun < count, begun - taken >= ahead { condition.wait() }
        guard !isStopped, begun < count else { return }
        let number = begun
        begun += 1
        condition.unlock()
        let result = Result { try make(number) }
        condition.lock()
        results[number] = result
        condition.broadcast()
      }
    }

    func take() throws -> Output? {
      condition.lock()
      defer { condition.unlock() }
      guard taken < count, !isStopped else { return nil }
      while results[taken] == nil { condition.wait() }
      guard let result = results.removeValue(forKey: taken) else { return nil }
      taken += 1
      if case .failure = result { isStopped = true }
      condition.broadcast()
      return try result.get()
    }

    func stop() {
      condition.lock()
      isStopped = true
      condition.broadcast()
      while workers > 0 { condition.wait() }
      results.removeAll()
      condition.unlock()
    }
  }
}
