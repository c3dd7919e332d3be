public import Tensors

/// Layer normalisation over the last dimension (Ba et al. 2016), as `torch.nn.LayerNorm`.
public final class LayerNorm: Module {
  /// (width)
  public let weight: Tensor
  /// (width)
  public let bias: Tensor?
  /// Added to the variance.
  public let epsilon: Double

  /// A layer that starts as plain standardisation.
  public init(_ width: Int, epsilon: Double = 1e-5, bias: Bool = true, _ initializer: Initializer) throws {
    weight = try initializer.constant([width], 1)
    self.bias = bias ? try initializer.constant([width], 0) : nil
    self.epsilon = epsilon
  }

  /// The names of `torch.nn.LayerNorm`.
  public var members: Members { ["weight": .parameter(weight), "bias": .parameter(bias)] }

  /// (…, width) to the same shape.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.layerNormalized(weight: weight, bias: bias, epsilon: epsilon)
  }
}
