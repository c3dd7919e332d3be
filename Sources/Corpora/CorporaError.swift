/// What can go wrong when a corpus is read, imported, folded or made; each case reads as one sentence.
public enum CorporaError: Error, Equatable, Sendable {
  /// A file or folder could not be read, written, renamed or linked.
  case fileSystem(path: String, problem: String)
  /// A folder is not a corpus, or not the source that an importer expects.
  case notFound(path: String, expected: String)
  /// A label file holds something that is not allowed; `others` more faults were found behind the first.
  case invalid(Finding, corpus: String, others: Int)
  /// The output of an import or synthesis is there already.
  case exists(path: String)
  /// The output would replace or lie around something that must stay.
  case unsafeOutput(path: String, reason: String)
  /// No importer has the name.
  case unknownImporter(kind: String, known: [String])
  /// A row of a label map, of a fold file or of a source's own table is wrong.
  case invalidRow(file: String, row: Int, problem: String, allowed: String)
  /// The label map has no line for a label of the source.
  case unmappedLabel(label: String, file: String, map: String, known: [String])
  /// The folds asked for can't be made of the corpus's speakers.
  case folds(problem: String)
  /// A value of an option is outside what is possible.
  case option(name: String, value: String, allowed: String)
  /// `espeak-ng` is not installed or failed.
  case speechSynthesis(problem: String)
}

extension CorporaError: CustomStringConvertible {
  /// The error as one sentence.
  public var description: String {
    switch self {
    case .fileSystem(let path, let problem):
      return "\(path) \(problem)"
    case .notFound(let path, let expected):
      return "\(path) is missing; expected is \(expected)"
    case .invalid(let finding, let corpus, let others):
      let more = others == 0 ? "" : " (and \(others) more; `affect corpus check \(corpus)` lists all)"
      return "\(corpus)/\(finding)\(more)"
    case .exists(let path):
      return "\(path) is there already; choose another output or ask for it to be replaced"
    case .unsafeOutput(let path, let reason):
      return "\(path) can't be the output: \(reason)"
    case .unknownImporter(let kind, let known):
      return "there is no importer named \"\(kind)\"; known are \(known.joined(separator: ", "))"
    case .invalidRow(let file, let row, let problem, let allowed):
      return "\(file), row \(row): \(problem); allowed is \(allowed)"
    case .unmappedLabel(let label, let file, let map, let known):
      return "\(file) has the label \"\(label)\", which the label map \(map) does not name; "
        + "it names \(known.joined(separator: ", "))"
    case .folds(let problem):
      return problem
    case .option(let name, let value, let allowed):
      return "\(name) is \(value); allowed is \(allowed)"
    case .speechSynthesis(let problem):
      return problem
    }
  }
}
