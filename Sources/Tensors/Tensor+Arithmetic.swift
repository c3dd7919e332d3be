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
  /// 1 over the square root of each element.
  public func rsqrt() throws -> Tensor { try Op.rsqrt(.tensor(self)) }
  /// The sine of each element, in radians.
  public func sin() throws -> Tensor { try Op.sin(.tensor(self)) }
  /// The cosine of each element, in radians.
  public func cos() throws -> Tensor { try Op.cos(.tensor(self)) }
  /// The largest integer that is not above each element.
  public func floor() throws -> Tensor { try Op.floor(.tensor(self)) }
  /// The nearest integer to each element, the even one of two as near.
  public func round() throws -> Tensor { try Op.round(.tensor(self)) }
  /// -1, 0 or 1 as each element is negative, 0 or positive.
  public func sign() throws -> Tensor { try Op.sign(.tensor(self)) }
  /// Each element to a power.
  public func pow(_ exponent: Double) throws -> Tensor { try Op.pow(.tensor(self), .double(exponent)) }
  /// Each element to the power in the same place, broadcasting.
  public func pow(_ exponents: Tensor) throws -> Tensor { try Op.powTensor(.tensor(self), .tensor(exponents)) }
  /// The magnitude of each element, real also for complex ones.
  public func abs() throws -> Tensor { try Op.abs(.tensor(self)) }

  /// The elements kept within bounds.
  public func clamped(min: Double? = nil, max: Double? = nil) throws -> Tensor {
    try Op.clamp(.tensor(self), .double(min), .double(max))
  }

  /// The larger of each two elements, broadcasting.
  public func maximum(_ other: Tensor) throws -> Tensor { try Op.maximum(.tensor(self), .tensor(other)) }

  /// The smaller of each two elements, broadcasting.
  public func minimum(_ other: Tensor) throws -> Tensor { try Op.minimum(.tensor(self), .tensor(other)) }

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
    static let rsqrt = Operator("aten::rsqrt")
    static let sin = Operator("aten::sin")
    static let cos = Operator("aten::cos")
    static let floor = Operator("aten::floor")
    static let round = Operator("aten::round")
    static let sign = Operator("aten::sign")
    static let pow = Operator("aten::pow", "Tensor_Scalar")
    static let powTensor = Operator("aten::pow", "Tensor_Tensor")
    static let abs = Operator("aten::abs")
    static let clamp = Operator("aten::clamp")
    static let maximum = Operator("aten::maximum")
    static let minimum = Operator("aten::minimum")
    static let maskedFill = Operator("aten::masked_fill", "Scalar")
    static let whereTensor = Operator("aten::where", "self")
  }
}
