import Foundation

/// The candidates of all frames, and the path through them that costs least. Flat arrays: nothing is allocated per frame.
struct PitchLattice {
  /// The first candidate of a frame is "unvoiced", of frequency 0.
  private static let most = 15

  private let secondsPerFrame: Double
  private var frequency: [Double]
  private var correlation: [Double]
  private var strength: [Double]
  private var counts: [Int] = []

  init(frames: Int, secondsPerFrame: Double) {
    self.secondsPerFrame = secondsPerFrame
    frequency = .init(repeating: 0, count: frames * Self.most)
    correlation = frequency
    strength = frequency
    counts.reserveCapacity(frames)
  }

  mutating func beginFrame() { counts.append(1) }

  /// Adds a voiced candidate to the frame that was begun last; of too many the weakest goes.
  mutating func add(frequency f: Double, correlation r: Double, strength s: Double) {
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
    (frequency[place], correlation[place], strength[place]) = (f, r, s)
  }

  /// The best path (Boersma 1993, section 3, step 4), for frames with these largest amplitudes.
  mutating func solve(peaks: [Float]) -> [PitchEstimate] {
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
    let octaves = frequency.map { $0 > 0 ? log2($0) : 0 }
    var score = strength
    var from = [Int](repeating: 0, count: strength.count)
    for frame in counts.indices.dropFirst() {
      let (here, before) = (frame * Self.most, (frame - 1) * Self.most)
      for i in 0..<counts[frame] {
        var best = -Double.infinity
        for j in 0..<counts[frame - 1] {
          let cost =
            switch (i == 0, j == 0) {
            case (true, true): 0.0
            case (false, false): jump * abs(octaves[here + i] - octaves[before + j])
            default: change
            }
          let total = score[before + j] - cost
          if total > best { (best, from[here + i]) = (total, j) }
        }
        score[here + i] = strength[here + i] + best
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
