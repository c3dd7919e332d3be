public import Foundation

/// What can be wrong with a tokenizer's files, or with what a tokenizer is asked for.
public enum TokenizerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A file or folder as a whole.
  case file(URL, problem: String)
  /// A place in a file: a line and column, or a path of keys such as `model.merges.17`.
  case place(URL, at: String, problem: String)
  /// Ids or texts that can't be encoded or decoded.
  case request(String)

  /// One sentence: what is wrong, where, and what would be right.
  public var description: String {
    switch self {
    case .file(let url, let problem): "\(url.path): \(problem)"
    case .place(let url, let place, let problem): "\(url.path), \(place): \(problem)"
    case .request(let problem): problem
    }
  }
}
