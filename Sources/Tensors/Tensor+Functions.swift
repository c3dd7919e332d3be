extension Tensor {
  /// The matrix product, batched and broadcasting as NumPy's `matmul`.
  public func matmul(_ other: Tensor) throws -> Tensor { try Op.matmul(.tensor(self), .tensor(other)) }

  /// x Wᵀ + b for a weight (output, input) and a bias (output).
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    try Op.linear(.tensor(self), .tensor(weight), .tensor(bias))
  }

  /// Scaled dot-product attention of this query (batch, heads, queries, width).
  ///
  /// - Parameters:
  ///   - key: (batch, heads, keys, width)
  ///   - value: (batch, heads, keys, width)
  ///   - mask: bool, broadcasting to (batch, heads, queries, keys); false hides a key. Each query must see at least one.
  ///   - scale: what products are multiplied by; nil is 1 / sqrt(width).
  public func attended(
    key: Tensor, value: Tensor, mask: Tensor? = nil, dropout: Double = 0, isCausal: Bool = false, scale: Double? = nil
  ) throws -> Tensor {
    try Op.attention(
      .tensor(self), .tensor(key), .tensor(value), .tensor(mask), .double(dropout), .bool(isCausal), .double(scale))
  }

  private enum Op {
    static let matmul = Operator("aten::matmul")
    static let linear = Operator("aten::linear")
    static let attention = Operator("aten::scaled_dot_product_attention")
  }
}
