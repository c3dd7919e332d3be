import Foundation
import Synchronization

/// Does pieces of work on several threads and gives what they came to in order. Threads take the next piece when they
/// are done with one, each with scratch memory of its own; what a piece comes to must not depend on the scratch it gets.
///
/// - Parameters:
///   - count: the pieces, numbered from 0
///   - threads: how many threads; never more than pieces
func inParallel<Scratch, Output: Sendable>(
  _ count: Int, threads: Int, scratch: @Sendable () -> Scratch,
  _ body: @Sendable (inout Scratch, Int) -> Output
) -> [Output] {
  [Output](unsafeUninitializedCapacity: count) { buffer, filled in
    filled = count
    guard let address = buffer.baseAddress, count > 0 else { return }
    let slots = Slots(address: address)
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(max(threads, 1), count)) { _ in
      var memory = scratch()
      while true {
        let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard piece < count else { return }
        slots.fill(piece, body(&memory, piece))
      }
    }
  }
}

/// Memory that several threads fill, each place by one of them.
private struct Slots<Output>: @unchecked Sendable {
  let address: UnsafeMutablePointer<Output>

  func fill(_ place: Int, _ output: Output) { (address + place).initialize(to: output) }
}

/// A thread for each core.
var allCores: Int { ProcessInfo.processInfo.activeProcessorCount }
