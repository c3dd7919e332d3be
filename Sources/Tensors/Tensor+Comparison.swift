/// Comparisons element by element, written as Swift writes them for SIMD vectors. All give bool and broadcast.
extension Tensor {
  /// Where elements are below those of another tensor.
  public static func .< (a: Tensor, b: Tensor) throws -> Tensor { try Op.lt(.tensor(a), .tensor(b)) }
  /// Where elements are at most those of another tensor.
  public static func .<= (a: Tensor, b: Tensor) throws -> Tensor { try Op.le(.tensor(a), .tensor(b)) }
  /// Where elements are above those of another tensor.
  public static func .> (a: Tensor, b: Tensor) throws -> Tensor { try Op.gt(.tensor(a), .tensor(b)) }
  /// Where elements are at least those of another tensor.
  public static func .>= (a: Tensor, b: Tensor) throws -> Tensor { try Op.ge(.tensor(a), .tensor(b)) }
  /// Where elements equal those of another tensor.
  public static func .== (a: Tensor, b: Tensor) throws -> Tensor { try Op.eq(.tensor(a), .tensor(b)) }
  /// Where elements differ from those of another tensor.
  public static func .!= (a: Tensor, b: Tensor) throws -> Tensor { try Op.ne(.tensor(a), .tensor(b)) }

  /// Where elements are below a number.
  public static func .< (a: Tensor, b: Double) throws -> Tensor { try Op.ltScalar(.tensor(a), .double(b)) }
  /// Where elements are at most a number.
  public static func .<= (a: Tensor, b: Double) throws -> Tensor { try Op.leScalar(.tensor(a), .double(b)) }
  /// Where elements are above a number.
  public static func .> (a: Tensor, b: Double) throws -> Tensor { try Op.gtScalar(.tensor(a), .double(b)) }
  /// Where elements are at least a number.
  public static func .>= (a: Tensor, b: Double) throws -> Tensor { try Op.geScalar(.tensor(a), .double(b)) }
  /// Where elements equal a number.
  public static func .== (a: Tensor, b: Double) throws -> Tensor { try Op.eqScalar(.tensor(a), .double(b)) }
  /// Where elements differ from a number.
  public static func .!= (a: Tensor, b: Double) throws -> Tensor { try Op.neScalar(.tensor(a), .double(b)) }

  /// Where two conditions hold; a number other than 0 counts as true.
  public func logicalAnd(_ other: Tensor) throws -> Tensor { try Op.and(.tensor(self), .tensor(other)) }
  /// Where at least one of two conditions holds.
  public func logicalOr(_ other: Tensor) throws -> Tensor { try Op.or(.tensor(self), .tensor(other)) }
  /// Where exactly one of two conditions holds.
  public func logicalXor(_ other: Tensor) throws -> Tensor { try Op.xor(.tensor(self), .tensor(other)) }
  /// Where a condition does not hold.
  public func logicalNot() throws -> Tensor { try Op.not(.tensor(self)) }

  /// Whether a condition holds everywhere, bool (); true for no elements.
  public func all() throws -> Tensor { try Op.all(.tensor(self)) }
  /// Whether a condition holds anywhere, bool (); false for no elements.
  public func any() throws -> Tensor { try Op.any(.tensor(self)) }
  /// Whether a condition holds everywhere along a dimension.
  public func all(_ dimension: Int, keepDimensions: Bool = false) throws -> Tensor {
    try Op.allAlong(.tensor(self), .int(dimension), .bool(keepDimensions))
  }
  /// Whether a condition holds anywhere along a dimension.
  public func any(_ dimension: Int, keepDimensions: Bool = false) throws -> Tensor {
    try Op.anyAlong(.tensor(self), .int(dimension), .bool(keepDimensions))
  }

  /// Where elements are not a number.
  public func isNaN() throws -> Tensor { try Op.isnan(.tensor(self)) }

  /// Whether every element is neither infinite nor NaN.
  public func isFinite() throws -> Bool { try Op.isfinite(.tensor(self)).all().item(of: Bool.self) }

  /// Whether both tensors have the same shape, dtype and elements.
  public func equals(_ other: Tensor) throws -> Bool {
    guard shape == other.shape, dtype == other.dtype else { return false }
    return try (self .== other).all().item(of: Bool.self)
  }

  private enum Op {
    static let lt = Operator("aten::lt", "Tensor")
    static let le = Operator("aten::le", "Tensor")
    static let gt = Operator("aten::gt", "Tensor")
    static let ge = Operator("aten::ge", "Tensor")
    static let eq = Operator("aten::eq", "Tensor")
    static let ne = Operator("aten::ne", "Tensor")
    static let ltScalar = Operator("aten::lt", "Scalar")
    static let leScalar = Operator("aten::le", "Scalar")
    static let gtScalar = Operator("aten::gt", "Scalar")
    static let geScalar = Operator("aten::ge", "Scalar")
    static let eqScalar = Operator("aten::eq", "Scalar")
    static let neScalar = Operator("aten::ne", "Scalar")
    static let and = Operator("aten::logical_and")
    static let or = Operator("aten::logical_or")
    static let xor = Operator("aten::logical_xor")
    static let not = Operator("aten::logical_not")
    static let all = Operator("aten::all")
    static let any = Operator("aten::any")
    static let allAlong = Operator("aten::all", "dim")
    static let anyAlong = Operator("aten::any", "dim")
    static let isnan = Operator("aten::isnan")
    static let isfinite = Operator("aten::isfinite")
  }
}
