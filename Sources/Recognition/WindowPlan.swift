import Encoders

/// How a recording is cut into stretches that are recognised on their own.
public struct WindowPlan: Equatable, Sendable {
  /// The longest stretch, in seconds. A recording that is no longer is one stretch.
  public var window: Double
  /// Seconds from the beginning of one stretch to that of the next; at most `window`.
  public var hop: Double

  /// A plan; the default cuts recordings of more than 30 s into stretches of 5 s.
  public init(window: Double = 5, hop: Double? = nil, whole: Double = 30) {
    self.window = window
    self.hop = hop ?? window
    self.whole = whole
  }

  /// A recording of at most so many seconds is not cut.
  public var whole: Double

  /// What is wrong with the numbers, as a sentence; nil when they can be used.
  public var fault: String? {
    guard window >= 0.1, window.isFinite else {
      return "a window of \(window) s is too short; at least 0.1 s is needed"
    }
    guard hop > 0, hop <= window else { return "a hop of \(hop) s must be above 0 and at most the window, \(window) s" }
    return nil
  }
}

/// Cuts samples that come block by block into windows.
struct WindowCutter {
  struct Window: Equatable {
    let samples: [Float]
    let start: Double
  }

  private let window: Int
  private let hop: Int
  private let whole: Int
  private var pending: [Float] = []
  /// The number of samples before `pending`.
  private var offset = 0
  private var isCutting = false

  init(_ plan: WindowPlan) {
    let rate = Double(FrontEndAudio.sampleRate)
    window = Int(plan.window * rate)
    hop = max(Int(plan.hop * rate), 1)
    whole = Int(plan.whole * rate)
  }

  /// Takes a block, and gives the windows that are complete and sure not to be the last.
  mutating func add(_ block: [Float]) -> [Window] {
    pending += block
    if !isCutting && pending.count <= whole { return [] }
    isCutting = true
    var windows: [Window] = []
    var start = 0
    // One window and a hop are kept back, so that the last window is never a sliver.
    while pending.count - start > window + hop {
      windows.append(cut(start, window))
      start += hop
    }
    pending.removeFirst(start)
    offset += start
    return windows
  }

  /// The windows that are left at the recording's end; the last may be shorter.
  mutating func finish() -> [Window] {
    defer { pending = [] }
    guard !pending.isEmpty else { return [] }
    guard isCutting else { return [cut(0, pending.count)] }
    var windows: [Window] = []
    var start = 0
    while pending.count - start > window {
      windows.append(cut(start, window))
      start += hop
    }
    // What is left joins the window before it if it is too short to stand alone and windows do not overlap anyway.
    let rest = pending.count - start
    if let last = windows.last, hop == window, rest < window / 4 {
      windows[windows.count - 1] = Window(samples: last.samples + pending[start...], start: last.start)
    } else {
      windows.append(cut(start, rest))
    }
    return windows
  }

  private func cut(_ start: Int, _ length: Int) -> Window {
    Window(
      samples: Array(pending[start..<(start + length)]),
      start: Double(offset + start) / Double(FrontEndAudio.sampleRate))
  }
}
