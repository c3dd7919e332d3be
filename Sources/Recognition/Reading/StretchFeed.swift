import Encoders
import Foundation

/// Decodes and cuts a recording on a thread of its own, while the thread that asks recognises what came before.
///
/// Unchecked: the reader is touched by that thread alone until it has ended, the rest under the lock.
final class StretchFeed: @unchecked Sendable {
  private let reader: StretchReader
  private let condition = NSCondition()
  private var ready: [Stretch] = []
  private var samples = 0
  private var outcome: Result<Void, any Error>?
  private var isStopped = false

  /// So much sound waits at the most, or one stretch that is longer: memory does not grow with the recording.
  private static let mostSamples = 60 * FrontEndAudio.sampleRate

  /// Begins to decode; `stop()` must be called at the end.
  init(_ reader: StretchReader) {
    self.reader = reader
    let thread = Thread { self.read() }
    thread.name = "affect-decoder"
    thread.start()
  }

  /// The next stretches that are decoded, at most so many; this thread waits for the first. None at the end.
  ///
  /// - Throws: what the reader throws, after the stretches before
  func next(most: Int) throws -> [Stretch] {
    condition.lock()
    defer { condition.unlock() }
    while ready.isEmpty, outcome == nil { condition.wait() }
    guard !ready.isEmpty else {
      try outcome?.get()
      return []
    }
    let stretches = Array(ready.prefix(most))
    ready.removeFirst(stretches.count)
    samples -= stretches.reduce(0) { $0 + $1.samples.count }
    condition.signal()
    return stretches
  }

  /// Seconds decoded; to be asked for at the end.
  var seconds: Double { condition.withLock { outcome == nil ? 0 : reader.seconds } }

  /// Ends the thread, at the next second of sound at the latest.
  func stop() {
    condition.withLock {
      isStopped = true
      condition.signal()
    }
  }

  private func read() {
    let outcome = Result { () throws in
      while let stretches = try reader.next(isCancelled: { condition.withLock { isStopped } }) {
        condition.lock()
        defer { condition.unlock() }
        for stretch in stretches {
          while !isStopped, !ready.isEmpty, samples + stretch.samples.count > Self.mostSamples { condition.wait() }
          ready.append(stretch)
          samples += stretch.samples.count
          condition.signal()
        }
      }
    }
    condition.withLock {
      self.outcome = outcome
      condition.signal()
    }
  }
}
