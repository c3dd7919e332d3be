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
  private static let stepOfBins = Double(FrontEndAudio.sampleRate) / Double(fourierLength) / 1000

  private let hop: Int
  private let window: [Float]
  private let filters = MelFilters(bins: melBands, fourierLength: fourierLength)
  /// (bins, 4): ones, frequency in kHz, and the bands of the alpha ratio.
  private let sums: [Float]
  /// (bins, 3): what makes of 10 log10 P its mean and its slopes at 0 to 500 and 500 to 1500 Hz.
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
    func band(_ range: Range<Double>) -> [Double] { frequencies.map { range.contains($0) ? 1 : 0 } }
    sums = Self.interleaved([band(0..<9), frequencies, band(0.05..<1), band(1..<5)])
    regressions = Self.interleaved([
      [Double](repeating: 1 / Double(Self.bins), count: Self.bins), Self.slope(frequencies, 0..<0.5),
      Self.slope(frequencies, 0.5..<1.5),
    ])
    let length = Double(Self.melBands)
    cosines = (0..<Self.melBands).flatMap { band -> [Float] in
      (1...Prosody.cepstralCoefficients).map { k -> Float in
        let angle = Double.pi * Double(k) * (Double(band) + 0.5) / length
        return Float(sqrt(2 / length) * cos(angle))
      }
    }
  }

  /// (frames, 12 + cepstral coefficients)
  func columns(of samples: [Float]) throws -> Tensor {
    let frames = Frames(centred: samples, size: Self.size, hop: hop)
    let window = try Tensor(self.window)
    let filters = try Tensor(self.filters.weights, shape: [Self.melBands, Self.bins]).transposed()
    let sums = try Tensor(self.sums, shape: [Self.bins, 4])
    let regressions = try Tensor(self.regressions, shape: [Self.bins, 3])
    let cosines = try Tensor(self.cosines, shape: [Self.melBands, Prosody.cepstralCoefficients])
    let frequencies = try sums.columns(1..<2).reshaped([1, Self.bins])
    var blocks: [Tensor] = []
    var energies: [Tensor] = []
    var before: Tensor?
    try frames.forEachBlock { _, block in
      let power = try (block * window).realFourier(length: Self.fourierLength).abs().pow(2) + Self.noise
      let decibels = try power.log10() * 10
      let totals = try power.matmul(sums)
      let total = try totals.columns(0..<1)
      let centroid = try totals.columns(1..<2) / total
      let spread = try ((frequencies - centroid).pow(2) * power).sum(1, keepDimensions: true) / total
      let lines = try decibels.matmul(regressions)
      let flatness = try lines.columns(0..<1) - (total / Double(Self.bins)).log10() * 10
      let shares = try (power / total).sqrt()
      let previous = try Tensor.concatenated([try before ?? shares[0..<1], try shares[..<(-1)]])
      let flux = try (shares - previous).pow(2).sum(1, keepDimensions: true).sqrt()
      before = try shares[(-1)...].clone()
      let mels = try power.matmul(filters).log()
      energies.append(try block.pow(2).mean(1, keepDimensions: true))
      blocks.append(
        try Tensor.concatenated(
          [
            try Self.zeroCrossings(block), centroid, try spread.sqrt(), try Self.rolloff(power, total), flatness, flux,
            try lines.columns(1..<3),
            try (totals.columns(2..<3) / totals.columns(3..<4)).log10() * 10, try Self.hammarberg(decibels),
            try mels.matmul(cosines),
          ], dimension: 1))
    }
    let energy = try Tensor.concatenated(energies)
    let relative = try ((energy + 1e-10) / (energy.mean() + 1e-10)).log10() * 10
    return try Tensor.concatenated(
      [try (energy + 1e-10).log(), try relative.clamped(min: -80), try Tensor.concatenated(blocks)], dimension: 1)
  }

  /// Sign changes over the number of samples; a sample of zero has the sign of a positive one.
  private static func zeroCrossings(_ block: Tensor) throws -> Tensor {
    let signs = try (block .< 0).converted(to: .float32)
    let changes = try (signs.columns(1..<size) - signs.columns(0..<(size - 1))).abs()
    return try changes.sum(1, keepDimensions: true) / Double(size)
  }

  private static func rolloff(_ power: Tensor, _ total: Tensor) throws -> Tensor {
    let below = try (power.cumulativeSum(1) .< total * 0.85).converted(to: .float32)
    return try below.sum(1, keepDimensions: true) * stepOfBins
  }

  private static func hammarberg(_ decibels: Tensor) throws -> Tensor {
    let (two, five) = (Int(2 / stepOfBins), Int(5 / stepOfBins))
    return try decibels.columns(0..<(two + 1)).max(1, keepDimensions: true)
      - decibels.columns((two + 1)..<(five + 1)).max(1, keepDimensions: true)
  }

  /// The weights that make of values at these frequencies the slope of their regression line within a range.
  private static func slope(_ frequencies: [Double], _ range: Range<Double>) -> [Double] {
    let inside = frequencies.filter(range.contains)
    let mean = inside.reduce(0, +) / Double(inside.count)
    let variance = inside.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return frequencies.map { range.contains($0) ? ($0 - mean) / variance : 0 }
  }

  private static func interleaved(_ columns: [[Double]]) -> [Float] {
    (0..<bins).flatMap { bin in columns.map { Float($0[bin]) } }
  }
}
