public import Emotion

/// What carried a decision: which stream, which seconds and which words.
///
/// A weight is the fall of the class's probability when the part is replaced by the training set's mean (Zeiler and Fergus
/// 2014), or left out where a stream describes the whole; -1...1; below 0 the part spoke against the class. Networks that pool
/// by attention say beside it where they looked, which need not be what decides (docs/recognition.md).
public struct Explanation: Codable, Equatable, Sendable {
  /// A stream of the model.
  public struct Stream: Codable, Equatable, Sendable {
    /// The encoder's name.
    public var name: String
    /// Whether it reads what is said; otherwise it hears.
    public var reads: Bool
    /// The fall of the class's probability when the whole stream is replaced by the training set's mean, or is left out of a
    /// model that was trained to do without; 0 for a stream that is missing anyway.
    public var weight: Double

    /// A stream with its weight.
    public init(name: String, reads: Bool, weight: Double) {
      (self.name, self.reads, self.weight) = (name, reads, weight)
    }
  }

  /// A part of the sound.
  public struct Part: Codable, Equatable, Sendable {
    /// Seconds from the recording's beginning.
    public var start: Double
    /// Seconds from the recording's beginning.
    public var end: Double
    /// The fall of the class's probability without it.
    public var weight: Double
    /// Its share of the network's attention pooling, 0...1: those of all seconds add up to 1. Where several streams hear, each
    /// counts as much as its ablation says. nil where the network has none.
    public var attention: Double?

    /// A part with its weight.
    public init(start: Double, end: Double, weight: Double, attention: Double? = nil) {
      (self.start, self.end, self.weight, self.attention) = (start, end, weight, attention)
    }
  }

  /// A word of the text, or a few that follow each other in a long one.
  public struct Word: Codable, Equatable, Sendable {
    /// As it stands in the text.
    public var text: String
    /// The fall of the class's probability without it.
    public var weight: Double
    /// Its share of the network's attention pooling, 0...1; nil where the network has none.
    public var attention: Double?

    /// A word with its weight.
    public init(text: String, weight: Double, attention: Double? = nil) {
      (self.text, self.weight, self.attention) = (text, weight, attention)
    }
  }

  /// The class that is explained: the most probable one.
  public var emotion: EmotionClass
  /// One for each stream, in the model's order.
  public var streams: [Stream]
  /// The sound second by second, in longer parts where it is longer than a minute.
  public var seconds: [Part]
  /// The text's words in order; empty where no stream reads, or nothing is said.
  public var words: [Word]

  /// An explanation of its parts.
  public init(emotion: EmotionClass, streams: [Stream], seconds: [Part], words: [Word]) {
    (self.emotion, self.streams, self.seconds, self.words) = (emotion, streams, seconds, words)
  }
}
