extension Tensor {
  /// The elements that an int64 tensor (count) names along a dimension.
  public func indexSelected(_ dimension: Int, _ indices: Tensor) throws -> Tensor {
    try Op.indexSelect(.tensor(self), .int(dimension), .tensor(indices))
  }

  /// For each element of an int64 tensor of indices, the element there along a dimension.
  public func gathered(_ dimension: Int, _ indices: Tensor) throws -> Tensor {
    try Op.gather(.tensor(self), .int(dimension), .tensor(indices))
  }

  /// Rows of this table (count, width) by int64 indices of any shape: (…, width). The row `paddingIndex` gets no gradient.
  public func embedding(_ indices: Tensor, paddingIndex: Int? = nil) throws -> Tensor {
    try Op.embedding(.tensor(self), .tensor(indices), .int(paddingIndex ?? -1))
  }

  /// The elements with those of `source` put where an int64 tensor of its shape says along a dimension.
  public func scattered(_ dimension: Int, _ indices: Tensor, _ source: Tensor) throws -> Tensor {
    try Op.scatter(.tensor(self), .int(dimension), .tensor(indices), .tensor(source))
  }

  /// The elements with a number put where an int64 tensor says along a dimension.
  public func scattered(_ dimension: Int, _ indices: Tensor, _ value: Double) throws -> Tensor {
    try Op.scatterValue(.tensor(self), .int(dimension), .tensor(indices), .double(value))
  }

  /// The elements with those of `source` added where an int64 tensor of its shape says along a dimension.
  public func scatterAdded(_ dimension: Int, _ indices: Tensor, _ source: Tensor) throws -> Tensor {
    try Op.scatterAdd(.tensor(self), .int(dimension), .tensor(indices), .tensor(source))
  }

  /// The elements with whole slices of `source` added at the indices (count) along a dimension.
  public func indexAdded(_ dimension: Int, _ indices: Tensor, _ source: Tensor) throws -> Tensor {
    try Op.indexAdd(.tensor(self), .int(dimension), .tensor(indices), .tensor(source))
  }

  /// The elements where a bool tensor of this shape is true, (count).
  public func selected(_ mask: Tensor) throws -> Tensor { try Op.maskedSelect(.tensor(self), .tensor(mask)) }

  /// The places of elements other than 0, int64 (count, rank).
  public func nonzero() throws -> Tensor { try Op.nonzero(.tensor(self)) }

  /// The elements in order along a dimension, with the index each came from (int64).
  public func sorted(_ dimension: Int = -1, descending: Bool = false) throws -> (values: Tensor, indices: Tensor) {
    let both = try Op.sort.tensors(.tensor(self), .int(dimension), .bool(descending))
    return (both[0], both[1])
  }

  /// The indices that put a dimension in order, int64. Equal elements keep their order.
  public func argsort(_ dimension: Int = -1, descending: Bool = false) throws -> Tensor {
    try Op.argsort(.tensor(self), true, .int(dimension), .bool(descending))
  }

  /// The `count` largest elements along a dimension, or the smallest, in order, with the index each came from (int64).
  public func topk(
    _ count: Int, _ dimension: Int = -1, largest: Bool = true
  ) throws -> (values: Tensor, indices: Tensor) {
    let both = try Op.topk.tensors(.tensor(self), .int(count), .int(dimension), .bool(largest))
    return (both[0], both[1])
  }

  private enum Op {
    static let indexSelect = Operator("aten::index_select")
    static let gather = Operator("aten::gather")
    static let embedding = Operator("aten::embedding")
    static let scatter = Operator("aten::scatter", "src")
    static let scatterValue = Operator("aten::scatter", "value")
    static let scatterAdd = Operator("aten::scatter_add")
    static let indexAdd = Operator("aten::index_add")
    static let maskedSelect = Operator("aten::masked_select")
    static let nonzero = Operator("aten::nonzero")
    static let sort = Operator("aten::sort")
    static let argsort = Operator("aten::argsort", "stable")
    static let topk = Operator("aten::topk")
  }
}
