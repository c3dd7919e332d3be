import Foundation

/// The candidates of all frames, and the path through them that costs least. Flat arrays: nothing is allocated per frame.
struct PitchLattice {
  /// The first candidate of a frame is "unvoiced", of frequency 0.
  private static let most = 15

  private let secondsPerFrame: Double
  private var frequency: [Double] = []
  private var correlation: [Double] = []
  private var strength: [Double] = []
  /// log2 of the frequency.
  private var octave: [Double] = []
  private var counts: [Int] = []
  /// The largest amplitude of each frame.
  private var peaks: [Float] = []

  init(frames: Int, secondsPerFrame: Double) {
    self.secondsPerFrame = secondsPerFrame
    frequency.reserveCapacity(frames * Self.most)
    correlation.reserveCapacity(frames * Self.most)
    strength.reserveCapacity(frames * Self.most)
    octave.reserveCapacity(frames * Self.most)
    counts.reserveCapacity(frames)
    peaks.reserveCapacity(frames)
  }

  /// How many frames there are.
  var count: Int { counts.count }

  /// Begins a frame of this largest amplitude.
  mutating func beginFrame(peak: Float) {
    counts.append(1)
    peaks.append(peak)
    let slots = repeatElement(0.0, count: Self.most)
    frequency += slots
    correlation += slots
    strength += slots
    octave += slots
  }

  /// Adds a voiced candidate to the frame that was begun last; of too many the weakest goes.
  mutating func add(frequency f: Double, octave o: Double, correlation r: Double, strength s: Double) {
    let frame = counts.count - 1
    let start = frame * Self.most
    var place = start + counts[frame]
    if counts[frame] < Self.most {
      counts[frame] += 1
    } else {
      place = start + 1
      for i in (start + 1)..<(start + Self.most) where strength[i] < strength[place] { place = i }
      guard s > strength[place] else { return }
    }
    (frequency[place], octave[place], correlation[place], strength[place]) = (f, o, r, s)
  }

  /// The lattice without some frames.
  func without(_ gone: Range<Int>) -> PitchLattice {
    var rest = self
    let slots = (gone.lowerBound * Self.most)..<(gone.upperBound * Self.most)
    rest.frequency.removeSubrange(slots)
    rest.correlation.removeSubrange(slots)
    rest.strength.removeSubrange(slots)
    rest.octave.removeSubrange(slots)
    rest.counts.removeSubrange(gone)
    rest.peaks.removeSubrange(gone)
    return rest
  }

  /// The best path (Boersma 1993, section 3, step 4): one estimate for each frame.
  mutating func solve() -> [PitchEstimate] {
    let loudest = Double(peaks.max() ?? 0)
    for frame in counts.indices {
      // "Unvoiced" gains with silence: a frame of less than 3 % of the clip's largest amplitude is hardly ever voiced.
      let loudness = loudest > 0 ? Double(peaks[frame]) / loudest : 0
      let silence = loudness / (PitchTracker.silenceThreshold / (1 + PitchTracker.voicingThreshold))
      strength[frame * Self.most] = PitchTracker.voicingThreshold + max(0, 2 - silence)
    }
    let path = bestPath()
    return counts.indices.map { frame in
      let start = frame * Self.most
      let voiced = (start + 1)..<(start + counts[frame])
      let best = voiced.max { strength[$0] < strength[$1] }
      let lead = best.map { strength[$0] - strength[start] } ?? -2
      let chosen = start + path[frame]
      let isVoiced = path[frame] > 0
      return PitchEstimate(
        frequency: isVoiced ? frequency[chosen] : nil,
        correlation: isVoiced ? correlation[chosen] : best.map { correlation[$0] } ?? 0,
        voicingProbability: 1 / (1 + exp(-lead / 0.05)))
    }
  }

  private func bestPath() -> [Int] {
    guard !counts.isEmpty else { return [] }
    // The costs are for frames of 10 ms.
    let scale = 0.01 / secondsPerFrame
    let (jump, change) = (PitchTracker.octaveJumpCost * scale, PitchTracker.voicingCost * scale)
    var score = strength
    var from = [Int](repeating: 0, count: strength.count)
    score.withUnsafeMutableBufferPointer { score in
      octave.withUnsafeBufferPointer { octave in
        for frame in counts.indices.dropFirst() {
          let (here, before) = (frame * Self.most, (frame - 1) * Self.most)
          for i in 0..<counts[frame] {
            // From "unvoiced", then from the others: only between voiced candidates does the interval matter.
            var (best, place) = (score[before] - (i == 0 ? 0 : change), 0)
            for j in 1..<counts[frame - 1] {
              let cost = i == 0 ? change : jump * abs(octave[here + i] - octave[before + j])
              let total = score[before + j] - cost
              if total > best { (best, place) = (total, j) }
            }
            from[here + i] = place
            score[here + i] += best
          }
        }
      }
    }
    var path = [Int](repeating: 0, count: counts.count)
    let last = (counts.count - 1) * Self.most
    path[counts.count - 1] = (0..<counts[counts.count - 1]).max { score[last + $0] < score[last + $1] } ?? 0
    for frame in counts.indices.dropFirst().reversed() {
      path[frame - 1] = from[frame * Self.most + path[frame]]
    }
    return path
  }
}
