import Tensors

/// One layer of a transformer encoder, exactly as `torch.nn.TransformerEncoderLayer` with ReLU: attention, then two linear
/// layers, each with a residual connection, normalised after (the default) or before.
public final class TransformerEncoderLayer: Module {
  private let attention: MultiheadAttention
  private let linear1: Linear
  private let linear2: Linear
  private let norm1: LayerNorm
  private let norm2: LayerNorm
  private let dropout: Dropout
  private let dropout1: Dropout
  private let dropout2: Dropout
  private let normalisesFirst: Bool

  /// A layer of `width`.
  ///
  /// - Parameters:
  ///   - feedForward: the width between the two linear layers
  ///   - dropout: of attention weights, of the inner layer and of both residual branches
  public init(
    _ width: Int, heads: Int = 1, feedForward: Int = 2048, dropout: Double = 0.1, normalisesFirst: Bool = false,
    _ initializer: Initializer
  ) throws {
    attention = try MultiheadAttention(width, heads: heads, dropout: dropout, initializer)
    linear1 = try Linear(width, feedForward, initializer)
    linear2 = try Linear(feedForward, width, initializer)
    norm1 = try LayerNorm(width, initializer)
    norm2 = try LayerNorm(width, initializer)
    self.dropout = Dropout(dropout, initializer)
    dropout1 = Dropout(dropout, initializer)
    dropout2 = Dropout(dropout, initializer)
    self.normalisesFirst = normalisesFirst
  }

  /// The names of `torch.nn.TransformerEncoderLayer`.
  public var members: Members {
    [
      "self_attn": .module(attention), "linear1": .module(linear1), "linear2": .module(linear2),
      "norm1": .module(norm1), "norm2": .module(norm2), "dropout": .module(dropout), "dropout1": .module(dropout1),
      "dropout2": .module(dropout2),
    ]
  }

  /// (batch, frames, width) to the same.
  public func callAsFunction(_ x: SequenceBatch) throws -> SequenceBatch {
    if normalisesFirst {
      let attended = try attention(x.mapFrames(norm1.callAsFunction))
      let middle = try x.mapFrames { try $0 + dropout1(attended.values) }
      return try middle.mapFrames { try $0 + feedForward(norm2($0)) }
    }
    let attended = try attention(x)
    let middle = try x.mapFrames { try norm1($0 + dropout1(attended.values)) }
    return try middle.mapFrames { try norm2($0 + feedForward($0)) }
  }

  private func feedForward(_ x: Tensor) throws -> Tensor { try dropout2(linear2(dropout(linear1(x).relu()))) }
}
