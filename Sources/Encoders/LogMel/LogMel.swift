public import Tensors

/// Whisper's log-mel spectrogram (Radford et al. 2022, section 2.2): frames of 25 ms every 10 ms, periodic Hann window,
/// power spectrum, 80 or 128 mel filters, log10 with a floor, then (x + 4) / 4.
///
/// `paddedFeatures` is what Whisper's encoder was trained on. `features` has the real frames alone; frame `t` is centred on
/// sample `160 t`, the signal is mirrored before its start, and zeros follow its end, as they do in a padded window.
public struct LogMel: FrontEnd {
  /// The lowest value that a frame can have. The loudest place of a clip decides on Whisper's own, so that a cut clip
  /// has other values than the same frames of the whole; a fixed floor has not, and is the one for streams.
  public enum Floor: Hashable, Sendable {
    /// So many decades of power below the clip's maximum. Whisper's is 8.
    case belowMaximum(decades: Double)
    /// A fixed log10 of power, at least -10.
    case fixed(Double)
  }

  /// How many mel filters: Whisper up to large-v2 has 80, large-v3 128.
  public let bins: Int
  /// How quiet frames are limited.
  public let floor: Floor
  private let filters: MelFilters
  private let window: [Float]

  /// Samples of Whisper's window of 30 s.
  public static let paddedSamples = 480_000
  /// Frames of Whisper's window of 30 s.
  public static let paddedFrames = 3000

  private static let size = 400
  private static let step = 160

  /// Makes the front end with its filters.
  public init(bins: Int = 80, floor: Floor = .belowMaximum(decades: 8)) {
    self.bins = bins
    self.floor = floor
    filters = MelFilters(bins: bins, fourierLength: Self.size)
    window = Window.hann(periodic: Self.size)
  }

  /// `log-mel-80` or `log-mel-128`.
  public var name: String { "log-mel-\(bins)" }
  /// The number of mel filters.
  public var width: Int { bins }
  /// 10 ms.
  public var hop: Double { Double(Self.step) / Double(FrontEndAudio.sampleRate) }
  /// Code and settings.
  public var version: String {
    let limit =
      switch floor {
      case .belowMaximum(let decades): "maximum-\(decades)"
      case .fixed(let value): "\(value)"
      }
    return "\(name) 2 window=400 hop=160 floor=\(limit)"
  }

  /// The real frames of a clip of any length: (frames, bins).
  public func features(of samples: [Float]) throws -> Tensor {
    let logarithms = try decades(of: samples)
    return logarithms.count == 0 ? logarithms : try scaled(logarithms, loudest: logarithms.max())
  }

  /// log10 of the power in each filter, at least -10, of the real frames of a clip: (frames, bins).
  func decades(of samples: [Float]) throws -> Tensor {
    try FrontEndAudio.check(samples)
    let count = FrontEndAudio.frames(of: samples.count, hop: Self.step)
    guard count > 0 else { return try .zeros([0, bins]) }
    return try decades(
      of: Self.padded(samples, length: count * Self.step, mirrorsEnd: false), frames: count)
  }

  /// A clip of at most 30 s, padded with zeros to 30 s: (3000, bins), equal to transformers' `WhisperFeatureExtractor`.
  public func paddedFeatures(of samples: [Float]) throws -> Tensor {
    try FrontEndAudio.check(samples)
    guard samples.count <= Self.paddedSamples else {
      throw FrontEndError.tooLong(samples: samples.count, limit: Self.paddedSamples)
    }
    let logarithms = try decades(
      of: Self.padded(samples, length: Self.paddedSamples, mirrorsEnd: true), frames: Self.paddedFrames)
    return try scaled(logarithms, loudest: logarithms.max())
  }

  /// log10 of the power in each filter, at least -10: (frames, bins), of frames that begin every 160 samples and last 400.
  func decades(of padded: [Float], frames count: Int) throws -> Tensor {
    let frames = Frames(padded: padded, size: Self.size, hop: Self.step, count: count)
    let window = try Tensor(self.window)
    let filters = try Tensor(self.filters.weights, shape: [bins, self.filters.spectrumBins]).transposed().contiguous()
    var blocks: [Tensor] = []
    try frames.forEachBlock { _, block in
      let power = try (block * window).realFourier().squaredMagnitudes()
      blocks.append(try power.matmul(filters).clamped(min: 1e-10).log10())
    }
    return try Tensor.concatenated(blocks)
  }

  /// What `decades(of:frames:)` gives, limited and scaled as the models read it.
  ///
  /// - Parameter loudest: the largest of the whole clip, ()
  func scaled(_ logarithms: Tensor, loudest: Tensor) throws -> Tensor {
    let limited =
      switch floor {
      case .belowMaximum(let decades): try logarithms.maximum(loudest - decades)
      case .fixed(let value): try logarithms.clamped(min: value)
      }
    return try (limited + 4) / 4
  }

  /// The same of all frames of a clip, row-major.
  func scaled(_ logarithms: [Float]) -> [Float] {
    let least =
      switch floor {
      case .belowMaximum(let decades): (logarithms.max() ?? 0) - Float(decades)
      case .fixed(let value): Float(value)
      }
    return logarithms.map { (Swift.max($0, least) + 4) / 4 }
  }

  /// The signal, zeros up to `length`, and half a frame on each side: mirrored without the edge sample, or zeros at the end.
  private static func padded(_ samples: [Float], length: Int, mirrorsEnd: Bool) -> [Float] {
    let half = size / 2
    var padded = [Float](repeating: 0, count: length + size)
    padded.withUnsafeMutableBufferPointer { padded in
      for i in 0..<samples.count { padded[half + i] = samples[i] }
      for i in 1...half where i < samples.count { padded[half - i] = samples[i] }
      guard mirrorsEnd else { return }
      let end = half + length - 1
      for i in 1...half { padded[end + i] = padded[end - i] }
    }
    return padded
  }
}
