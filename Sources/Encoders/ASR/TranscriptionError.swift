/// Why speech can't be transcribed as it was asked for.
public enum TranscriptionError: Error, Equatable, CustomStringConvertible {
  /// Whisper knows no such language, or the model does not.
  case language(String, known: [String])
  /// The model writes English alone.
  case englishOnly(asked: String)
  /// The model has no tokens for a task.
  case task(String)
  /// The model has no timestamps, and a recording is longer than a window.
  case timestamps
  /// A prompt that the model can't be given.
  case prompt(reason: String)
  /// An option outside what is possible.
  case option(String)

  /// One sentence.
  public var description: String {
    switch self {
    case .language(let name, let known):
      "there is no language '\(name)'; the model has \(known.isEmpty ? "none" : known.joined(separator: ", "))"
    case .englishOnly(let asked): "the model writes English alone; \(asked) can't be had of it"
    case .task(let task): "the model has no token for the task \(task)"
    case .timestamps: "the model has no timestamps, without which nothing longer than 30 s can be transcribed"
    case .prompt(let reason): "the prompt can't be used: \(reason)"
    case .option(let problem): problem
    }
  }
}
