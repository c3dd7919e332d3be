public import Emotion
import Foundation

/// What was recognised in one stretch of a recording.
public struct RecognizedSegment: Codable, Equatable, Sendable {
  /// A class with its probability.
  public struct Score: Codable, Equatable, Sendable {
    /// The class.
    public var emotion: EmotionClass
    /// From 0 to 1; those of a segment add up to 1.
    public var probability: Double

    /// A class with its probability.
    public init(_ emotion: EmotionClass, _ probability: Double) {
      self.emotion = emotion
      self.probability = probability
    }
  }

  /// Seconds from the recording's beginning.
  public var start: Double
  /// Seconds from the recording's beginning.
  public var end: Double
  /// One for each class that the model knows, in its order.
  public var probabilities: [Score]
  /// Estimated attributes by name, 1...7.
  public var attributes: [String: Double]
  /// How undecided the model is: the entropy of the probabilities in nats, from 0 to ln(classes).
  public var entropy: Double
  /// Who speaks, where the segments that were given say so.
  public var speaker: String?
  /// What is said, where the segments that were given say so.
  public var text: String?
  /// The classes that hold the true one with the coverage that the bundle's calibration states; nil without one.
  public var candidates: [EmotionClass]?

  /// What was recognised in a stretch; the entropy follows from the probabilities.
  public init(
    start: Double, end: Double, probabilities: [Score], attributes: [String: Double], speaker: String? = nil,
    text: String? = nil, candidates: [EmotionClass]? = nil
  ) {
    self.start = start
    self.end = end
    self.probabilities = probabilities
    self.attributes = attributes
    entropy = -probabilities.reduce(0) { $1.probability > 0 ? $0 + $1.probability * log($1.probability) : $0 }
    self.speaker = speaker
    self.text = text
    self.candidates = candidates
  }

  /// The most probable class.
  public var emotion: EmotionClass? { probabilities.max { $0.probability < $1.probability }?.emotion }
}
