import Basics
import Foundation
import Synchronization
import Testing

@Suite struct FolderLockTests {
  final class Counter: Sendable {
    let inside = Atomic(0)
    let most = Atomic(0)
  }

  @Test func oneAtATimeIsInside() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let counter = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          try FolderLock.held(folder) {
            let now = counter.inside.add(1, ordering: .sequentiallyConsistent).newValue
            counter.most.max(now, ordering: .sequentiallyConsistent)
            Thread.sleep(forTimeInterval: 0.01)
            counter.inside.subtract(1, ordering: .sequentiallyConsistent)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(counter.most.load(ordering: .sequentiallyConsistent) == 1)
  }

  @Test func aFailureGivesTheLockBack() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: CancellationError.self) { try FolderLock.held(folder) { throw CancellationError() } }
    #expect(try FolderLock.held(folder) { 7 } == 7)
  }
}
