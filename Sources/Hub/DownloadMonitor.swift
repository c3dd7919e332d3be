import Foundation
import Synchronization

/// Counts what several downloads of one model receive, and tells how far they are.
final class DownloadMonitor: Sendable {
  private struct State {
    var received = 0
    var fetched = 0
    var total = 0
    /// Times and counts of the last seconds, for the rate.
    var marks: [(time: Double, fetched: Int)] = []
    var lastReport = -Double.infinity
  }

  private let id: ModelID
  private let report: @Sendable (HubNotice) -> Void
  private let state = Mutex(State())

  init(_ id: ModelID, _ report: @escaping @Sendable (HubNotice) -> Void) {
    (self.id, self.report) = (id, report)
  }

  /// Bytes that came over the network.
  var fetched: Int { state.withLock { $0.fetched } }

  /// Says that files of so many bytes are wanted.
  func expect(_ bytes: Int) { state.withLock { $0.total += bytes } }

  /// Says that bytes of a file are here: from the network, or from an earlier run; negative where they are thrown away.
  func received(_ bytes: Int, of file: String, fetched: Bool) {
    let progress = state.withLock { state -> HubProgress? in
      let now = ProcessInfo.processInfo.systemUptime
      state.received += bytes
      if fetched { state.fetched += bytes }
      // A few notices a second are enough for any screen.
      guard now - state.lastReport > 0.2 || state.received == state.total else { return nil }
      state.lastReport = now
      state.marks.append((now, state.fetched))
      while let first = state.marks.first, now - first.time > 8, state.marks.count > 2 { state.marks.removeFirst() }
      let span = now - state.marks[0].time
      let rate = span > 0.5 ? Double(state.fetched - state.marks[0].fetched) / span : nil
      return HubProgress(id: id.name, file: file, received: state.received, total: state.total, rate: rate)
    }
    if let progress { report(.progress(progress)) }
  }

  /// Tells something to keep.
  func line(_ text: String) { report(.line("\(id.name): \(text)")) }
}
