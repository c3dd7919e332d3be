public import Emotion
import Foundation

/// What was recognised in one stretch of a recording.
public struct RecognizedSegment: Equatable, Sendable {
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

  /// What speaks against relying on a segment.
  public enum Note: String, Codable, CaseIterable, Sendable {
    /// Nobody is heard to speak in it.
    case noSpeech = "no speech"
    /// It is shorter than half a second.
    case tooShort = "too short"
    /// The loud parts stand out of the quiet ones by less than 3 dB: noise, or a tone that never dips.
    case tooNoisy = "too noisy"
    /// The model also reads what is said, and there were no words.
    case noTranscript = "no transcript"
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
  /// Who speaks, where the segments that were given or the channel say so.
  public var speaker: String?
  /// The recording's channel, from 1; nil for the average of all.
  public var channel: Int?
  /// What is said, where the segments that were given or a transcriber say so.
  public var text: String?
  /// The classes that hold the true one with the coverage that the bundle's calibration states; nil without one.
  public var candidates: [EmotionClass]?
  /// Whether no answer is given: the most probable class stays below the threshold in force, or a note says that there is
  /// nothing to judge. nil where no threshold is in force.
  public var abstains: Bool?
  /// An estimate of the ratio of signal to noise, in dB; nil where the stretch is too short to tell.
  public var signalToNoise: Double?
  /// What speaks against relying on the segment.
  public var notes: [Note]
  /// What carried the decision; nil unless it was asked for.
  public var explanation: Explanation?
  /// Whether the segment may still grow: a first look at live audio, which the next one with the same `start` replaces.
  public var isPartial: Bool

  /// What was recognised in a stretch; the entropy follows from the probabilities.
  public init(
    start: Double, end: Double, probabilities: [Score], attributes: [String: Double], speaker: String? = nil,
    channel: Int? = nil, text: String? = nil, candidates: [EmotionClass]? = nil, abstains: Bool? = nil,
    signalToNoise: Double? = nil, notes: [Note] = [], explanation: Explanation? = nil, isPartial: Bool = false
  ) {
    (self.start, self.end) = (start, end)
    (self.probabilities, self.attributes) = (probabilities, attributes)
    entropy = -probabilities.reduce(0) { $1.probability > 0 ? $0 + $1.probability * log($1.probability) : $0 }
    (self.speaker, self.channel, self.text) = (speaker, channel, text)
    (self.candidates, self.abstains) = (candidates, abstains)
    (self.signalToNoise, self.notes) = (signalToNoise, notes)
    (self.explanation, self.isPartial) = (explanation, isPartial)
  }

  /// The most probable class.
  public var emotion: EmotionClass? { probabilities.max { $0.probability < $1.probability }?.emotion }

  /// The probability of the most probable class.
  public var confidence: Double { probabilities.map(\.probability).max() ?? 0 }
}

extension RecognizedSegment: Codable {
  private enum Keys: String, CodingKey {
    case start, end, emotion, probabilities, attributes, entropy, speaker, channel, text, candidates, abstains
    case signalToNoise, notes, explanation, isPartial
  }

  /// Reads what `encode(to:)` wrote; what is not there is nothing.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    self.init(
      start: try values.decode(Double.self, forKey: .start), end: try values.decode(Double.self, forKey: .end),
      probabilities: try values.decode([Score].self, forKey: .probabilities),
      attributes: try values.decodeIfPresent([String: Double].self, forKey: .attributes) ?? [:],
      speaker: try values.decodeIfPresent(String.self, forKey: .speaker),
      channel: try values.decodeIfPresent(Int.self, forKey: .channel),
      text: try values.decodeIfPresent(String.self, forKey: .text),
      candidates: try values.decodeIfPresent([EmotionClass].self, forKey: .candidates),
      abstains: try values.decodeIfPresent(Bool.self, forKey: .abstains),
      signalToNoise: try values.decodeIfPresent(Double.self, forKey: .signalToNoise),
      notes: try values.decodeIfPresent([Note].self, forKey: .notes) ?? [],
      explanation: try values.decodeIfPresent(Explanation.self, forKey: .explanation),
      isPartial: try values.decodeIfPresent(Bool.self, forKey: .isPartial) ?? false)
  }

  /// Writes what there is, the most probable class too; `isPartial` only where it is true.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Keys.self)
    try values.encode(start, forKey: .start)
    try values.encode(end, forKey: .end)
    try values.encodeIfPresent(emotion, forKey: .emotion)
    try values.encode(probabilities, forKey: .probabilities)
    try values.encode(attributes, forKey: .attributes)
    try values.encode(entropy, forKey: .entropy)
    try values.encodeIfPresent(speaker, forKey: .speaker)
    try values.encodeIfPresent(channel, forKey: .channel)
    try values.encodeIfPresent(text, forKey: .text)
    try values.encodeIfPresent(candidates, forKey: .candidates)
    try values.encodeIfPresent(abstains, forKey: .abstains)
    try values.encodeIfPresent(signalToNoise, forKey: .signalToNoise)
    try values.encode(notes, forKey: .notes)
    try values.encodeIfPresent(explanation, forKey: .explanation)
    if isPartial { try values.encode(true, forKey: .isPartial) }
  }
}
