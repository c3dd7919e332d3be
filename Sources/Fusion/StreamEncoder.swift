import NN
import Tensors

/// Enc(x) of MEDUSA (NTUA 2025, Algorithm 1): Linear, ReLU, Linear to the model's width, then transformer layers.
final class StreamEncoder: Module {
  private let linear1: Linear
  private let linear2: Linear
  private let positions: PositionEncoding
  private let layers: [TransformerEncoderLayer]

  /// What Enc returns.
  struct Output {
    /// h1: after the first layer.
    let early: SequenceBatch
    /// h2: after the last layer.
    let late: SequenceBatch
    /// h3: the mean of h2 over real frames, (batch, width).
    let pooled: Tensor
  }

  /// - Parameter positions: what tells the layers where a frame stands. Joined streams have none of their own: their frames
  ///   bring that of their stream along.
  init(
    _ input: Int, _ configuration: DeepSER.Configuration, positions: PositionEncoding = .absent,
    _ initializer: Initializer
  ) throws {
    self.positions = positions
    linear1 = try Linear(input, configuration.width, initializer)
    linear2 = try Linear(configuration.width, configuration.width, initializer)
    layers = try (0..<configuration.layers).map { _ in
      try TransformerEncoderLayer(
        configuration.width, heads: configuration.heads, feedForward: configuration.feedForward,
        dropout: configuration.dropout, initializer)
    }
  }

  var members: Members {
    ["linear1": .module(linear1), "linear2": .module(linear2), "layers": .modules(layers)]
  }

  func callAsFunction(_ x: SequenceBatch) throws -> Output {
    let projected = try x.mapFrames { try linear2(linear1($0).relu()) }
    let early = try layers[0](positions(projected))
    let late = try layers.dropFirst().reduce(early) { try $1($0) }
    return Output(early: early, late: late, pooled: try late.mean())
  }
}
