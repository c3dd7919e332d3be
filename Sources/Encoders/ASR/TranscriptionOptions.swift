/// How speech is to be transcribed. What is not set is what the model's `generation_config.json` says.
public struct TranscriptionOptions: Sendable, Equatable {
  /// What to write.
  public enum Task: String, CaseIterable, Codable, Sendable {
    /// The words spoken.
    case transcribe
    /// Their meaning in English.
    case translate
  }

  /// The language as a code or an English name, such as `en` or `German`; nil detects that of each clip from its first
  /// 30 s, unless the model's files name one.
  public var language: String?
  /// The task; nil is what the model's files say.
  public var task: Task?
  /// Whether times are written; nil only for what is longer than 30 s, where they always are.
  public var timestamps: Bool?
  /// How many sequences beam search keeps; 1 writes the likeliest token each time.
  public var beams = 1
  /// What is tried one after the other until a window passes the thresholds: 0 decodes by the beams, others draw tokens.
  public var temperatures = [0, 0.2, 0.4, 0.6, 0.8, 1.0]
  /// A window whose tokens compress better than so many times repeats itself.
  public var compressionRatioThreshold: Double? = 2.4
  /// A window whose tokens have a lower mean log-probability is in doubt.
  public var logProbabilityThreshold: Double? = -1
  /// A window in doubt where nobody speaks with a higher probability is silence, and is passed over.
  public var noSpeechThreshold: Double? = 0.6
  /// Whether the text so far is given to the model as what came before, in recordings longer than a window.
  public var conditionsOnPreviousText = false
  /// Text given to the model as what came before: names and spellings that it shall expect.
  public var prompt: String?
  /// The most tokens that a window may have; nil is as many as the model takes.
  public var maximumTokens: Int?
  /// Where the draws of temperatures begin; each clip has its own.
  public var seed: UInt64 = 0
  /// How many windows are computed together.
  public var batchSize = 8
  /// Whether windows that begin behind the end of a clip shorter than 30 s are left out. transformers decodes them.
  public var stopsAtEnd = false

  /// The usual choices: the thresholds and temperatures that the models were published with.
  public init() {}
}
