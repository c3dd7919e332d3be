extension Tensor {
  /// Element by element, broadcasting.
  public static func + (a: Tensor, b: Tensor) throws -> Tensor { try Op.add(.tensor(a), .tensor(b)) }
  /// Element by element, broadcasting.
  public static func - (a: Tensor, b: Tensor) throws -> Tensor { try Op.sub(.tensor(a), .tensor(b)) }
  /// Element by element, broadcasting.
  public static func * (a: Tensor, b: Tensor) throws -> Tensor { try Op.mul(.tensor(a), .tensor(b)) }
  /// Element by element, broadcasting.
  public static func / (a: Tensor, b: Tensor) throws -> Tensor { try Op.div(.tensor(a), .tensor(b)) }

  /// Adds a number to each element.
  public static func + (a: Tensor, b: Double) throws -> Tensor { try Op.addScalar(.tensor(a), .double(b)) }
  /// Subtracts a number from each element.
  public static func - (a: Tensor, b: Double) throws -> Tensor { try Op.subScalar(.tensor(a), .double(b)) }
  /// Multiplies each element by a number.
  public static func * (a: Tensor, b: Double) throws -> Tensor { try Op.mulScalar(.tensor(a), .double(b)) }
  /// Divides each element by a number.
  public static func / (a: Tensor, b: Double) throws -> Tensor { try Op.divScalar(.tensor(a), .double(b)) }
  /// Adds each element to a number.
  public static func + (a: Double, b: Tensor) throws -> Tensor { try b + a }
  /// Subtracts each element from a number.
  public static func - (a: Double, b: Tensor) throws -> Tensor { try Op.rsub(.tensor(b), .double(a)) }
  /// Multiplies a number by each element.
  public static func * (a: Double, b: Tensor) throws -> Tensor { try b * a }
  /// Each element with its sign changed.
  public static prefix func - (a: Tensor) throws -> Tensor { try Op.neg(.tensor(a)) }

  /// Adds `scale` times another tensor to this one's elements.
  @discardableResult
  public func addInPlace(_ other: Tensor, scale: Double = 1) throws -> Tensor {
    try Op.addInPlace(.tensor(self), .tensor(other), .double(scale))
  }

  /// Multiplies the elements by a number.
  @discardableResult
  public func multiplyInPlace(_ factor: Double) throws -> Tensor {
    try Op.mulScalarInPlace(.tensor(self), .double(factor))
  }

  /// e to each element.
  public func exp() throws -> Tensor { try Op.exp(.tensor(self)) }
  /// The natural logarithm of each element.
  public func log() throws -> Tensor { try Op.log(.tensor(self)) }
  /// The logarithm to base 10 of each element.
  public func log10() throws -> Tensor { try Op.log10(.tensor(self)) }
  /// The square root of each element.
  public func sqrt() throws -> Tensor { try Op.sqrt(.tensor(self)) }
  /// Each element to a power.
  public func pow(_ exponent: Double) throws -> Tensor { try Op.pow(.tensor(self), .double(exponent)) }
  /// The magnitude of each element, real also for complex ones.
  public func abs() throws -> Tensor { try Op.abs(.tensor(self)) }

  /// The elements kept within bounds.
  public func clamped(min: Double? = nil, max: Double? = nil) throws -> Tensor {
    try Op.clamp(.tensor(self), .double(min), .double(max))
  }

  /// The larger of each two elements, broadcasting.
  public func maximum(_ other: Tensor) throws -> Tensor { try Op.maximum(.tensor(self), .tensor(other)) }

  /// Where elements are below a bound, bool.
  public func isLess(than other: Tensor) throws -> Tensor { try Op.less(.tensor(self), .tensor(other)) }

  /// Where elements equal a number, bool.
  public func isEqual(to number: Double) throws -> Tensor { try Op.equal(.tensor(self), .double(number)) }

  /// Where a condition is false, bool.
  public func logicalNot() throws -> Tensor { try Op.not(.tensor(self)) }

  /// Where elements are not a number, bool.
  public func isNaN() throws -> Tensor { try Op.isnan(.tensor(self)) }

  /// Whether both tensors have the same shape and elements.
  public func equals(_ other: Tensor) throws -> Bool {
    guard shape == other.shape, dtype == other.dtype else { return false }
    return try Op.sameElements(.tensor(self), .tensor(other)).all().item(of: Bool.self)
  }

  /// Whether all elements of a bool tensor are true, bool ().
  func all() throws -> Tensor { try Op.all(.tensor(self)) }

  /// Whether every element is neither infinite nor NaN.
  public func isFinite() throws -> Bool { try Op.isfinite(.tensor(self)).all().item(of: Bool.self) }

  /// The elements, with a number where `mask` (bool, broadcasting) is true.
  public func masked(where mask: Tensor, with value: Double) throws -> Tensor {
    try Op.maskedFill(.tensor(self), .tensor(mask), .double(value))
  }

  /// Elements of this tensor where `condition` (bool, broadcasting) is true, else of another.
  public func selected(where condition: Tensor, else other: Tensor) throws -> Tensor {
    try Op.whereTensor(.tensor(condition), .tensor(self), .tensor(other))
  }

  private enum Op {
    static let add = Operator("aten::add", "Tensor")
    static let sub = Operator("aten::sub", "Tensor")
    static let mul = Operator("aten::mul", "Tensor")
    static let div = Operator("aten::div", "Tensor")
    static let addScalar = Operator("aten::add", "Scalar")
    static let subScalar = Operator("aten::sub", "Scalar")
    static let mulScalar = Operator("aten::mul", "Scalar")
    static let divScalar = Operator("aten::div", "Scalar")
    static let rsub = Operator("aten::rsub", "Scalar")
    static let neg = Operator("aten::neg")
    static let addInPlace = Operator("aten::add_", "Tensor")
    static let mulScalarInPlace = Operator("aten::mul_", "Scalar")
    static let exp = Operator("aten::exp")
    static let log = Operator("aten::log")
    static let log10 = Operator("aten::log10")
    static let sqrt = Operator("aten::sqrt")
    static let pow = Operator("aten::pow", "Tensor_Scalar")
    static let abs = Operator("aten::abs")
    static let clamp = Operator("aten::clamp")
    static let maximum = Operator("aten::maximum")
    static let less = Operator("aten::lt", "Tensor")
    static let equal = Operator("aten::eq", "Scalar")
    static let sameElements = Operator("aten::eq", "Tensor")
    static let not = Operator("aten::logical_not")
    static let all = Operator("aten::all")
    static let isnan = Operator("aten::isnan")
    static let isfinite = Operator("aten::isfinite")
    static let maskedFill = Operator("aten::masked_fill", "Scalar")
    static let whereTensor = Operator("aten::where", "self")
  }
}
