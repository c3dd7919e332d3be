/// What to do with a file that ends too soon or that holds packets which can't be decoded.
public enum DamagePolicy: String, Codable, Sendable {
  /// Throw `AudioError.truncated` or `AudioError.damaged`.
  case reject
  /// Keep all that could be decoded and say nothing, as long as there is a sample.
  case keep
}
