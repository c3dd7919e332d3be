import CTorch

/// The type of a tensor's elements.
public enum DType: String, CaseIterable, Codable, Sendable {
  case uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128, bool, bfloat16

  var code: CTDType {
    switch self {
    case .uint8: CTDTypeUInt8
    case .int8: CTDTypeInt8
    case .int16: CTDTypeInt16
    case .int32: CTDTypeInt32
    case .int64: CTDTypeInt64
    case .float16: CTDTypeFloat16
    case .float32: CTDTypeFloat32
    case .float64: CTDTypeFloat64
    case .complex64: CTDTypeComplex64
    case .complex128: CTDTypeComplex128
    case .bool: CTDTypeBool
    case .bfloat16: CTDTypeBFloat16
    }
  }

  init?(code: Int8) {
    guard let match = Self.allCases.first(where: { $0.code.rawValue == code }) else { return nil }
    self = match
  }

  /// Bytes that one element takes.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64, .complex64: 8
    case .complex128: 16
    }
  }

  /// Whether elements are real numbers with a fraction; only such tensors have gradients.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .float32, .float64, .bfloat16: true
    default: false
    }
  }
}

/// A Swift type that is stored in memory exactly as elements of one `DType` are.
public protocol TensorScalar: BitwiseCopyable, Sendable {
  /// The dtype of a tensor of such elements.
  static var dtype: DType { get }
}

extension Float: TensorScalar {
  /// float32
  public static var dtype: DType { .float32 }
}
extension Double: TensorScalar {
  /// float64
  public static var dtype: DType { .float64 }
}
extension Int64: TensorScalar {
  /// int64
  public static var dtype: DType { .int64 }
}
extension Int: TensorScalar {
  /// int64
  public static var dtype: DType { .int64 }
}
extension Int32: TensorScalar {
  /// int32
  public static var dtype: DType { .int32 }
}
extension Int16: TensorScalar {
  /// int16
  public static var dtype: DType { .int16 }
}
extension UInt8: TensorScalar {
  /// uint8
  public static var dtype: DType { .uint8 }
}
extension Bool: TensorScalar {
  /// bool
  public static var dtype: DType { .bool }
}
