import Encoders

/// Cuts samples that come block by block into windows. How the blocks are cut makes no difference to the windows.
package struct WindowCutter: StretchCutter {
  private let window: Int
  private let hop: Int
  private let whole: Int
  private var pending: [Float] = []
  /// The number of samples before `pending`.
  private var offset = 0
  private var isCutting = false

  /// How many samples are held back.
  package var held: Int { pending.count }

  package var settled: Double { Double(offset) / Double(FrontEndAudio.sampleRate) }

  /// A cutter for a plan without fault.
  package init(_ plan: WindowPlan) {
    let rate = Double(FrontEndAudio.sampleRate)
    window = max(Int(plan.window * rate), 1)
    hop = max(Int(plan.hop * rate), 1)
    whole = Int(plan.whole * rate)
  }

  /// Takes a block, and gives the windows that are complete and sure not to be among the last two.
  package mutating func add(_ block: [Float]) -> [Stretch] {
    pending += block
    if !isCutting && pending.count <= whole { return [] }
    isCutting = true
    var windows: [Stretch] = []
    var start = 0
    // A window and a hop are kept back, so that a rest too short to stand alone finds the window that it belongs to.
    while pending.count - start > window + hop {
      windows.append(cut(start..<(start + window)))
      start += hop
    }
    pending.removeFirst(start)
    offset += start
    return windows
  }

  /// The windows that are left at the recording's end. A rest of less than a quarter window lengthens the window before.
  package mutating func finish() -> [Stretch] {
    defer { pending = [] }
    guard !pending.isEmpty else { return [] }
    guard isCutting else { return [cut(0..<pending.count)] }
    var starts = [0]
    var last = 0
    while pending.count - last > window {
      last += hop
      starts.append(last)
    }
    if starts.count > 1, pending.count - last < window / 4 { starts.removeLast() }
    return starts.enumerated().map { i, start in
      cut(start..<(i == starts.count - 1 ? pending.count : start + window))
    }
  }

  private func cut(_ range: Range<Int>) -> Stretch {
    Stretch(samples: Array(pending[range]), start: Double(offset + range.lowerBound) / Double(FrontEndAudio.sampleRate))
  }
}
