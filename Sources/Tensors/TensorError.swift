/// A failure of LibTorch, or of a request that it was never asked because it made no sense.
public struct TensorError: Error, Hashable, CustomStringConvertible {
  /// What was attempted: an operator's schema name such as `aten::linear`, or a phrase.
  public let operation: String
  /// The arguments, each as its dtype and shape or its value.
  public let arguments: [String]
  /// LibTorch's message, without a C++ backtrace.
  public let message: String

  /// Makes an error of its parts.
  public init(operation: String, arguments: [String] = [], message: String) {
    self.operation = operation
    self.arguments = arguments
    self.message = message
  }

  /// Such as `aten::mm(float32 (2, 3), float32 (2, 3)): mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)`.
  public var description: String {
    "\(operation)\(arguments.isEmpty ? "" : "(" + arguments.joined(separator: ", ") + ")"): \(message)"
  }
}
