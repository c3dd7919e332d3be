/// A failure of LibTorch, or of a request that it was never asked because it made no sense.
public struct TensorError: Error, Hashable, CustomStringConvertible {
  /// What a caller may want to tell apart: a smaller batch helps against one of them.
  public enum Kind: Sendable {
    /// The memory of the machine or of the device did not suffice.
    case outOfMemory
    /// Anything else.
    case failure
  }

  /// What was attempted: an operator's schema name such as `aten::linear`, or a phrase.
  public let operation: String
  /// The arguments, each as its dtype and shape or its value.
  public let arguments: [String]
  /// LibTorch's message, without a C++ backtrace.
  public let message: String
  /// Whether memory ran out.
  public let kind: Kind

  /// Makes an error of its parts.
  public init(operation: String, arguments: [String] = [], message: String, kind: Kind = .failure) {
    self.operation = operation
    self.arguments = arguments
    self.message = message
    self.kind = kind
  }

  /// Such as `aten::mm(float32 (2, 3), float32 (2, 3)): mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)`.
  public var description: String {
    "\(operation)\(arguments.isEmpty ? "" : "(" + arguments.joined(separator: ", ") + ")"): \(message)"
  }
}
