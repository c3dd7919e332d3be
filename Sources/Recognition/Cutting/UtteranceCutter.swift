package import Audio
import Encoders

/// Cuts a recording into the utterances that voice activity shows. Memory holds the utterance that is being heard, and two seconds.
package struct UtteranceCutter: LiveCutter {
  private var detector: VoiceActivityDetector
  private let whole: Int
  private var pending: [Float] = []
  /// The number of the first pending sample.
  private var offset = 0
  private var isCutting = false
  /// Utterances of a recording that may yet be short enough to be one stretch.
  private var found: [Range<Int>] = []

  package init(_ options: VoiceActivityDetector.Options, whole: Double) {
    detector = VoiceActivityDetector(sampleRate: FrontEndAudio.sampleRate, options: options)
    self.whole = Int(whole * Double(FrontEndAudio.sampleRate))
  }

  package var settled: Double { isCutting ? Double(detector.settled) / Double(FrontEndAudio.sampleRate) : 0 }

  /// The utterance that is being heard, up to what was heard last; nil in a pause, in an utterance's first tenth of a second, and
  /// while the recording may stay whole.
  package var unfinished: Stretch? {
    let heard = offset + pending.count
    guard isCutting, let beginning = detector.beginning, beginning >= offset,
      heard - beginning >= LiveWindowCutter.shortest
    else { return nil }
    return stretch(beginning..<heard)
  }

  package mutating func add(_ block: [Float]) -> [Stretch] {
    pending += block
    found += detector.add(block)
    guard isCutting || pending.count > whole else { return [] }
    isCutting = true
    return cut()
  }

  package mutating func finish() -> [Stretch] {
    defer { pending = [] }
    guard isCutting else { return pending.isEmpty ? [] : [Stretch(samples: pending)] }
    found += detector.finish()
    return cut()
  }

  private mutating func cut() -> [Stretch] {
    let stretches = found.map(stretch)
    found = []
    let past = min(detector.settled - offset, pending.count)
    pending.removeFirst(max(past, 0))
    offset += max(past, 0)
    return stretches
  }

  private func stretch(_ range: Range<Int>) -> Stretch {
    var stretch = Stretch(
      samples: Array(pending[(range.lowerBound - offset)..<(range.upperBound - offset)]),
      start: Double(range.lowerBound) / Double(FrontEndAudio.sampleRate))
    stretch.isKnownSpeech = true
    return stretch
  }
}
