extension Tensor {
  /// Normally distributed numbers of mean 0 and variance 1.
  public static func randn(_ shape: [Int], dtype: DType = .float32, generator: Generator) throws -> Tensor {
    try Op.randn(.ints(shape), .generator(generator), .dtype(dtype), nil, .device(generator.device))
  }

  /// Uniformly distributed numbers in [0, 1).
  public static func rand(_ shape: [Int], dtype: DType = .float32, generator: Generator) throws -> Tensor {
    try Op.rand(.ints(shape), .generator(generator), .dtype(dtype), nil, .device(generator.device))
  }

  /// Uniformly distributed integers of a range that is not empty, int64.
  public static func randint(_ range: Range<Int>, _ shape: [Int], generator: Generator) throws -> Tensor {
    try Op.randint(
      .int(range.lowerBound), .int(range.upperBound), .ints(shape), .generator(generator), .dtype(.int64), nil,
      .device(generator.device))
  }

  /// A random order of 0..<count, int64 (count).
  public static func randomPermutation(_ count: Int, generator: Generator) throws -> Tensor {
    try Op.randperm(.int(count), .generator(generator), .dtype(.int64), nil, .device(generator.device))
  }

  /// 1 with the probability that each element is, else 0; in this tensor's dtype.
  public func bernoulli(generator: Generator) throws -> Tensor {
    try Op.bernoulli(.tensor(self), .generator(generator))
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
    return try (draws .<= (bound - 1)).reshaped(shape)
  }

  /// Indices drawn in proportion to this tensor's weights (rows, count), without putting back: int64 (rows, draws).
  public func multinomial(_ draws: Int = 1, generator: Generator) throws -> Tensor {
    try Op.multinomial(.tensor(self), .int(draws), false, .generator(generator))
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

  private enum Op {
    static let randn = Operator("aten::randn", "generator")
    static let rand = Operator("aten::rand", "generator")
    static let randint = Operator("aten::randint", "low_generator")
    static let randperm = Operator("aten::randperm", "generator")
    static let bernoulli = Operator("aten::bernoulli")
    static let multinomial = Operator("aten::multinomial")
    static let randomBits = Operator("aten::random_", "from")
    static let viewDType = Operator("aten::view", "dtype")
    static let uniform = Operator("aten::uniform_")
    static let normal = Operator("aten::normal_")
  }
}
