/// A model on the hub: `owner/name`, or `name` alone for the oldest ones, at a revision (a branch, tag or commit).
public struct ModelID: Hashable, Sendable {
  /// `microsoft/wavlm-large`
  public let name: String
  /// `main` where none is named.
  public let revision: String

  /// An id as it is written in commands and recipes, `owner/name` or `owner/name@revision`; nil where the text is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let names = parts[0].split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(names.count), names.allSatisfy(Self.isName), parts.count == 1 || Self.isRevision(parts[1])
    else { return nil }
    name = parts[0]
    revision = parts.count == 2 ? parts[1] : "main"
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 96, isLetterOrDigit(first) else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || [UInt8(ascii: "-"), 46, 95].contains($0) } && !text.contains("..")
  }

  private static func isRevision(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.allSatisfy { isName($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
  }
}
