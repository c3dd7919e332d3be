import Foundation

/// What a command says while it works.
public enum Notice: Equatable, Sendable {
  /// A line to keep.
  case line(String)
  /// A line that the next one replaces; not worth keeping where lines can't be replaced.
  case status(String)
}

/// What a command came to: text for a person, JSON for a machine.
public struct CommandResult: Sendable {
  /// For a terminal; ends with a line feed.
  public let text: String
  /// The same for a machine.
  public let json: String
  /// Whether the exit status is 0: a check that found errors has run, and yet fails.
  public let succeeded: Bool

  init(text: String, json: some Encodable, succeeded: Bool = true) throws {
    self.text = text.hasSuffix("\n") ? text : text + "\n"
    self.json = try Self.encode(json)
    self.succeeded = succeeded
  }

  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}

/// A duration as people say it: `45 s`, `3 min 20 s`, `2 h 5 min`.
func spoken(seconds: Double) -> String {
  guard seconds < 1e9 else { return "years" }
  let total = Int(max(seconds, 0).rounded())
  return switch total {
  case ..<60: "\(total) s"
  case ..<3600: "\(total / 60) min \(total % 60) s"
  default: "\(total / 3600) h \(total % 3600 / 60) min"
  }
}
