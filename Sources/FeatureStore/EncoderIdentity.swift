import Basics
import Crypto
public import Foundation
public import Tensors

/// What decides the numbers of a set of features: the encoder, its weights, settings, code and precision.
public struct EncoderIdentity: Codable, Equatable, Sendable {
  /// The encoder's name, such as `log-mel-80`: letters, digits, `.`, `_` and `-`.
  public var name: String
  /// Everything else that changes what comes out, by name.
  public var settings: [String: String]

  /// Makes an identity of its parts.
  ///
  /// - Parameter dtype: how numbers are stored, which goes into the settings as `dtype`
  public init(name: String, settings: [String: String], dtype: DType = .bfloat16) {
    self.name = name
    self.settings = settings
    self.settings["dtype"] = dtype.rawValue
  }

  /// The dtypes that features may be stored as.
  public static let dtypes: [DType] = [.bfloat16, .float16, .float32]

  /// How numbers are stored.
  public var dtype: DType { settings["dtype"].flatMap(DType.init(rawValue:)) ?? .float32 }

  /// Twelve hexadecimal digits of the SHA-256 of name and settings: other settings are another set of features.
  public func digest() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return SHA256.hash(data: try encoder.encode(self)).prefix(6).map { String(format: "%02x", $0) }.joined()
  }

  /// Where a set of features says which encoder made it.
  static func file(in folder: URL) -> URL { folder.appending(path: "encoder.json") }

  /// Reads the identity of the set in a folder. Throws `FileError`.
  public init(ofSetIn folder: URL) throws {
    let url = Self.file(in: folder)
    guard let data = FileManager.default.contents(atPath: url.path) else {
      throw FileError(url: url, message: "is missing or can't be read; a set of features says in it what made them")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw FileError(url: url, message: "is damaged: \(DecodingProblem(error))")
    }
  }

  /// Writes the identity; the caller holds the folder's lock.
  func write(into folder: URL) throws {
    try AtomicFile.removeLeftovers(of: Self.file(in: folder))
    let writer = JSONEncoder()
    writer.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(writer.encode(self), to: Self.file(in: folder))
  }
}
