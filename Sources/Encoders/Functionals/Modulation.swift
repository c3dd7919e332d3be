import Foundation
import Tensors

/// How strongly descriptors move at the rates of phrases, words, syllables and faster.
enum Modulation {
  private static let bands = [0.5..<2.0, 2..<4, 4..<8, 8..<16, 16..<32]
  private static let framesPerSecond = 100.0
  /// Frames of the shortest transform: it has bins in every band.
  private static let shortest = 256
  /// Keeps the logarithm of a steady descriptor finite.
  private static let least = 1e-8

  static let names = bands.map { "modulation_\($0.lowerBound)_\($0.upperBound)_hz" }

  /// (bands, descriptors), row-major: the logarithm of the mean power of each band (Hz).
  static func of(_ tracks: Tracks) throws -> [Float] {
    var length = shortest
    while length < tracks.count { length *= 2 }
    let power = try centred(tracks, length: length).realFourier().squaredMagnitudes()
    let bins = bands.map { band in
      (0...(length / 2)).filter { band.contains(Double($0) * framesPerSecond / Double(length)) }
    }
    var result: [Float] = []
    try power.withUnsafeElements(of: Float.self) { power in
      for bins in bins {
        for descriptor in 0..<tracks.width {
          let row = descriptor * (length / 2 + 1)
          let sum = power[(row + bins[0])..<(row + bins[0] + bins.count)].reduce(0.0) { $0 + Double($1) }
          result.append(Float(log(sum / Double(bins.count) / Double(tracks.count) + least)))
        }
      }
    }
    return result
  }

  /// Each descriptor less its mean, zeros after it: (descriptors, length).
  private static func centred(_ tracks: Tracks, length: Int) throws -> Tensor {
    var means = [Double](repeating: 0, count: tracks.width)
    let rows = try Tensor.zeros([tracks.width, length])
    try rows.withUnsafeMutableElements(of: Float.self) { rows in
      tracks.values.withUnsafeBufferPointer { values in
        for frame in 0..<tracks.count {
          for i in means.indices { means[i] += Double(values[frame * tracks.stride + i]) }
        }
        for i in means.indices { means[i] /= Double(tracks.count) }
        for i in means.indices {
          for frame in 0..<tracks.count {
            rows[i * length + frame] = Float(Double(values[frame * tracks.stride + i]) - means[i])
          }
        }
      }
    }
    return rows
  }
}
