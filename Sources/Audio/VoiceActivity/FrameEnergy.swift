import Foundation

/// Energies of short frames of a recording that comes block by block, in dB below full scale, without hum.
struct FrameEnergy {
  /// Samples from one frame's beginning to the next's: 10 ms.
  let hop: Int
  private let width: Int
  /// The coefficient of a first-order high-pass at 120 Hz: mains hum and rumble are no speech.
  private let coefficient: Float
  private var lastInput: Float = 0
  private var lastOutput: Float = 0
  /// Squares of filtered samples that frames still need.
  private var squares: [Float] = []

  static let quietest: Float = -100

  init(sampleRate: Int) {
    hop = max(sampleRate / 100, 1)
    width = max(sampleRate / 40, 1)
    coefficient = Float(exp(-2 * Double.pi * 120 / Double(sampleRate)))
  }

  /// Takes a block and gives the energies of the frames that it completes.
  mutating func add(_ samples: [Float]) -> [Float] {
    squares.reserveCapacity(squares.count + samples.count)
    let gain = (1 + coefficient) / 2
    for sample in samples {
      lastOutput = gain * (sample - lastInput) + coefficient * lastOutput
      lastInput = sample
      squares.append(lastOutput * lastOutput)
    }
    var energies: [Float] = []
    var start = 0
    while squares.count - start >= width {
      energies.append(Self.decibels(squares[start..<(start + width)]))
      start += hop
    }
    squares.removeFirst(start)
    return energies
  }

  /// The energies of frames that the recording's end cuts short.
  mutating func finish() -> [Float] {
    defer { squares = [] }
    return stride(from: 0, to: squares.count, by: hop).map { Self.decibels(squares[$0...]) }
  }

  private static func decibels(_ squares: ArraySlice<Float>) -> Float {
    let mean = squares.reduce(0, +) / Float(max(squares.count, 1))
    return mean > 0 ? max(10 * log10(mean), quietest) : quietest
  }
}
