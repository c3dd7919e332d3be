/// The words of a clip or recording.
public struct Transcript: Codable, Equatable, Sendable {
  /// A token.
  public struct Token: Codable, Equatable, Sendable {
    /// Its id in the model's vocabulary.
    public let id: Int
    /// Its text; � stands for bytes that are a character only together with those of other tokens.
    public let text: String
    /// How likely the model found it, of all tokens that were allowed there: 0 to 1.
    public let probability: Float
  }

  /// A stretch of speech.
  public struct Segment: Codable, Equatable, Sendable {
    /// Seconds from the beginning.
    public let start: Double
    /// Seconds from the beginning.
    public let end: Double
    /// The words.
    public let text: String
    /// The tokens, timestamps included.
    public let tokens: [Token]
    /// The temperature at which the window was decoded that the segment is from.
    public let temperature: Double
    /// The mean log-probability of that window's tokens.
    public let averageLogProbability: Float
    /// How many times smaller that window's tokens are compressed.
    public let compressionRatio: Double
    /// The probability that nobody speaks in that window; nil where the model does not say.
    public let noSpeechProbability: Float?

    private enum CodingKeys: String, CodingKey {
      case start, end, text, tokens, temperature
      case averageLogProbability = "avg_logprob"
      case compressionRatio = "compression_ratio"
      case noSpeechProbability = "no_speech_prob"
    }
  }

  /// The code of the language, such as `en`; nil where the model was left to choose.
  public let language: String?
  /// How sure the model was of the language among all others, where it was detected.
  public let languageProbability: Float?
  /// Seconds.
  public let duration: Double
  /// All words.
  public let text: String
  /// What was said when.
  public let segments: [Segment]

  private enum CodingKeys: String, CodingKey {
    case language, duration, text, segments
    case languageProbability = "language_probability"
  }
}
