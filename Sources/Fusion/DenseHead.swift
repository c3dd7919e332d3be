import NN
import Tensors

/// Linear, ReLU, dropout, Linear.
final class DenseHead: Module {
  private let dense: Linear
  private let dropout: Dropout
  private let output: Linear

  init(_ input: Int, hidden: Int, _ outputs: Int, dropout: Double, _ initializer: Initializer) throws {
    dense = try Linear(input, hidden, initializer)
    self.dropout = Dropout(dropout, initializer)
    output = try Linear(hidden, outputs, initializer)
  }

  var members: Members {
    ["dense": .module(dense), "dropout": .module(dropout), "output": .module(output)]
  }

  /// (batch, input) to (batch, outputs).
  func callAsFunction(_ x: Tensor) throws -> Tensor { try output(dropout(dense(x).relu())) }
}
