/// A speaker's gender as the `Gender` column writes it.
public enum Gender: String, CaseIterable, Codable, Hashable, Sendable {
  case female = "Female"
  case male = "Male"
  case unknown = "Unknown"
}
