extension Tensor {
  /// A sum of products in Einstein's notation, such as `bqd,bkd->bqk`.
  public static func einsum(_ equation: String, _ tensors: Tensor...) throws -> Tensor {
    try Op.einsum(.string(equation), .tensors(tensors))
  }

  /// scale * this + productScale * a b for batches of matrices, a (batch, n, k) and b (batch, k, m), in one operator.
  public func addingBatchedProduct(
    _ a: Tensor, _ b: Tensor, scale: Double = 1, productScale: Double = 1
  ) throws -> Tensor {
    try Op.baddbmm(.tensor(self), .tensor(a), .tensor(b), .double(scale), .double(productScale))
  }

  /// The elements on and below a diagonal of the last two dimensions, else 0; `diagonal` 1 is one above the main one.
  public func lowerTriangle(diagonal: Int = 0) throws -> Tensor { try Op.tril(.tensor(self), .int(diagonal)) }

  /// The elements on and above a diagonal of the last two dimensions, else 0.
  public func upperTriangle(diagonal: Int = 0) throws -> Tensor { try Op.triu(.tensor(self), .int(diagonal)) }

  private enum Op {
    static let einsum = Operator("aten::einsum")
    static let baddbmm = Operator("aten::baddbmm")
    static let tril = Operator("aten::tril")
    static let triu = Operator("aten::triu")
  }
}
