import Foundation

/// What stays of a recording through changes of gain, codec and start: for each 32 ms the signs of 32 differences of band
/// powers along time and frequency (Haitsma and Kalker 2002, "A highly robust audio fingerprinting system"). Here 33 bands
/// from 300 to 2000 Hz, frames of 256 ms.
public struct AudioFingerprint: Sendable, Equatable {
  /// Samples per second of the audio that fingerprints are made of (Hz).
  public static let sampleRate = 8000
  /// Seconds from one frame to the next.
  public static let hop = Double(hopSamples) / Double(sampleRate)

  static let frameSamples = 2048
  static let hopSamples = 256
  /// Frames that two fingerprints must share to be compared: a little more than three quarters of a second of audio.
  static let fewestFrames = 16

  /// 32 bits a frame; 0 where the frame is too quiet to say anything.
  let frames: [UInt32]

  init(frames: [UInt32]) { self.frames = frames }

  /// The fingerprint of mono samples at `sampleRate`.
  public init(of samples: [Float]) {
    var maker = Maker()
    maker.append(samples)
    self = maker.finish()
  }

  /// Makes a fingerprint of audio that comes in blocks, in memory that does not grow with it but for the fingerprint.
  public struct Maker {
    private static let bands = 33
    private static let edges: [Int] = (0...bands).map { band in
      let frequency = 300 * pow(2000.0 / 300, Double(band) / Double(bands))
      return Int((frequency * Double(frameSamples) / Double(sampleRate)).rounded())
    }

    private var spectrum = Spectrum(length: frameSamples)
    private var waiting: [Float] = []
    private var powers = [Float](repeating: 0, count: bands)
    private var before: [Float] = []
    private var frames: [UInt32] = []
    private var loudness: [Float] = []

    /// Begins with no audio.
    public init() {}

    /// Takes the next samples.
    public mutating func append(_ samples: [Float]) {
      waiting += samples
      var start = 0
      while start + frameSamples <= waiting.count {
        spectrum.bands(waiting, at: start, edges: Self.edges, into: &powers)
        if !before.isEmpty {
          var bits: UInt32 = 0
          for band in 0..<32 {
            let change = (powers[band] - powers[band + 1]) - (before[band] - before[band + 1])
            bits = bits << 1 | (change > 0 ? 1 : 0)
          }
          frames.append(bits)
          loudness.append(powers.reduce(0, +))
        }
        before = powers
        start += hopSamples
      }
      waiting.removeFirst(start)
    }

    /// The fingerprint of everything taken. Frames 50 dB below the loudest say nothing.
    public func finish() -> AudioFingerprint {
      let floor = max((loudness.max() ?? 0) * 1e-5, 1e-9)
      return AudioFingerprint(frames: zip(frames, loudness).map { $1 > floor ? $0 : 0 })
    }
  }

  /// The share of bits that differ where the other begins `offset` frames after this; nil where they share too little.
  func difference(to other: AudioFingerprint, offset: Int) -> Double? {
    let start = max(0, offset)
    let end = min(frames.count, offset + other.frames.count)
    guard end - start >= max(Self.fewestFrames, min(frames.count, other.frames.count) / 2) else { return nil }
    var (different, compared) = (0, 0)
    for place in start..<end {
      let (a, b) = (frames[place], other.frames[place - offset])
      guard a != 0, b != 0 else { continue }
      different += (a ^ b).nonzeroBitCount
      compared += 1
    }
    guard compared >= Self.fewestFrames, compared >= (end - start) / 2 else { return nil }
    return Double(different) / Double(32 * compared)
  }
}
