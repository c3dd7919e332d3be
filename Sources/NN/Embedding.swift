public import Tensors

/// A trained vector for each of a number of things, as `torch.nn.Embedding`.
public final class Embedding: Module {
  /// (count, width)
  public let weight: Tensor
  /// The row that starts as 0 and is not trained: the one for padding.
  public let paddingIndex: Int?

  /// A table of normally distributed vectors.
  public init(_ count: Int, _ width: Int, paddingIndex: Int? = nil, _ initializer: Initializer) throws {
    guard paddingIndex.map((0..<count).contains) ?? true else {
      throw TensorError(
        operation: "making an embedding", message: "the padding index \(paddingIndex ?? 0) is not in 0..<\(count)")
    }
    weight = try initializer.normal([count, width])
    self.paddingIndex = paddingIndex
    if let paddingIndex { try withoutGradients { _ = try weight[paddingIndex].fillInPlace(0) } }
  }

  /// The names of `torch.nn.Embedding`.
  public var members: Members { ["weight": .parameter(weight)] }

  /// int64 (…) in 0..<count to (…, width).
  public func callAsFunction(_ indices: Tensor) throws -> Tensor {
    try weight.embedding(indices, paddingIndex: paddingIndex)
  }
}
