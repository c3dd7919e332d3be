import Tensors

/// Statistics of descriptors over frames that follow each other: moments, percentiles, the trend, and how much it changes.
enum TrackStatistics {
  private static let percentiles = [2.0, 10, 25, 50, 75, 90, 98]

  static let names =
    ["mean", "deviation", "skewness", "kurtosis"] + percentiles.map { "percentile_\(Int($0))" }
    + ["quartile_range", "range", "slope", "curvature", "residual", "change"]

  /// A deviation below which a descriptor is steady.
  private static let leastDeviation = 1e-6
  private static let mostKurtosis = 20.0

  /// (frames, descriptors), at least one frame, to (statistics * descriptors), one statistic after the other.
  static func of(_ tracks: Tensor) throws -> Tensor {
    // A parabola has three parameters.
    let x = try tracks.size(0) >= 3 ? tracks : .concatenated([tracks, tracks[-1, .newAxis], tracks[-1, .newAxis]])
    let frames = x.size(0)
    let mean = try x.mean(0)
    let centred = try x - mean
    let deviation = try centred.pow(2).mean(0).sqrt() + leastDeviation
    let standard = try centred / deviation
    let order = try x.sorted(0).values
    let quantiles = try percentiles.map { try quantile($0 / 100, order) }

    // The regression on time by two polynomials that are orthogonal over the frames: t, and t² less its mean.
    let time = try Tensor.linspace(-1, 1, count: frames, dtype: .float64).unsqueezed(1)
    let bend = try time.pow(2) - time.pow(2).mean()
    let slope = try (x * time).mean(0) / time.pow(2).mean()
    let curvature = try (x * bend).mean(0) / bend.pow(2).mean()
    let residual = try (centred - slope * time - curvature * bend).pow(2).mean(0).sqrt()
    let steps = try x.narrowed(0, start: 1, length: frames - 1) - x.narrowed(0, start: 0, length: frames - 1)
    return try Tensor.concatenated(
      [mean, deviation, standard.pow(3).mean(0), standard.pow(4).mean(0).clamped(max: mostKurtosis)] + quantiles
        + [quantiles[4] - quantiles[2], quantiles[6] - quantiles[0], slope, curvature, residual, steps.abs().mean(0)])
  }

  /// Between the two nearest of the frames in order, linearly.
  private static func quantile(_ share: Double, _ order: Tensor) throws -> Tensor {
    let place = share * Double(order.size(0) - 1)
    let below = Int(place)
    let above = min(below + 1, order.size(0) - 1)
    return try order[below] + (order[above] - order[below]) * (place - Double(below))
  }
}

/// How strongly descriptors move at the rates of phrases, words, syllables and faster.
enum Modulation {
  private static let bands = [0.5..<2.0, 2..<4, 4..<8, 8..<16, 16..<32]
  private static let framesPerSecond = 100.0
  /// Frames of the shortest transform: it has bins in every band.
  private static let shortest = 256
  /// Keeps the logarithm of a steady descriptor finite.
  private static let least = 1e-8

  static let names = bands.map { "modulation_\($0.lowerBound)_\($0.upperBound)_hz" }

  /// (frames, descriptors) to (bands * descriptors): the logarithm of the mean power of each band (Hz).
  static func of(_ tracks: Tensor) throws -> Tensor {
    var length = shortest
    while length < tracks.size(0) { length *= 2 }
    let spectrum = try (tracks - tracks.mean(0)).transposed().contiguous().realFourier(length: length)
    let power = try spectrum.abs().pow(2) / Double(tracks.size(0))
    return try .concatenated(
      bands.map { band in
        let bins = (0...(length / 2)).filter { band.contains(Double($0) * framesPerSecond / Double(length)) }
        return try (power.narrowed(1, start: bins[0], length: bins.count).mean(1) + least).log()
      })
  }
}
