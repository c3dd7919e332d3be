import Foundation

/// The power spectrum of frames of one length, a power of two: radix-2 Cooley and Tukey, with the tables made once.
struct Spectrum {
  let length: Int
  private let cosines: [Float]
  private let sines: [Float]
  private let order: [Int]
  private let window: [Float]
  private var real: [Float]
  private var imaginary: [Float]

  init(length: Int) {
    self.length = length
    let angles = (0..<(length / 2)).map { -2 * Double.pi * Double($0) / Double(length) }
    cosines = angles.map { Float(cos($0)) }
    sines = angles.map { Float(sin($0)) }
    window = (0..<length).map { Float(0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(length))) }
    let bits = length.trailingZeroBitCount
    order = (0..<length).map { index in
      (0..<bits).reduce(0) { $0 << 1 | (index >> $1) & 1 }
    }
    real = [Float](repeating: 0, count: length)
    imaginary = real
  }

  /// Sums the power of the bins of each band of `samples[start..<start + length]` under a Hann window.
  mutating func bands(_ samples: [Float], at start: Int, edges: [Int], into powers: inout [Float]) {
    for (place, source) in order.enumerated() {
      real[place] = samples[start + source] * window[source]
      imaginary[place] = 0
    }
    transform()
    for band in powers.indices {
      var power: Float = 0
      for bin in edges[band]..<edges[band + 1] { power += real[bin] * real[bin] + imaginary[bin] * imaginary[bin] }
      powers[band] = power
    }
  }

  private mutating func transform() {
    let (length, cosines, sines) = (length, cosines, sines)
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in
        var half = 1
        while half < length {
          let step = length / (2 * half)
          var block = 0
          while block < length {
            for k in 0..<half {
              let (low, high) = (block + k, block + k + half)
              let (c, s) = (cosines[k * step], sines[k * step])
              let a = real[high] * c - imaginary[high] * s
              let b = real[high] * s + imaginary[high] * c
              real[high] = real[low] - a
              imaginary[high] = imaginary[low] - b
              real[low] += a
              imaginary[low] += b
            }
            block += 2 * half
          }
          half *= 2
        }
      }
    }
  }
}
