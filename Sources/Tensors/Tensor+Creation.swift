extension Tensor {
  /// A tensor of zeros.
  public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try Op.zeros(.ints(shape), .dtype(dtype), nil, .device(device))
  }

  /// A tensor of ones.
  public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try Op.ones(.ints(shape), .dtype(dtype), nil, .device(device))
  }

  /// A tensor whose elements are whatever the memory held.
  public static func empty(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try Op.empty(.ints(shape), .dtype(dtype), nil, .device(device))
  }

  /// A tensor of one value.
  public static func full(
    _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu
  ) throws
    -> Tensor
  {
    try Op.full(.ints(shape), .double(value), .dtype(dtype), nil, .device(device))
  }

  /// The integers from `start` up to, not including, `end`: int64 (end - start).
  public static func arange(_ start: Int = 0, _ end: Int, device: Device = .cpu) throws -> Tensor {
    try Op.arange(.int(start), .int(end), .dtype(.int64), nil, .device(device))
  }

  /// The numbers from `start` up to, not including, `end`, `step` apart; float32 unless said otherwise.
  public static func arange(
    _ start: Double, _ end: Double, step: Double, dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try Op.arangeStep(.double(start), .double(end), .double(step), .dtype(dtype), nil, .device(device))
  }

  /// `count` numbers from `start` to `end`, both included, equally far apart.
  public static func linspace(
    _ start: Double, _ end: Double, count: Int, dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try Op.linspace(.double(start), .double(end), .int(count), .dtype(dtype), nil, .device(device))
  }

  /// The identity matrix, (size, size).
  public static func eye(_ size: Int, dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try Op.eye(.int(size), .dtype(dtype), nil, .device(device))
  }

  /// Ones of this tensor's shape, dtype and device.
  public func onesLike() throws -> Tensor { try Op.onesLike(.tensor(self)) }

  /// One value in this tensor's shape, dtype and device.
  public func fullLike(_ value: Double) throws -> Tensor { try Op.fullLike(.tensor(self), .double(value)) }

  /// Zeros of this tensor's shape, dtype and device.
  public func zerosLike() throws -> Tensor { try Op.zerosLike(.tensor(self)) }

  /// Uninitialised memory of this tensor's shape, dtype and device.
  public func emptyLike() throws -> Tensor { try Op.emptyLike(.tensor(self)) }

  /// Overwrites the elements with one value.
  @discardableResult
  public func fillInPlace(_ value: Double) throws -> Tensor { try Op.fill(.tensor(self), .double(value)) }

  private enum Op {
    static let zeros = Operator("aten::zeros")
    static let ones = Operator("aten::ones")
    static let empty = Operator("aten::empty", "memory_format")
    static let full = Operator("aten::full")
    static let arange = Operator("aten::arange", "start")
    static let arangeStep = Operator("aten::arange", "start_step")
    static let linspace = Operator("aten::linspace")
    static let eye = Operator("aten::eye")
    static let onesLike = Operator("aten::ones_like")
    static let fullLike = Operator("aten::full_like")
    static let zerosLike = Operator("aten::zeros_like")
    static let emptyLike = Operator("aten::empty_like")
    static let fill = Operator("aten::fill_", "Scalar")
  }
}
