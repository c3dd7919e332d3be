import NN
import Tensors

/// Modules under a name that the published keys have and the network has no other use for.
final class Parts: Module {
  let members: Members
  init(_ members: Members) { self.members = members }
}

/// A table of vectors, as `torch.nn.Embedding`.
final class EmbeddingTable: Module {
  /// (entries, width)
  let weight: Tensor

  init(_ count: Int, _ width: Int, dtype: DType) throws { weight = try Tensor.empty([count, width], dtype: dtype) }

  var members: Members { ["weight": .parameter(weight)] }

  /// The vectors of indices, (indices, width).
  func callAsFunction(_ indices: Tensor) throws -> Tensor {
    try weight.indexSelected(0, indices.moved(to: weight.device))
  }
}

/// A table of vectors that also says how much each of them is in a state: the weights of the last layer are its own.
final class TiedTable: Module, Settling {
  private let table: EmbeddingTable
  private let rows: Int
  private var packed: PackedWeight?

  /// - Parameter rows: about how many states are asked for at a time
  init(_ count: Int, _ width: Int, dtype: DType, rows: Int) throws {
    table = try EmbeddingTable(count, width, dtype: dtype)
    self.rows = rows
  }

  var members: Members { ["": .module(table)] }

  /// Looking up needs the plain weight, multiplying the packed one: both stay.
  func settle(on device: Device) throws {
    if device.kind == .cpu { packed = try PackedWeight(table.weight, rows: rows) }
  }

  /// The vectors of indices, (indices, width).
  func callAsFunction(_ indices: Tensor) throws -> Tensor { try table(indices) }

  /// The product of states (rows, width) with each vector, (rows, entries).
  func logits(_ states: Tensor) throws -> Tensor {
    try packed?.linear(states, bias: nil) ?? states.linear(table.weight)
  }
}

/// What stands between two linear layers.
enum Activation: String, Decodable {
  case gelu, relu, silu, tanh
  case geluNew = "gelu_new"
  case geluFast = "gelu_fast"
  case geluTanh = "gelu_pytorch_tanh"

  func callAsFunction(_ x: Tensor) throws -> Tensor {
    switch self {
    case .gelu: try x.gelu()
    case .relu: try x.relu()
    case .silu: try x.silu()
    case .tanh: try x.tanh()
    case .geluNew, .geluFast, .geluTanh: try x.gelu(approximatingWithTanh: true)
    }
  }

  /// The same, done by the product before it; nil where that can't be.
  var fused: PackedWeight.Activation? {
    switch self {
    case .gelu: .gelu(byTanh: false)
    case .geluNew, .geluFast, .geluTanh: .gelu(byTanh: true)
    case .relu: .relu
    case .silu, .tanh: nil
    }
  }
}
