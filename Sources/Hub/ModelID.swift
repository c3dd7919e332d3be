/// A model on the hub: `owner/name`, or `name` alone for the oldest ones, at a revision (a branch, tag or commit).
public struct ModelID: Hashable, Sendable, CustomStringConvertible {
  /// `microsoft/wavlm-large`
  public let name: String
  /// `main` where none is named.
  public let revision: String

  /// An id as it is written in commands and recipes, `owner/name` or `owner/name@revision`; nil where the text is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
    // Two dashes stand for the slash in the cache's folder names.
    guard (1...2).contains(names.count), parts[0].utf8.count <= 96, !parts[0].contains("--"),
      names.allSatisfy({ Self.isName($0) && $0.last != "." && $0.last != "-" }),
      parts.count == 1 || Self.isRevision(parts[1])
    else { return nil }
    name = parts[0]
    revision = parts.count == 2 ? parts[1] : "main"
  }

  /// The same model at another revision; nil where the text names none.
  public func at(revision: String) -> ModelID? { ModelID(name + "@" + revision) }

  /// As it is written in commands; `main` is left out.
  public var description: String { revision == "main" ? name : "\(name)@\(revision)" }

  /// Whether the revision is a commit's full hash, which always means the same content.
  var isPinned: Bool { Hexadecimal.isValid(revision, digits: 40) }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 96, isLetterOrDigit(first) else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || [UInt8(ascii: "-"), 46, 95].contains($0) }
      && !text.contains("..")
  }

  private static func isRevision(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.allSatisfy { isName($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }
}
