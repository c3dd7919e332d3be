public import Emotion

/// What was recognised in one stretch of a recording.
public struct RecognizedSegment: Codable, Equatable, Sendable {
  /// A class with its probability.
  public struct Score: Codable, Equatable, Sendable {
    /// The class.
    public var emotion: EmotionClass
    /// From 0 to 1; those of a segment add up to 1.
    public var probability: Double
  }

  /// Seconds from the recording's beginning.
  public var start: Double
  /// Seconds from the recording's beginning.
  public var end: Double
  /// One for each class that the model knows, in its order.
  public var probabilities: [Score]
  /// Estimated attributes by name, 1...7.
  public var attributes: [String: Double]
  /// The classes that hold the true one with the coverage that the bundle's calibration states; nil without one.
  public var candidates: [EmotionClass]?

  /// The most probable class.
  public var emotion: EmotionClass? { probabilities.max { $0.probability < $1.probability }?.emotion }
}
