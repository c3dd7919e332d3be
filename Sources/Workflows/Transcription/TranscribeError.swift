/// A command line of `affect transcribe` that makes no sense.
public enum TranscribeError: Error, Equatable, CustomStringConvertible {
  /// Which files or which corpus.
  case input
  /// Several files in a format that has one file each.
  case output(format: String)
  /// An option that has no meaning for a corpus.
  case corpusOption(String)
  /// An option that has no meaning for files.
  case fileOption(String)
  /// A corpus is to be transcribed in whatever language each clip seems to be in.
  case language
  /// The corpus has transcripts that were made otherwise.
  case otherTranscripts(folder: String, count: Int, differences: [String])
  /// A name that none of the choices has.
  case name(option: String, given: String, known: [String])
  /// A number outside what is possible.
  case number(option: String, allowed: String)

  /// A sentence that says what is wrong and what would be right.
  public var description: String {
    switch self {
    case .input: "audio files are expected, or --corpus with a corpus, and not both"
    case .output(let format):
      "several files in one \(format) make no sense; --output DIR writes one for each"
    case .corpusOption(let option): "\(option) is about files; a corpus's transcripts are texts in CORPUS/Transcripts"
    case .fileOption(let option): "\(option) is about a corpus; --corpus names one"
    case .language:
      "all splits of a corpus are transcribed in one language, and none is named; --language en would be one"
    case .otherTranscripts(let folder, let count, let differences):
      "\(folder) has \(count) transcripts that were made otherwise"
        + (differences.isEmpty ? ", of which no record says how" : " (\(differences.joined(separator: "; ")))")
        + "; --replace throws them away and makes all anew"
    case .name(let option, let given, let known):
      "'\(given)' is invalid for \(option); \(known.joined(separator: ", ")) are known"
    case .number(let option, let allowed): "\(option): \(allowed) is expected"
    }
  }
}
