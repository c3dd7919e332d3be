import Basics
import Foundation
import Synchronization
import Testing

@Suite struct OrderedPipelineTests {
  struct Broken: Error, Equatable { let number: Int }

  final class Counts: Sendable {
    let running = Atomic(0)
    let most = Atomic(0)
    let begun = Atomic(0)
  }

  @Test(arguments: [1, 3, 8]) func resultsComeInOrderWhateverTheThreadsDo(threads: Int) throws {
    let pipeline = OrderedPipeline(count: 200, threads: threads, ahead: 7) { number in
      // Later ones are quicker.
      if number % 5 == 0 { Thread.sleep(forTimeInterval: 0.001) }
      return number * number
    }
    var results: [Int] = []
    while let result = try pipeline.next() { results.append(result) }
    #expect(results == (0..<200).map { $0 * $0 })
    #expect(try pipeline.next() == nil)
    #expect(try OrderedPipeline(count: 0, ahead: 3) { $0 }.next() == nil)
  }

  @Test func noMoreIsBegunThanMayBeAhead() throws {
    let counts = Counts()
    let pipeline = OrderedPipeline(count: 100, threads: 4, ahead: 6) { number in
      let now = counts.running.add(1, ordering: .sequentiallyConsistent).newValue
      counts.most.max(now, ordering: .sequentiallyConsistent)
      counts.begun.add(1, ordering: .sequentiallyConsistent)
      Thread.sleep(forTimeInterval: 0.0005)
      counts.running.subtract(1, ordering: .sequentiallyConsistent)
      return number
    }
    var taken = 0
    while try pipeline.next() != nil {
      taken += 1
      #expect(counts.begun.load(ordering: .sequentiallyConsistent) <= taken + 6)
    }
    #expect(counts.most.load(ordering: .sequentiallyConsistent) <= 4)
    #expect(counts.begun.load(ordering: .sequentiallyConsistent) == 100)
  }

  @Test func workGoesOnWhileNobodyTakes() throws {
    let ready = DispatchSemaphore(value: 0)
    let pipeline = OrderedPipeline(count: 10, ahead: 4) { number in
      ready.signal()
      return number
    }
    // All four that may be ahead are done before the first is taken.
    for _ in 0..<4 { ready.wait() }
    #expect(try pipeline.next() == 0)
  }

  @Test func anErrorComesAtItsTurnAndEndsTheWork() throws {
    let counts = Counts()
    let pipeline = OrderedPipeline(count: 1000, threads: 3, ahead: 5) { number in
      counts.begun.add(1, ordering: .sequentiallyConsistent)
      if number == 20 { throw Broken(number: number) }
      return number
    }
    for number in 0..<20 { #expect(try pipeline.next() == number) }
    #expect(throws: Broken(number: 20)) { try pipeline.next() }
    #expect(try pipeline.next() == nil)
    pipeline.stop()
    #expect(counts.begun.load(ordering: .sequentiallyConsistent) <= 27)
  }

  @Test func whoeverStopsWaitsForWhatWasBegunAlone() throws {
    let counts = Counts()
    do {
      let pipeline = OrderedPipeline(count: 1000, threads: 2, ahead: 1000) { number in
        counts.running.add(1, ordering: .sequentiallyConsistent)
        Thread.sleep(forTimeInterval: 0.002)
        counts.running.subtract(1, ordering: .sequentiallyConsistent)
        counts.begun.add(1, ordering: .sequentiallyConsistent)
        return number
      }
      _ = try pipeline.next()
    }
    // The last reference is gone, and with it the threads.
    #expect(counts.running.load(ordering: .sequentiallyConsistent) == 0)
    let begun = counts.begun.load(ordering: .sequentiallyConsistent)
    #expect(begun < 1000)
    Thread.sleep(forTimeInterval: 0.02)
    #expect(counts.begun.load(ordering: .sequentiallyConsistent) == begun)
  }
}
