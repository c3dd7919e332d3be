extension Tensor {
  /// The sum of all elements, ().
  public func sum() throws -> Tensor { try Op.sumAll(.tensor(self)) }

  /// The mean of all elements, ().
  public func mean() throws -> Tensor { try Op.meanAll(.tensor(self)) }

  /// Sums along dimensions.
  public func sum(_ dimensions: Int..., keepDimensions: Bool = false) throws -> Tensor {
    try Op.sum(.tensor(self), .ints(dimensions), .bool(keepDimensions))
  }

  /// Means along dimensions.
  public func mean(_ dimensions: Int..., keepDimensions: Bool = false) throws -> Tensor {
    try Op.mean(.tensor(self), .ints(dimensions), .bool(keepDimensions))
  }

  /// Variances along dimensions; `correction` 1 divides by n - 1, 0 by n.
  public func variance(_ dimensions: Int..., correction: Int = 1, keepDimensions: Bool = false) throws -> Tensor {
    try Op.variance(.tensor(self), .ints(dimensions), .int(correction), .bool(keepDimensions))
  }

  /// Standard deviations along dimensions; `correction` 1 divides by n - 1, 0 by n.
  public func standardDeviation(
    _ dimensions: Int..., correction: Int = 1, keepDimensions: Bool = false
  ) throws -> Tensor {
    try Op.deviation(.tensor(self), .ints(dimensions), .int(correction), .bool(keepDimensions))
  }

  /// log(sum(eˣ)) along dimensions, without overflow.
  public func logSumExp(_ dimensions: Int..., keepDimensions: Bool = false) throws -> Tensor {
    try Op.logSumExp(.tensor(self), .ints(dimensions), .bool(keepDimensions))
  }

  /// The product along a dimension.
  public func product(_ dimension: Int, keepDimensions: Bool = false) throws -> Tensor {
    try Op.product(.tensor(self), .int(dimension), .bool(keepDimensions))
  }

  /// The largest element, ().
  public func max() throws -> Tensor { try Op.maxAll(.tensor(self)) }

  /// The smallest element, ().
  public func min() throws -> Tensor { try Op.minAll(.tensor(self)) }

  /// The largest elements along dimensions.
  public func max(_ dimensions: Int..., keepDimensions: Bool = false) throws -> Tensor {
    try Op.amax(.tensor(self), .ints(dimensions), .bool(keepDimensions))
  }

  /// The smallest elements along dimensions.
  public func min(_ dimensions: Int..., keepDimensions: Bool = false) throws -> Tensor {
    try Op.amin(.tensor(self), .ints(dimensions), .bool(keepDimensions))
  }

  /// The index of the largest element along a dimension, int64.
  public func argmax(_ dimension: Int) throws -> Tensor { try Op.argmax(.tensor(self), .int(dimension)) }

  /// The index of the smallest element along a dimension, int64.
  public func argmin(_ dimension: Int) throws -> Tensor { try Op.argmin(.tensor(self), .int(dimension)) }

  /// Norms along dimensions: (sum |x|^order)^(1/order), Euclidean by default.
  public func norm(_ dimensions: Int..., order: Double = 2, keepDimensions: Bool = false) throws -> Tensor {
    try Op.norm(.tensor(self), .double(order), .ints(dimensions), .bool(keepDimensions))
  }

  /// The Euclidean norm of all elements, ().
  public func norm() throws -> Tensor { try Op.norm(.tensor(self)) }

  /// Sums up to each element along a dimension.
  public func cumulativeSum(_ dimension: Int) throws -> Tensor { try Op.cumsum(.tensor(self), .int(dimension)) }

  private enum Op {
    static let sumAll = Operator("aten::sum")
    static let meanAll = Operator("aten::mean")
    static let sum = Operator("aten::sum", "dim_IntList")
    static let mean = Operator("aten::mean", "dim")
    static let variance = Operator("aten::var", "correction")
    static let deviation = Operator("aten::std", "correction")
    static let logSumExp = Operator("aten::logsumexp")
    static let product = Operator("aten::prod", "dim_int")
    static let maxAll = Operator("aten::max")
    static let minAll = Operator("aten::min")
    static let amax = Operator("aten::amax")
    static let amin = Operator("aten::amin")
    static let argmax = Operator("aten::argmax")
    static let argmin = Operator("aten::argmin")
    static let norm = Operator("aten::linalg_vector_norm")
    static let cumsum = Operator("aten::cumsum")
  }
}
