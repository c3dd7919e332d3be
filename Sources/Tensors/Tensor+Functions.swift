extension Tensor {
  /// The matrix product, batched and broadcasting as NumPy's `matmul`.
  public func matmul(_ other: Tensor) throws -> Tensor { try Op.matmul(.tensor(self), .tensor(other)) }

  /// x Wᵀ + b for a weight (output, input) and a bias (output).
  public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
    try Op.linear(.tensor(self), .tensor(weight), .tensor(bias))
  }

  /// max(x, 0)
  public func relu() throws -> Tensor { try Op.relu(.tensor(self)) }

  /// x Φ(x) with the exact error function (Hendrycks and Gimpel 2016).
  public func gelu() throws -> Tensor { try Op.gelu(.tensor(self)) }

  /// 1 / (1 + e⁻ˣ)
  public func sigmoid() throws -> Tensor { try Op.sigmoid(.tensor(self)) }

  /// The hyperbolic tangent.
  public func tanh() throws -> Tensor { try Op.tanh(.tensor(self)) }

  /// Probabilities along a dimension.
  public func softmax(_ dimension: Int) throws -> Tensor { try Op.softmax(.tensor(self), .int(dimension)) }

  /// Logarithms of probabilities along a dimension.
  public func logSoftmax(_ dimension: Int) throws -> Tensor { try Op.logSoftmax(.tensor(self), .int(dimension)) }

  /// Layer normalisation over the last dimension (Ba et al. 2016).
  public func layerNormalized(weight: Tensor?, bias: Tensor?, epsilon: Double) throws -> Tensor {
    try Op.layerNorm(.tensor(self), .ints([size(-1)]), .tensor(weight), .tensor(bias), .double(epsilon))
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

  /// The elements that an int64 tensor (count) names along a dimension.
  public func indexSelected(_ dimension: Int, _ indices: Tensor) throws -> Tensor {
    try Op.indexSelect(.tensor(self), .int(dimension), .tensor(indices))
  }

  /// For each element of an int64 tensor of indices, the element there along a dimension.
  public func gathered(_ dimension: Int, _ indices: Tensor) throws -> Tensor {
    try Op.gather(.tensor(self), .int(dimension), .tensor(indices))
  }

  /// The elements in order along a dimension, with the index each came from (int64).
  public func sorted(_ dimension: Int = -1, descending: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    let both = try Op.sort.tensors(.tensor(self), .int(dimension), .bool(descending))
    return (both[0], both[1])
  }

  /// The discrete Fourier transform of a real signal along the last dimension, of which `length` samples are used:
  /// complex (…, length / 2 + 1).
  public func realFourier(length: Int? = nil) throws -> Tensor { try Op.rfft(.tensor(self), .int(length)) }

  /// The real signal of `length` samples that a half spectrum belongs to.
  public func inverseRealFourier(length: Int) throws -> Tensor { try Op.irfft(.tensor(self), .int(length)) }

  private enum Op {
    static let matmul = Operator("aten::matmul")
    static let linear = Operator("aten::linear")
    static let relu = Operator("aten::relu")
    static let gelu = Operator("aten::gelu")
    static let sigmoid = Operator("aten::sigmoid")
    static let tanh = Operator("aten::tanh")
    static let softmax = Operator("aten::softmax", "int")
    static let logSoftmax = Operator("aten::log_softmax", "int")
    static let layerNorm = Operator("aten::layer_norm")
    static let attention = Operator("aten::scaled_dot_product_attention")
    static let indexSelect = Operator("aten::index_select")
    static let gather = Operator("aten::gather")
    static let sort = Operator("aten::sort")
    static let rfft = Operator("aten::fft_rfft")
    static let irfft = Operator("aten::fft_irfft")
  }
}
