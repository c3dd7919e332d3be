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
