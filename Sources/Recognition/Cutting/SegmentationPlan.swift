public import Audio

/// How a recording is cut into stretches that are recognised on their own.
public enum SegmentationPlan: Equatable, Sendable {
  /// Utterances, as voice activity shows them. A recording of at most `whole` seconds is one stretch.
  case utterances(VoiceActivityDetector.Options = .init(), whole: Double = 30)
  /// Windows of one length.
  case windows(WindowPlan)
  /// Segments that are known already, sorted by their beginning.
  case given([GivenSegment])

  /// What is wrong with the numbers, as a sentence; nil when they can be used.
  public var fault: String? {
    switch self {
    case .windows(let plan): plan.fault
    case .utterances(let options, let whole):
      options.fault
        ?? ((0...WindowPlan.longest).contains(whole)
          ? nil : "recordings of up to \(whole) s can't be left whole; from 0 to \(Int(WindowPlan.longest)) s can")
    case .given(let segments):
      segments.lazy.compactMap(\.fault).first
        ?? (zip(segments, segments.dropFirst()).allSatisfy { $0.start <= $1.start }
          ? nil : "segments are expected in the order of their beginnings")
    }
  }

  /// The plan for channels that are speakers each: a recording of a conversation, however short, is not one stretch.
  ///
  /// - Throws: `WindowError` for segments that are given, which say themselves who speaks
  func ofSpeakers() throws -> SegmentationPlan {
    switch self {
    case .windows: return self
    case .utterances(let options, _): return .utterances(options, whole: 0)
    case .given:
      throw WindowError(
        message: "segments that are given say who speaks; channels can be speakers where utterances or windows are cut")
    }
  }

  package func cutter() -> any StretchCutter {
    switch self {
    case .windows(let plan): WindowCutter(plan)
    case .utterances(let options, let whole): UtteranceCutter(options, whole: whole)
    case .given(let segments): SegmentCutter(segments)
    }
  }
}
