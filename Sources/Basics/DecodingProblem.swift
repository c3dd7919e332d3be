/// A failed decoding as a sentence that names the place, such as `training.seed: a whole number is expected`.
public struct DecodingProblem: Error, Equatable, CustomStringConvertible {
  /// Where and what.
  public let description: String

  /// Puts an error of a decoder into words.
  public init(_ error: any Error) {
    guard let error = error as? DecodingError else {
      description = "\(error)"
      return
    }
    switch error {
    case .keyNotFound(let key, let context):
      description = Self.sentence(context.codingPath + [key], "is missing")
    case .typeMismatch(let type, let context):
      description = Self.sentence(context.codingPath, "\(Self.name(of: type)) is expected")
    case .valueNotFound(let type, let context):
      description = Self.sentence(context.codingPath, "\(Self.name(of: type)) is expected, not nothing")
    case .dataCorrupted(let context):
      description = Self.sentence(context.codingPath, context.debugDescription)
    @unknown default: description = "\(error)"
    }
  }

  private static func sentence(_ path: [any CodingKey], _ what: String) -> String {
    let place = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    return place.isEmpty ? what : "\(place): \(what)"
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    case is [String: Any].Type: "a group of settings"
    case is any Collection.Type: "a list"
    default: "a group of settings"
    }
  }
}
