import CTorch

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

  /// Zeros of this tensor's shape, dtype and device.
  public func zerosLike() throws -> Tensor { try Op.zerosLike(.tensor(self)) }

  /// Uninitialised memory of this tensor's shape, dtype and device.
  public func emptyLike() throws -> Tensor { try Op.emptyLike(.tensor(self)) }

  /// Normally distributed numbers of mean 0 and variance 1.
  public static func randn(_ shape: [Int], dtype: DType = .float32, generator: Generator) throws -> Tensor {
    try Op.randn(.ints(shape), .generator(generator), .dtype(dtype), nil, .device(generator.device))
  }

  /// Uniformly distributed numbers in [0, 1).
  public static func rand(_ shape: [Int], dtype: DType = .float32, generator: Generator) throws -> Tensor {
    try Op.rand(.ints(shape), .generator(generator), .dtype(dtype), nil, .device(generator.device))
  }

  /// A random order of 0..<count, int64 (count).
  public static func randomPermutation(_ count: Int, generator: Generator) throws -> Tensor {
    try Op.randperm(.int(count), .generator(generator), .dtype(.int64), nil, .device(generator.device))
  }

  /// Overwrites the elements with numbers drawn uniformly from [low, high).
  @discardableResult
  public func fillUniformInPlace(_ low: Double, _ high: Double, generator: Generator) throws -> Tensor {
    try Op.uniform(.tensor(self), .double(low), .double(high), .generator(generator))
  }

  /// Overwrites the elements with normally distributed numbers.
  @discardableResult
  public func fillNormalInPlace(mean: Double = 0, deviation: Double = 1, generator: Generator) throws -> Tensor {
    try Op.normal(.tensor(self), .double(mean), .double(deviation), .generator(generator))
  }

  /// True with a probability, to the nearest 1/65536, else false.
  ///
  /// Four elements are made of each 64 random bits: on a CPU, where the generator is serial, several times as fast as
  /// drawing one number for each.
  public static func bernoulliMask(_ shape: [Int], probability: Double, generator: Generator) throws -> Tensor {
    let count = shape.reduce(1, *)
    let words = try Tensor.empty([(count + 3) / 4], dtype: .int64, device: generator.device)
    _ = try Op.randomBits(.tensor(words), .int(Int.min), .none, .generator(generator))
    let draws = try Op.viewDType(.tensor(words), .dtype(.int16)).narrowed(0, start: 0, length: count)
    // Draws are uniform in -32768...32767; one more than the largest would not fit the dtype.
    let bound = (probability * 65536).rounded() - 32768
    return try Op.lessEqual(.tensor(draws), .double(bound - 1)).reshaped(shape)
  }

  /// Overwrites the elements with one value.
  @discardableResult
  public func fillInPlace(_ value: Double) throws -> Tensor { try Op.fill(.tensor(self), .double(value)) }

  private enum Op {
    static let zeros = Operator("aten::zeros")
    static let ones = Operator("aten::ones")
    static let empty = Operator("aten::empty", "memory_format")
    static let full = Operator("aten::full")
    static let arange = Operator("aten::arange", "start")
    static let zerosLike = Operator("aten::zeros_like")
    static let emptyLike = Operator("aten::empty_like")
    static let randn = Operator("aten::randn", "generator")
    static let rand = Operator("aten::rand", "generator")
    static let randperm = Operator("aten::randperm", "generator")
    static let uniform = Operator("aten::uniform_")
    static let normal = Operator("aten::normal_")
    static let randomBits = Operator("aten::random_", "from")
    static let viewDType = Operator("aten::view", "dtype")
    static let lessEqual = Operator("aten::le", "Scalar")
    static let fill = Operator("aten::fill_", "Scalar")
  }
}
