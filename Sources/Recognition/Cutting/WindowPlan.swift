/// How a recording is cut into stretches that are recognised on their own.
public struct WindowPlan: Equatable, Sendable {
  /// The length of a stretch, in seconds; the last one of a recording may be shorter, or up to a quarter longer.
  public var window: Double
  /// Seconds from the beginning of one stretch to that of the next; at most `window`.
  public var hop: Double
  /// A recording of at most so many seconds is one stretch.
  public var whole: Double

  /// A plan; the default cuts recordings of more than 30 s into stretches of 5 s.
  public init(window: Double = 5, hop: Double? = nil, whole: Double = 30) {
    self.window = window
    self.hop = hop ?? window
    self.whole = whole
  }

  /// The longest stretch, in seconds: memory holds one.
  public static let longest = 3600.0

  /// What is wrong with the numbers, as a sentence; nil when they can be used.
  public var fault: String? {
    guard (0.1...Self.longest).contains(window) else {
      return "a window of \(window) s can't be; from 0.1 to \(Int(Self.longest)) s can"
    }
    guard hop >= 0.01, hop <= window else {
      return "a hop of \(hop) s can't be; from 0.01 s to the window, \(window) s, can"
    }
    guard (0...Self.longest).contains(whole) else {
      return "recordings of up to \(whole) s can't be left whole; from 0 to \(Int(Self.longest)) s can"
    }
    return nil
  }
}

/// Windows that recordings can't be cut into.
public struct WindowError: Error, Equatable, CustomStringConvertible {
  let message: String

  package init(message: String) { self.message = message }

  /// What is wrong and what would be right.
  public var description: String { message }
}
