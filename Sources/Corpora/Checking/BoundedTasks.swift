import Foundation

/// Work on many items by a bounded number of tasks.
enum BoundedTasks {
  /// Applies `body` to every item, at most `limit` at a time, and returns the results in the items' order. The first
  /// error ends the work.
  static func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], limit: Int, body: @escaping @Sendable (Item) async throws -> Result,
    completed: (_ count: Int) -> Void = { _ in }
  ) async throws -> [Result] {
    var results = [Result?](repeating: nil, count: items.count)
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var next = 0
      func start() {
        let index = next
        let item = items[index]
        group.addTask { (index, try await body(item)) }
        next += 1
      }
      while next < min(max(1, limit), items.count) { start() }
      var count = 0
      while let (index, result) = try await group.next() {
        results[index] = result
        count += 1
        completed(count)
        try Task.checkCancellation()
        if next < items.count { start() }
      }
    }
    return results.compactMap { $0 }
  }
}
