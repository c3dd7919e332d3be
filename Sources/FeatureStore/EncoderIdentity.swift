import Crypto
import Foundation

/// What decides the numbers of a set of features: the encoder, its weights, settings and code.
public struct EncoderIdentity: Codable, Equatable, Sendable {
  /// The encoder's name, such as `log-mel-80`: letters, digits, `.`, `_` and `-`.
  public var name: String
  /// Everything else that changes what comes out, by name.
  public var settings: [String: String]

  /// Makes an identity of its parts.
  public init(name: String, settings: [String: String]) {
    self.name = name
    self.settings = settings
  }

  /// Twelve hexadecimal digits of the SHA-256 of name and settings: other settings are another set of features.
  public func digest() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return SHA256.hash(data: try encoder.encode(self)).prefix(6).map { String(format: "%02x", $0) }.joined()
  }
}
