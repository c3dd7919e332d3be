/// Statistics of descriptors over frames that follow each other: moments, percentiles, the trend, and how much it changes.
enum TrackStatistics {
  private static let percentiles = [2.0, 10, 25, 50, 75, 90, 98]

  static let names =
    ["mean", "deviation", "skewness", "kurtosis"] + percentiles.map { "percentile_\(Int($0))" }
    + ["quartile_range", "range", "slope", "curvature", "residual", "change"]

  /// A deviation below which a descriptor is steady.
  private static let leastDeviation = 1e-6
  private static let mostKurtosis = 20.0

  /// (statistics, descriptors), row-major, over the frames of these numbers, at least one.
  static func of(_ tracks: Tracks, frames: [Int]) -> [Float] {
    // A parabola has three parameters.
    let frames = frames + [Int](repeating: frames[frames.count - 1], count: frames.count < 3 ? 2 : 0)
    var result = [Float](repeating: 0, count: names.count * tracks.width)
    tracks.forEachStrip(of: frames) { first, strip in
      let moments = zip(Moments(strip) { $0.lowHalf }.values, Moments(strip) { $0.highHalf }.values)
        .map { SIMD16<Double>(lowHalf: $0, highHalf: $1) }
      SortingNetwork.sort(strip)
      let quantiles = percentiles.map { quantile($0 / 100, strip) }
      let statistics =
        moments[..<4] + quantiles + [quantiles[4] - quantiles[2], quantiles[6] - quantiles[0]] + moments[4...]
      for (number, values) in statistics.enumerated() {
        for lane in 0..<min(Lanes.scalarCount, tracks.width - first) {
          result[number * tracks.width + first + lane] = Float(values[lane])
        }
      }
    }
    return result
  }

  /// Between the two nearest of the frames in order, linearly.
  private static func quantile(_ share: Double, _ order: UnsafeMutableBufferPointer<Lanes>) -> SIMD16<Double> {
    let place = share * Double(order.count - 1)
    let below = Int(place)
    let (low, high) = (SIMD16<Double>(order[below]), SIMD16<Double>(order[min(below + 1, order.count - 1)]))
    return low + (high - low) * (place - Double(below))
  }

  /// Mean, deviation, skewness and kurtosis, then slope, curvature, residual and change, of eight descriptors.
  ///
  /// In double precision: a steady descriptor has no skewness; in float32 its mean would miss it by a rounding, and its moments
  /// tell of that.
  private struct Moments {
    let values: [SIMD8<Double>]

    @inline(__always) init(_ strip: UnsafeMutableBufferPointer<Lanes>, _ half: (Lanes) -> SIMD8<Float>) {
      let count = Double(strip.count)
      // The regression on time by two polynomials that are orthogonal over the frames: t, and t² less its mean.
      let step = 2 / (count - 1)
      func time(_ frame: Int) -> Double { Double(frame) * step - 1 }
      let timeSquare = strip.indices.reduce(0) { $0 + time($1) * time($1) } / count
      func bend(_ frame: Int) -> Double { time(frame) * time(frame) - timeSquare }
      let bendSquare = strip.indices.reduce(0) { $0 + bend($1) * bend($1) } / count

      var (sum, slope, curvature, change) = (SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>())
      var before = SIMD8<Double>(half(strip[0]))
      for frame in strip.indices {
        let x = SIMD8<Double>(half(strip[frame]))
        sum += x
        slope += x * time(frame)
        curvature += x * bend(frame)
        let step = x - before
        change += step.replacing(with: -step, where: step .< 0)
        before = x
      }
      let mean = sum / count
      slope /= count * timeSquare
      curvature /= count * bendSquare

      var (second, third, fourth, residual) = (SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>())
      for frame in strip.indices {
        let x = SIMD8<Double>(half(strip[frame])) - mean
        let square = x * x
        second += square
        third += square * x
        fourth += square * square
        let rest = x - slope * time(frame) - curvature * bend(frame)
        residual += rest * rest
      }
      let deviation = (second / count).squareRoot() + leastDeviation
      let square = deviation * deviation
      let kurtosis = fourth / count / (square * square)
      values = [
        mean, deviation, third / count / (square * deviation),
        kurtosis.replacing(with: mostKurtosis, where: kurtosis .> mostKurtosis), slope, curvature,
        (residual / count).squareRoot(), change / (count - 1),
      ]
    }
  }
}

/// Sorts many short columns at once: Batcher's merge exchange (Knuth, The Art of Computer Programming, 5.2.2, algorithm M)
/// compares the same places whatever the numbers are, so that each comparison is one of sixteen columns.
enum SortingNetwork {
  /// Brings each lane into ascending order.
  static func sort(_ rows: UnsafeMutableBufferPointer<Lanes>) {
    let count = rows.count
    guard count > 1 else { return }
    var top = 1
    while top * 2 < count { top *= 2 }
    var p = top
    while p > 0 {
      var (q, offset, distance) = (top, 0, p)
      while true {
        for start in stride(from: offset, to: count - distance, by: 2 * p) {
          for i in start..<min(start + p, count - distance) {
            let (a, b) = (rows[i], rows[i + distance])
            let isLess = a .< b
            rows[i] = b.replacing(with: a, where: isLess)
            rows[i + distance] = a.replacing(with: b, where: isLess)
          }
        }
        if q == p { break }
        (distance, q, offset) = (q - p, q / 2, p)
      }
      p /= 2
    }
  }
}
