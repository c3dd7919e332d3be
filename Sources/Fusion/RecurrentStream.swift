import NN
import Tensors

/// What CrossModal does with one stream: Linear to the hidden width, LayerNorm, a bidirectional GRU; later its pooling.
final class RecurrentStream: Module {
  private let projection: Linear
  private let norm: LayerNorm
  private let gru: GRU
  /// From (batch, frames, 2 * hidden) to (batch, 2 * hidden).
  let pooling: AttentionPooling

  init(_ input: Int, hidden: Int, pooling: AttentionPooling.Score, _ initializer: Initializer) throws {
    projection = try Linear(input, hidden, initializer)
    norm = try LayerNorm(hidden, initializer)
    gru = try GRU(hidden, hidden, isBidirectional: true, initializer)
    self.pooling = try AttentionPooling(2 * hidden, score: pooling, initializer)
  }

  var members: Members {
    [
      "projection": .module(projection), "norm": .module(norm), "gru": .module(gru), "pooling": .module(pooling),
    ]
  }

  /// (batch, frames, input) to (batch, frames, 2 * hidden).
  func states(of x: SequenceBatch) throws -> SequenceBatch {
    try gru(x) { try norm(projection($0)) }
  }
}
