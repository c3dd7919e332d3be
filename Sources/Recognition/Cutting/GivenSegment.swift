/// A stretch of a recording that someone has marked already.
public struct GivenSegment: Equatable, Sendable {
  /// Seconds from the recording's beginning.
  public var start: Double
  /// Seconds from the recording's beginning.
  public var end: Double
  /// Who speaks, if it is known.
  public var speaker: String?
  /// What is said, if it is known.
  public var text: String?

  /// A marked stretch.
  public init(start: Double, end: Double, speaker: String? = nil, text: String? = nil) {
    self.start = start
    self.end = end
    self.speaker = speaker
    self.text = text
  }

  /// What is wrong with its times, as a sentence; nil when they can be used.
  var fault: String? {
    guard start.isFinite, end.isFinite, start >= 0, end >= start + 0.01, end - start <= WindowPlan.longest, end < 1e7
    else {
      return "a segment from \(start) to \(end) s can't be; an end after the beginning is expected, and at most "
        + "\(Int(WindowPlan.longest)) s between them"
    }
    return nil
  }
}
