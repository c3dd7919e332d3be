import Foundation

/// Triangular filters on Slaney's mel scale (Auditory Toolbox, 1998), each of unit area, as Whisper and librosa use them.
public struct MelFilters: Sendable {
  /// How many filters there are.
  public let bins: Int
  /// How many bins of the half spectrum each filter weighs.
  public let spectrumBins: Int
  /// The weights, row-major (bins, spectrumBins).
  public let weights: [Float]

  /// Filters from `lowest` to `highest` Hz for spectra of `fourierLength` samples at 16 kHz.
  public init(bins: Int, fourierLength: Int, lowest: Double = 0, highest: Double = 8000) {
    precondition(bins > 0 && fourierLength > 1 && lowest >= 0 && highest > lowest, "an empty filter bank")
    self.bins = bins
    spectrumBins = fourierLength / 2 + 1
    let (low, high) = (Self.mel(ofHertz: lowest), Self.mel(ofHertz: highest))
    let edges = (0..<(bins + 2)).map { Self.hertz(ofMel: low + (high - low) * Double($0) / Double(bins + 1)) }
    let step = Double(FrontEndAudio.sampleRate) / Double(fourierLength)
    var weights = [Float](repeating: 0, count: bins * spectrumBins)
    for bin in 0..<bins {
      let (left, centre, right) = (edges[bin], edges[bin + 1], edges[bin + 2])
      for k in 0..<spectrumBins {
        let frequency = Double(k) * step
        let height = min((frequency - left) / (centre - left), (right - frequency) / (right - centre))
        if height > 0 { weights[bin * spectrumBins + k] = Float(height * 2 / (right - left)) }
      }
    }
    self.weights = weights
  }

  /// Slaney's scale: linear to 1 kHz (15 mel), above it 27 mel for a factor of 6.4.
  static func mel(ofHertz frequency: Double) -> Double {
    frequency < 1000 ? frequency * 3 / 200 : 15 + 27 * log(frequency / 1000) / log(6.4)
  }

  static func hertz(ofMel mel: Double) -> Double {
    mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27)
  }
}
