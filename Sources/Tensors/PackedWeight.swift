/// The weight of a linear layer that will not change again, laid out as the processor's matrix kernels read it (oneDNN), so
/// that they need not do it at each call. What follows the product is done while it is in the cache.
///
/// There are such kernels for float32 and bfloat16 on x86-64; elsewhere none can be made, and `Tensor.linear` serves.
public final class PackedWeight {
  /// What is done to each number of the product.
  public enum Activation: Sendable {
    /// Nothing.
    case identity
    /// The Gaussian error linear unit; `byTanh` is its approximation.
    case gelu(byTanh: Bool)
    /// The positive part.
    case relu
  }

  private let packed: Tensor
  /// Input and output numbers of the layer.
  private let sizes: (input: Int, output: Int)

  /// Lays out a weight (output, input); nil where LibTorch has no kernels for its dtype, device and this processor.
  ///
  /// - Parameter rows: about how many rows the products will have
  public init?(_ weight: Tensor, rows: Int) throws {
    guard Self.isAvailable, weight.rank == 2, weight.device == .cpu,
      weight.dtype == .float32 || (weight.dtype == .bfloat16 && Runtime.cpuHasBFloat16)
    else { return nil }
    sizes = (weight.size(1), weight.size(0))
    packed = try Op.reorder(.tensor(weight.detached()), .int(rows))
  }

  /// x Wᵀ + b for this tensor (rows, input), then the activation: (rows, output).
  public func linear(_ x: Tensor, bias: Tensor?, activation: Activation = .identity) throws -> Tensor {
    try checkWidth(of: x)
    let (name, algorithm): (String, String) =
      switch activation {
      case .identity: ("none", "")
      case .gelu(let byTanh): ("gelu", byTanh ? "tanh" : "none")
      case .relu: ("relu", "")
      }
    return try Op.linear(
      .tensor(x), .tensor(packed), .tensor(bias), .string(name), .doubles([]), .string(algorithm))
  }

  /// x Wᵀ + b + `other` for x (rows, input) and `other` (rows, output) of the same dtype.
  public func linear(_ x: Tensor, bias: Tensor?, adding other: Tensor) throws -> Tensor {
    try checkWidth(of: x)
    guard other.shape == [x.size(0), sizes.output] else {
      throw TensorError(
        operation: "a linear layer", arguments: [x.description, other.description],
        message: "(\(x.size(0)), \(sizes.output)) is expected of what is added")
    }
    return try Op.linearAdding(.tensor(x), .tensor(other), .tensor(packed), .tensor(bias), .string("add"))
  }

  private func checkWidth(of x: Tensor) throws {
    guard x.rank == 2, x.size(1) == sizes.input else {
      throw TensorError(
        operation: "a linear layer", arguments: [x.description], message: "(rows, \(sizes.input)) is expected")
    }
  }

  /// Whether LibTorch was built with the kernels, on a processor that they are written for.
  private static let isAvailable: Bool = {
    #if arch(x86_64)
      return Op.reorder.isAvailable && Op.linear.isAvailable && Op.linearAdding.isAvailable
    #else
      return false
    #endif
  }()

  private enum Op {
    static let reorder = Operator("mkldnn::_reorder_linear_weight")
    static let linear = Operator("mkldnn::_linear_pointwise")
    static let linearAdding = Operator("mkldnn::_linear_pointwise", "binary")
  }
}
