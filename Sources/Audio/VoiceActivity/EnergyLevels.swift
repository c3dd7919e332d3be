/// How loud the last half minute was: the level that its quietest tenth stays below, and that of its loudest twentieth.
///
/// Recordings differ in gain and noise by more than speech does from pauses, so what counts as loud is taken from the recording
/// itself. Energies are counted in steps of half a decibel, so that a percentile costs a walk over 200 counts.
struct EnergyLevels {
  private static let step: Float = 0.5
  private static let bins = Int(-FrameEnergy.quietest / step) + 1
  private let capacity: Int
  private var counts = [Int](repeating: 0, count: bins)
  private var recent: [Int] = []
  private var next = 0

  /// - Parameter capacity: frames that are remembered
  init(capacity: Int) { self.capacity = capacity }

  mutating func add(_ energy: Float) {
    // Samples far beyond full scale have an energy that no Int holds.
    let steps = (energy - FrameEnergy.quietest) / Self.step
    let bin = steps > 0 ? Int(min(steps, Float(Self.bins - 1))) : 0
    counts[bin] += 1
    if recent.count < capacity {
      recent.append(bin)
    } else {
      counts[recent[next]] -= 1
      recent[next] = bin
      next = (next + 1) % capacity
    }
  }

  /// The energy that a share of the remembered frames stays below, in dB.
  func percentile(_ share: Double) -> Float {
    let wanted = Int(share * Double(recent.count))
    var seen = 0
    for (bin, count) in counts.enumerated() {
      seen += count
      if seen > wanted { return FrameEnergy.quietest + Float(bin) * Self.step }
    }
    return 0
  }
}
