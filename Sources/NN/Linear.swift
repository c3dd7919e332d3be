public import Tensors

/// y = x Wᵀ + b over the last dimension, as `torch.nn.Linear`.
public final class Linear: Module {
  /// (output, input)
  public let weight: Tensor
  /// (output)
  public let bias: Tensor?

  /// A layer from `input` to `output` numbers.
  public init(_ input: Int, _ output: Int, bias: Bool = true, _ initializer: Initializer) throws {
    weight = try initializer.kaiming([output, input], inputs: input)
    self.bias = bias ? try initializer.kaiming([output], inputs: input) : nil
  }

  /// The names of `torch.nn.Linear`.
  public var members: Members { ["weight": .parameter(weight), "bias": .parameter(bias)] }

  /// (…, input) to (…, output)
  public func callAsFunction(_ x: Tensor) throws -> Tensor { try x.linear(weight, bias: bias) }
}
