import Foundation
import Tensors

/// Energy, zero crossings, the shape of the spectrum and the cepstrum of frames of 25 ms: the columns from `log_energy` on.
struct SpectralShape: Sendable {
  private static let size = 400
  private static let fourierLength = 512
  private static let bins = fourierLength / 2 + 1
  private static let melBands = 40
  /// Power added to each bin: white noise of -90 dB below full scale, as the spectrum here is scaled.
  private static let noise = 1e-9
  /// Frames whose spectra are computed together.
  private static let blockSize = 256
  private static let stepOfBins = Double(FrontEndAudio.sampleRate) / Double(fourierLength) / 1000

  private let hop: Int
  private let window: [Float]
  private let filters = MelFilters(bins: melBands, fourierLength: fourierLength)
  /// Of each bin, in kHz.
  private let frequencies: [Float]
  /// (bins, 3): what makes of log10 P the mean and the slopes at 0 to 500 and 500 to 1500 Hz of 10 log10 P.
  private let regressions: [Float]
  /// (melBands, coefficients): orthonormal DCT-II without its coefficient 0.
  private let cosines: [Float]

  init(hop: Int) {
    self.hop = hop
    // With the window's energy as 1, sum P over both halves of the spectrum is the frame's mean square.
    let hann = Window.hann(periodic: Self.size)
    let energy: Float = hann.reduce(0) { (sum: Float, weight: Float) -> Float in sum + weight * weight }
    let scale: Float = 1 / sqrt(energy * Float(Self.fourierLength))
    window = hann.map { $0 * scale }

    let frequencies = (0..<Self.bins).map { Double($0) * Self.stepOfBins }
    self.frequencies = frequencies.map(Float.init)
    let columns = [
      [Double](repeating: 1 / Double(Self.bins), count: Self.bins), Self.slope(frequencies, 0..<0.5),
      Self.slope(frequencies, 0.5..<1.5),
    ]
    regressions = (0..<Self.bins).flatMap { bin in columns.map { Float(10 * $0[bin]) } }
    let length = Double(Self.melBands)
    cosines = (0..<Self.melBands).flatMap { band -> [Float] in
      (1...Prosody.cepstralCoefficients).map { k -> Float in
        let angle = Double.pi * Double(k) * (Double(band) + 0.5) / length
        return Float(sqrt(2 / length) * cos(angle))
      }
    }
  }

  /// Numbers that `rows(of:)` gives of a frame: its mean square, then the columns from `zero_crossings` on.
  static let width = 11 + Prosody.cepstralCoefficients

  /// The frames of a clip: (frames, `width`), row-major.
  func rows(of samples: [Float]) throws -> [Float] {
    let frames = Frames(centred: samples, size: Self.size, hop: hop)
    let crossings = Self.crossings(frames)
    let filters = try Tensor(self.filters.weights, shape: [Self.melBands, Self.bins]).transposed().contiguous()
    let regressions = try Tensor(self.regressions, shape: [Self.bins, 3])
    let cosines = try Tensor(self.cosines, shape: [Self.melBands, Prosody.cepstralCoefficients])
    var rows = [Float](repeating: 0, count: frames.count * Self.width)
    var shares = [Float](repeating: 0, count: Self.bins)
    for block in frames.blocks(of: Self.blockSize) {
      var energies: [Float] = []
      let windowed = try frames.windowed(block, by: window, length: Self.fourierLength) { samples in
        energies.append(samples.sumOfSquares() / Float(Self.size))
        return 0
      }
      let power = try windowed.realFourier().squaredMagnitudes() + Self.noise
      let lines: [Float] = try power.log10().matmul(regressions).array()
      let cepstra: [Float] = try power.matmul(filters).log().matmul(cosines).array()
      try power.withUnsafeElements(of: Float.self) { power in
        for (number, frame) in block.enumerated() {
          let bins = UnsafeBufferPointer(rebasing: power[(number * Self.bins)..<((number + 1) * Self.bins)])
          let shape = BinShape(bins, frequencies, shares: &shares)
          rows.withUnsafeMutableBufferPointer { rows in
            let row = UnsafeMutableBufferPointer(rebasing: rows[(frame * Self.width)..<((frame + 1) * Self.width)])
            row[0] = energies[number]
            row[1] = crossings[frame]
            row[2] = shape.centroid
            row[3] = shape.spread
            row[4] = shape.rolloff
            row[5] = lines[3 * number] - 10 * log10(shape.total / Float(Self.bins))
            row[6] = shape.flux
            row[7] = lines[3 * number + 1]
            row[8] = lines[3 * number + 2]
            row[9] = shape.alphaRatio
            row[10] = shape.hammarberg
            for k in 0..<Prosody.cepstralCoefficients {
              row[11 + k] = cepstra[number * Prosody.cepstralCoefficients + k]
            }
          }
        }
      }
    }
    return rows
  }

  /// Of each frame, sign changes over the number of samples; a sample of zero has the sign of a positive one.
  private static func crossings(_ frames: Frames) -> [Float] {
    let x = frames.padded
    // Changes up to each sample: two of them tell those of any frame.
    var changes = [Int32](repeating: 0, count: x.count)
    for i in x.indices.dropFirst() { changes[i] = changes[i - 1] + ((x[i] < 0) != (x[i - 1] < 0) ? 1 : 0) }
    return (0..<frames.count).map { frame in
      Float(changes[frame * frames.hop + size - 1] - changes[frame * frames.hop]) / Float(size)
    }
  }

  /// The weights that make of values at these frequencies the slope of their regression line within a range.
  private static func slope(_ frequencies: [Double], _ range: Range<Double>) -> [Double] {
    let inside = frequencies.filter(range.contains)
    let mean = inside.reduce(0, +) / Double(inside.count)
    let variance = inside.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return frequencies.map { range.contains($0) ? ($0 - mean) / variance : 0 }
  }
}
