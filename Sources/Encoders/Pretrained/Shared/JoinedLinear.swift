import NN
import Tensors

/// Linear layers of one input as one product: their weights lie one above the other, and are loaded by their own names.
final class JoinedLinear {
  private var weight: Tensor?
  private let bias: Tensor
  private var packed: PackedLinear?
  /// The layers by name, for loading.
  private var parts: [String: Parts] = [:]

  init(_ input: Int, _ outputs: [(name: String, count: Int, hasBias: Bool)], _ dtype: DType) throws {
    let count = outputs.reduce(0) { $0 + $1.count }
    let weight = try Tensor.empty([count, input], dtype: dtype)
    bias = try Tensor.zeros([count], dtype: dtype)
    var start = 0
    for (name, count, hasBias) in outputs {
      parts[name] = Parts([
        "weight": .parameter(try weight.narrowed(0, start: start, length: count)),
        "bias": .parameter(hasBias ? try bias.narrowed(0, start: start, length: count) : nil),
      ])
      start += count
    }
    self.weight = weight
  }

  /// A layer, to be loaded; it holds nothing once weights are packed.
  subscript(name: String) -> Members.Member { .module(parts[name] ?? Parts([:])) }

  func pack(rows: Int) throws {
    guard let weight else { return }
    packed = try PackedLinear(weight, bias: bias, rows: rows)
    (self.weight, parts) = (nil, [:])
  }

  /// (…, input) to (…, outputs), one after the other.
  func callAsFunction(_ x: Tensor) throws -> Tensor {
    if let packed { return try packed(x) }
    guard let weight else { throw TensorError(operation: "a linear layer", message: "it has no weights") }
    return try x.linear(weight, bias: bias)
  }
}
