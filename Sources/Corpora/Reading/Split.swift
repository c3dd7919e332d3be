/// The part of a corpus that an utterance belongs to, as `Split_Set` writes it.
public enum Split: String, CaseIterable, Codable, Hashable, Sendable {
  case train = "Train"
  case development = "Development"
  case test1 = "Test1"
  case test2 = "Test2"
  case test3 = "Test3"

  /// Whether utterances of the split are kept for the final evaluation.
  public var isTest: Bool { self != .train && self != .development }
}
