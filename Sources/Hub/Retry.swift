import Foundation

/// A failure that another attempt may overcome.
struct TransientFailure: Error {
  enum Kind {
    /// Nothing answered, or the answer broke off.
    case network(address: String, reason: String)
    /// The server asks for patience; the error is what is said when that ends.
    case answer(HubError)
  }

  let kind: Kind
  /// Seconds after which the server wants to be asked again.
  var retryAfter: Double?

  /// What to say in the end.
  func final(of id: ModelID) -> HubError {
    switch kind {
    case .network(let address, let reason): .unreachable(address: address, reason: reason, id: id.name)
    case .answer(let error): error
    }
  }

  /// What happened, in a few words.
  var summary: String {
    switch kind {
    case .network(_, let reason): reason
    case .answer(.tooManyRequests): "the hub takes no more requests for now"
    case .answer(.server(_, let status, _)): "the server answered with status \(status)"
    case .answer(let error): "\(error)"
    }
  }
}

/// When something is tried again: after a delay that doubles from one failure to the next, and not without end.
struct RetrySchedule {
  private let limit: Int
  private let first: Double
  private var failures = 0
  /// The longest that a server may make us wait, in seconds; beyond that the user decides.
  private static let patience = 120.0

  init(limit: Int, first: Double) { (self.limit, self.first) = (limit, first) }

  /// Says that something was reached, so that what fails from now on counts anew.
  mutating func progressed() { failures = 0 }

  /// Waits until the next attempt is due.
  ///
  /// - Throws: `HubError` where there is no further attempt, `CancellationError`
  mutating func wait(after failure: TransientFailure, of id: ModelID, report: (String) -> Void) async throws {
    guard failures < limit, failure.retryAfter ?? 0 <= Self.patience else { throw failure.final(of: id) }
    // Many clients that failed together must not come back together.
    let delay = min(first * pow(2, Double(failures)), 30) * Double.random(in: 0.75...1.25)
    failures += 1
    let seconds = max(delay, failure.retryAfter ?? 0)
    let shown = seconds < 1 ? "now" : "in \(Int(seconds.rounded())) s"
    report("\(failure.summary); trying again \(shown) (\(failures) of \(limit))")
    try await Task.sleep(for: .seconds(seconds))
  }
}
