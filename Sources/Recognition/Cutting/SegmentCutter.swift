import Encoders

/// Cuts a recording where segments that are known already say. They may overlap, as two speakers do.
struct SegmentCutter: StretchCutter {
  private var coming: ArraySlice<GivenSegment>
  private var open: [GivenSegment] = []
  private var pending: [Float] = []
  /// The number of the first pending sample.
  private var offset = 0

  /// - Parameter segments: sorted by their beginning
  init(_ segments: [GivenSegment]) { coming = segments[...] }

  var settled: Double { (open.first ?? coming.first)?.start ?? .infinity }

  mutating func add(_ block: [Float]) -> [Stretch] {
    pending += block
    return cut(hasEnded: false)
  }

  mutating func finish() -> [Stretch] {
    defer { pending = [] }
    return cut(hasEnded: true)
  }

  var shortfall: String? {
    coming.first.map {
      "\(coming.count) of the given segments begin after its end, the first at \($0.start) s; segments of this recording are "
        + "expected"
    }
  }

  private mutating func cut(hasEnded: Bool) -> [Stretch] {
    let length = offset + pending.count
    while let segment = coming.first, sample(segment.start) < length {
      open.append(segment)
      coming.removeFirst()
    }
    var stretches: [Stretch] = []
    // In the order of their beginnings, whichever ends first.
    while let segment = open.first, hasEnded || sample(segment.end) <= length {
      open.removeFirst()
      // A segment may reach beyond the recording's end, by rounding or by a hair of silence.
      let range = (sample(segment.start) - offset)..<(min(sample(segment.end), length) - offset)
      stretches.append(
        Stretch(
          samples: Array(pending[range]), start: segment.start, speaker: segment.speaker, text: segment.text))
    }
    let needed = open.first.map { sample($0.start) } ?? length
    pending.removeFirst(needed - offset)
    offset = needed
    return stretches
  }

  private func sample(_ seconds: Double) -> Int { Int((seconds * Double(FrontEndAudio.sampleRate)).rounded()) }
}
