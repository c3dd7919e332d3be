import Audio
import Recognition

/// Cuts live audio into segments, and shows the one that is being heard.
struct LiveCutter {
  private enum Kind {
    /// Samples of a window.
    case windows(Int)
    case utterances(VoiceActivityDetector)
  }

  private static let rate = AudioFile.defaultSampleRate
  /// A tenth of a second tells nothing yet.
  private static let shortest = rate / 10

  private var kind: Kind
  private var pending: [Float] = []
  /// The number of the first pending sample.
  private var offset = 0

  init(_ cutting: Cutting) {
    switch cutting.kind {
    case .windows: kind = .windows(Int(cutting.window * Double(Self.rate)))
    case .utterances:
      var options = cutting.options
      // Whoever speaks waits for the answer.
      options.lookahead = 0.5
      kind = .utterances(VoiceActivityDetector(sampleRate: Self.rate, options: options))
    }
  }

  /// Samples so far.
  var heard: Int { offset + pending.count }

  /// Takes samples at 16 kHz, and gives the segments that have ended.
  mutating func add(_ block: [Float]) -> [Stretch] {
    pending += block
    switch kind {
    case .windows(let window):
      var found: [Stretch] = []
      while pending.count >= window {
        found.append(stretch(offset..<(offset + window)))
        drop(before: offset + window)
      }
      return found
    case .utterances(var detector):
      let found = detector.add(block).map(stretch)
      drop(before: detector.settled)
      kind = .utterances(detector)
      return found
    }
  }

  /// The segments at the audio's end.
  mutating func finish() -> [Stretch] {
    defer { drop(before: heard) }
    switch kind {
    case .windows: return pending.count >= Self.shortest ? [stretch(offset..<heard)] : []
    case .utterances(var detector): return detector.finish().map(stretch)
    }
  }

  /// The segment that is being heard, as far as it goes; nil in a pause.
  var open: Stretch? {
    var beginning = offset
    if case .utterances(let detector) = kind {
      guard let first = detector.beginning else { return nil }
      beginning = max(first, offset)
    }
    return heard - beginning >= Self.shortest ? stretch(beginning..<heard) : nil
  }

  private mutating func drop(before sample: Int) {
    let count = min(max(sample - offset, 0), pending.count)
    pending.removeFirst(count)
    offset += count
  }

  private func stretch(_ range: Range<Int>) -> Stretch {
    Stretch(
      samples: Array(pending[(range.lowerBound - offset)..<(range.upperBound - offset)]),
      start: Double(range.lowerBound) / Double(Self.rate))
  }
}
