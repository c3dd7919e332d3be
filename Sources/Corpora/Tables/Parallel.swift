import Foundation
import Synchronization

/// Work on all cores for calls that are not asynchronous.
enum Parallel {
  /// Applies `body` to the numbers from 0, several at a time, and returns the results in their order. Of errors, that of
  /// the lowest number is thrown.
  static func map<Output: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws -> Output
  ) throws -> [Output] {
    // Pieces, so that handing them out costs nothing beside the work.
    let size = max(1, min(1024, count / 16))
    let pieces = (count + size - 1) / size
    let results = Mutex<[Int: Result<[Output], any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: pieces) { piece in
      let result = Result { try (piece * size..<min(count, (piece + 1) * size)).map(body) }
      results.withLock { $0[piece] = result }
    }
    let found = results.withLock { $0 }
    return try (0..<pieces).flatMap { try found[$0]?.get() ?? [] }
  }
}
