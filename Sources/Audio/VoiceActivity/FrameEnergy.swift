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
    let (known, gain) = (squares.count, (1 + coefficient) / 2)
    squares.append(contentsOf: repeatElement(0, count: samples.count))
    var (input, output) = (lastInput, lastOutput)
    squares.withUnsafeMutableBufferPointer { squares in
      for (i, sample) in samples.enumerated() {
        output = gain * (sample - input) + coefficient * output
        input = sample
        squares[known + i] = output * output
      }
    }
    (lastInput, lastOutput) = (input, output)
    var energies: [Float] = []
    var start = 0
    while squares.count - start >= width {
      energies.append(decibels(start..<(start + width)))
      start += hop
    }
    squares.removeFirst(start)
    return energies
  }

  /// The energies of frames that the recording's end cuts short.
  mutating func finish() -> [Float] {
    defer { squares = [] }
    return stride(from: 0, to: squares.count, by: hop).map { decibels($0..<squares.count) }
  }

  private func decibels(_ range: Range<Int>) -> Float {
    // Eight partial sums: one alone waits for each addition.
    var partial = SIMD8<Float>()
    let whole = range.lowerBound + range.count / 8 * 8
    let sum = squares.withUnsafeBytes { bytes in
      for i in stride(from: range.lowerBound, to: whole, by: 8) {
        partial += bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<Float>.stride, as: SIMD8<Float>.self)
      }
      return squares[whole..<range.upperBound].reduce(partial.sum(), +)
    }
    let mean = sum / Float(max(range.count, 1))
    return mean > 0 ? max(10 * log10(mean), Self.quietest) : Self.quietest
  }
}
