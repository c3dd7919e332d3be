import Audio
public import Tensors

/// Turns samples into frames of features without a trained network.
///
/// All front ends take mono samples at `FrontEndAudio.sampleRate` and keep no state between calls.
public protocol FrontEnd: Sendable {
  /// The name in recipes and feature stores, for example `log-mel-80`.
  var name: String { get }
  /// How many numbers a frame has.
  var width: Int { get }
  /// Seconds from one frame to the next; infinite where a clip of any length is one frame.
  var hop: Double { get }
  /// Code and settings in one line. It goes into the digest of stored features, so it changes whenever a number could.
  var version: String { get }

  /// Features of a clip: float32, (frames, width), one frame for every hop that has begun. No samples give no frames.
  ///
  /// - Parameter samples: mono at 16 kHz, full scale -1...1.
  /// - Throws: `FrontEndError` for samples that are not finite or far beyond full scale, `TensorError` where LibTorch fails.
  func features(of samples: [Float]) throws -> Tensor
}

/// A front end of which a clip of any length is one frame.
public protocol ClipFrontEnd: FrontEnd {
  /// Looks at a clip once, and gives a function that tells what its features would be without a part of it.
  ///
  /// - Parameter samples: as `features(of:)` takes them
  /// - Returns: a function of the samples that are left out, to be called from any thread: (1, width), nil where nothing is left.
  ///   It throws `TensorError`.
  /// - Throws: what `features(of:)` throws
  func leavingOut(of samples: [Float]) throws -> @Sendable (_ part: Range<Int>) throws -> Tensor?
}

/// What all front ends agree on.
public enum FrontEndAudio {
  /// Samples per second (Hz) that every front end expects.
  public static let sampleRate = 16_000

  /// How many frames `count` samples have at a hop of `hop` samples: every hop that has begun counts.
  public static func frames(of count: Int, hop: Int) -> Int { (count + hop - 1) / hop }

  /// The largest magnitude that a sample may have.
  public static let largestSample = AudioFile.largestSample

  static func check(_ samples: [Float]) throws(FrontEndError) {
    // Squares of samples far beyond full scale overflow; NaN fails the comparison too.
    if let index = samples.firstIndex(where: { !(abs($0) <= largestSample) }) {
      throw .unusable(sample: index, value: samples[index])
    }
  }
}

/// Why a front end refuses samples.
public enum FrontEndError: Error, Equatable, CustomStringConvertible {
  /// A sample is NaN, infinite or beyond `FrontEndAudio.largestSample`.
  case unusable(sample: Int, value: Float)
  /// The clip is longer than the fixed window that it shall be padded to.
  case tooLong(samples: Int, limit: Int)

  /// One sentence.
  public var description: String {
    switch self {
    case .unusable(let sample, let value):
      "sample \(sample) is \(value); features need finite samples with a full scale of 1"
    case .tooLong(let samples, let limit):
      "a clip of \(samples) samples does not fit a window of \(limit); cut it into windows first"
    }
  }
}
