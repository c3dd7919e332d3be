/// y = x Wᵀ + b with the weight in the order in which the processor's library multiplies it fastest.
///
/// Decoding multiplies each weight with a few rows at a time: it is bound by how fast weights come from memory, and a
/// weight that has to be put in order for each call comes twice. Where LibTorch has no packed product for the weight's
/// device and dtype, the plain weight is kept and multiplied as ever.
public struct PackedLinear {
  private let weight: Tensor
  private let bias: Tensor?
  private let isPacked: Bool

  /// Packs a weight (output, input) with a bias (output); the plain weight is not kept.
  ///
  /// - Parameter rows: how many rows inputs will have, about; others work too
  public init(_ weight: Tensor, bias: Tensor? = nil, rows: Int) throws {
    let fits = weight.dtype == .float32 || (weight.dtype == .bfloat16 && Runtime.cpuHasBFloat16)
    isPacked = fits && weight.device.kind == .cpu && Op.pack.isAvailable && Op.linear.isAvailable
    self.bias = bias
    self.weight = isPacked ? try Op.pack(.tensor(weight), .int(rows)) : weight
  }

  /// (…, input) to (…, output). Gradients are not recorded.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    guard isPacked else { return try x.linear(weight, bias: bias) }
    return try Op.linear(.tensor(x), .tensor(weight), .tensor(bias), .string("none"), .doubles([]), .string(""))
  }

  private enum Op {
    static let pack = Operator("mkldnn::_reorder_linear_weight")
    static let linear = Operator("mkldnn::_linear_pointwise")
  }
}
