public import Tensors

/// Division by the root of the mean square over the last dimension (Zhang and Sennrich 2019), as `torch.nn.RMSNorm`.
public final class RMSNorm: Module {
  /// (width)
  public let weight: Tensor
  /// Added to the mean square; nil is the smallest step of the dtype above 1.
  public let epsilon: Double?

  /// A layer that starts with weights of 1.
  public init(_ width: Int, epsilon: Double? = nil, _ initializer: Initializer) throws {
    weight = try initializer.constant([width], 1)
    self.epsilon = epsilon
  }

  /// The names of `torch.nn.RMSNorm`.
  public var members: Members { ["weight": .parameter(weight)] }

  /// (…, width) to the same shape.
  public func callAsFunction(_ x: Tensor) throws -> Tensor { try x.rmsNormalized(weight: weight, epsilon: epsilon) }
}
