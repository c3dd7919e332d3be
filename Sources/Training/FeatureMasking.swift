public import Basics
public import Tensors

/// SpecAugment's masks (Park et al. 2019): stretches of frames, and bands of neighbouring numbers in a frame, are set to
/// zero, the mean of standardised features.
public struct FeatureMasking: Codable, Equatable, Sendable {
  /// Stretches of frames for each clip.
  public var timeMasks: Int
  /// The longest stretch, as a share of the clip.
  public var timeShare: Double
  /// Bands for each clip.
  public var bandMasks: Int
  /// The widest band, as a share of a frame's width.
  public var bandShare: Double

  /// Makes a masking of its parameters.
  public init(timeMasks: Int = 0, timeShare: Double = 0, bandMasks: Int = 0, bandShare: Double = 0) {
    self.timeMasks = timeMasks
    self.timeShare = timeShare
    self.bandMasks = bandMasks
    self.bandShare = bandShare
  }

  /// (frames, width) to the same shape.
  ///
  /// - Parameter states: how many hidden states stand side by side in a frame; a band is masked in each
  public func callAsFunction(
    _ x: Tensor, states: Int = 1, using random: inout SeededGenerator
  ) throws -> Tensor {
    var keep: Tensor?
    for (dimension, count, share) in [(0, timeMasks, timeShare), (1, bandMasks, bandShare)] where count > 0 {
      let size = dimension == 0 ? x.size(0) : x.size(1) / states
      let longest = Int(min(max(share, 0), 1) * Double(size))
      var row = [Float](repeating: 1, count: size)
      for _ in 0..<count {
        let length = random.below(longest + 1)
        let start = random.below(size - length + 1)
        for i in start..<(start + length) { row[i] = 0 }
      }
      let mask =
        try dimension == 0 ? Tensor(row, shape: [size, 1]) : Tensor(row, shape: [1, size]).repeated([1, states])
      keep = try keep.map { try $0 * mask } ?? mask
    }
    return try keep.map { try x * $0 } ?? x
  }
}
