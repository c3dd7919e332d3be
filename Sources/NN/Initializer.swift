import Foundation
public import Tensors

/// Where new parameters come from: random numbers as PyTorch's modules draw them, or memory that a checkpoint will fill.
public struct Initializer {
  /// The stream of random numbers; nil leaves parameters unset, for loading.
  public let generator: Generator?
  /// The dtype of parameters.
  public let dtype: DType

  /// Parameters drawn from a generator.
  public static func random(_ generator: Generator, dtype: DType = .float32) -> Initializer {
    Initializer(generator: generator, dtype: dtype)
  }

  /// Parameters that are not set yet: the module must be loaded before it is used.
  public static func unset(dtype: DType = .float32) -> Initializer { Initializer(generator: nil, dtype: dtype) }

  /// Uniform in ±bound.
  public func uniform(_ shape: [Int], bound: Double) throws -> Tensor {
    try parameter(shape) { try $0.fillUniformInPlace(-bound, bound, generator: $1) }
  }

  /// As `torch.nn.Linear` draws weights and biases: uniform in ±1 / sqrt(inputs), which is Kaiming's with a = sqrt(5).
  public func kaiming(_ shape: [Int], inputs: Int) throws -> Tensor {
    try uniform(shape, bound: 1 / Double(max(inputs, 1)).squareRoot())
  }

  /// Glorot's uniform: ±sqrt(6 / (inputs + outputs)).
  public func xavier(_ shape: [Int], inputs: Int, outputs: Int) throws -> Tensor {
    try uniform(shape, bound: (6 / Double(inputs + outputs)).squareRoot())
  }

  /// Normal with mean 0.
  public func normal(_ shape: [Int], deviation: Double = 1) throws -> Tensor {
    try parameter(shape) { try $0.fillNormalInPlace(deviation: deviation, generator: $1) }
  }

  /// One value.
  public func constant(_ shape: [Int], _ value: Double) throws -> Tensor {
    try Tensor.full(shape, value, dtype: dtype).requireGradient()
  }

  private func parameter(_ shape: [Int], _ fill: (Tensor, Generator) throws -> Void) throws -> Tensor {
    let tensor = try Tensor.empty(shape, dtype: dtype)
    if let generator { try fill(tensor, generator) }
    return try tensor.requireGradient()
  }
}
