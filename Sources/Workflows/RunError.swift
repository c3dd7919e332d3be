/// Why a run can't be made.
public enum RunError: Error, Equatable, CustomStringConvertible {
  /// The output holds a run already.
  case outputExists(path: String)
  /// No clip's features could be made.
  case noFeatures(corpus: String, example: String)
  /// Nothing to tell apart.
  case tooFewClasses(corpus: String, found: [String])

  /// A sentence that says what is wrong and what would be right.
  public var description: String {
    switch self {
    case .outputExists(let path): "\(path) holds a run already; go on with it by --resume, or give another --output"
    case .noFeatures(let corpus, let example): "\(corpus): no clip could be used; the first: \(example)"
    case .tooFewClasses(let corpus, let found):
      "\(corpus): the training split has clips of \(found.isEmpty ? "no class" : found.joined(separator: ", ")); "
        + "at least two classes are needed"
    }
  }
}
