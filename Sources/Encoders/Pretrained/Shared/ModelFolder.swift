import Foundation
import NN
import Tensors

/// A folder with a published model: `config.json` beside its weights.
struct ModelFolder {
  let url: URL
  /// `model_type` of `config.json`.
  let type: String
  private let configuration: Data
  private var file: URL { url.appending(path: "config.json") }

  /// Reads `config.json`.
  ///
  /// - Throws: `EncoderError.configuration` where it is missing or names no model
  init(_ url: URL) throws {
    self.url = url
    let file = url.appending(path: "config.json")
    do {
      configuration = try Data(contentsOf: file)
    } catch {
      throw EncoderError.configuration(
        file: file.path, reason: "the file of a published model is missing or unreadable")
    }
    struct Kind: Decodable { let model_type: String }
    guard let kind = try? JSONDecoder().decode(Kind.self, from: configuration) else {
      throw EncoderError.configuration(file: file.path, reason: "it names no model_type")
    }
    type = kind.model_type
  }

  /// `config.json` as a model reads it.
  func configuration<Configuration: Decodable>(
    _ type: Configuration.Type, fault: (Configuration) -> String?
  ) throws -> Configuration {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let configuration: Configuration
    do {
      configuration = try decoder.decode(type, from: self.configuration)
    } catch let error as DecodingError {
      throw EncoderError.configuration(file: file.path, reason: Self.words(error))
    }
    if let fault = fault(configuration) { throw EncoderError.unsupported(file: file.path, reason: fault) }
    return configuration
  }

  /// A value of `preprocessor_config.json`, nil where that file or value is missing.
  func preprocessing<Value>(_ key: String, _ type: Value.Type) -> Value? {
    guard let data = try? Data(contentsOf: url.appending(path: "preprocessor_config.json")),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return nil }
    return object[key] as? Value
  }

  /// What to say of a model that is not among those supported.
  func unsupported(_ kind: String, _ supported: [String]) -> EncoderError {
    .unsupported(
      file: file.path,
      reason: "model_type is '\(type)'; the \(kind) encoders supported are \(supported.joined(separator: ", "))")
  }

  private static func words(_ error: DecodingError) -> String {
    let path = { (context: DecodingError.Context) in context.codingPath.map(\.stringValue).joined(separator: ".") }
    switch error {
    case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return "'\(path(context))': \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
