import Encoders

/// Cuts live sound into windows that follow each other, each given when it is full. `WindowCutter` waits for what comes after, so
/// that a rest of a recording is not too short.
package struct LiveWindowCutter: LiveCutter {
  /// Samples: a tenth of a second tells nothing yet.
  static let shortest = FrontEndAudio.sampleRate / 10

  private let window: Int
  private var pending: [Float] = []
  /// The number of the first pending sample.
  private var offset = 0

  /// - Parameter seconds: the length of a window, at least 0.1
  package init(seconds: Double) { window = max(Int(seconds * Double(FrontEndAudio.sampleRate)), Self.shortest) }

  package var settled: Double { Double(offset) / Double(FrontEndAudio.sampleRate) }

  package var unfinished: Stretch? { pending.count >= Self.shortest ? stretch(pending.count) : nil }

  package mutating func add(_ block: [Float]) -> [Stretch] {
    pending += block
    var found: [Stretch] = []
    while pending.count >= window {
      found.append(stretch(window))
      pending.removeFirst(window)
      offset += window
    }
    return found
  }

  package mutating func finish() -> [Stretch] {
    defer {
      offset += pending.count
      pending = []
    }
    return unfinished.map { [$0] } ?? []
  }

  private func stretch(_ count: Int) -> Stretch { Stretch(samples: Array(pending.prefix(count)), start: settled) }
}
