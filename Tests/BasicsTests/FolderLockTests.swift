import Basics
import Dispatch
import Foundation
import Synchronization
import Testing

@Suite struct FolderLockTests {
  final class Counter: Sendable {
    let inside = Atomic(0)
    let most = Atomic(0)
    let done = Atomic(0)
  }

  @Test func oneAtATimeIsInside() {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let counter = Counter()
    let group = DispatchGroup()
    // Threads, not tasks: tasks of a busy pool may run one after another anyway.
    for _ in 0..<4 {
      group.enter()
      Thread.detachNewThread {
        try? FolderLock.held(folder) {
          let now = counter.inside.add(1, ordering: .sequentiallyConsistent).newValue
          counter.most.max(now, ordering: .sequentiallyConsistent)
          Thread.sleep(forTimeInterval: 0.02)
          counter.inside.subtract(1, ordering: .sequentiallyConsistent)
          counter.done.add(1, ordering: .sequentiallyConsistent)
        }
        group.leave()
      }
    }
    group.wait()
    #expect(counter.most.load(ordering: .sequentiallyConsistent) == 1)
    #expect(counter.done.load(ordering: .sequentiallyConsistent) == 4)
  }

  @Test func aFailureGivesTheLockBack() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: CancellationError.self) { try FolderLock.held(folder) { throw CancellationError() } }
    #expect(try FolderLock.held(folder) { 7 } == 7)
  }

  @Test func whoeverHasToWaitHearsOfItOnce() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var hold: FolderLock.Hold? = try FolderLock.take(folder) { Issue.record("nobody holds the lock") }
    let (waiting, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    Thread.detachNewThread {
      do { _ = try FolderLock.take(folder) { waiting.signal() } } catch { Issue.record(error) }
      ended.signal()
    }
    try #require(waiting.wait(timeout: .now() + 60) == .success)
    #expect(ended.wait(timeout: .now() + 0.05) == .timedOut)
    withExtendedLifetime(hold) {}
    hold = nil
    try #require(ended.wait(timeout: .now() + 60) == .success)
    #expect(waiting.wait(timeout: .now()) == .timedOut)
  }
}
