public import NN
public import Tensors

/// A network of any kind whose streams, some or all, bring all hidden states of their encoder: each of these is mixed by weights of
/// its own before the network sees it.
public final class LayerMixed: EmotionModel {
  private let network: any EmotionModel
  /// What mixes each stream; nil for a stream of one state.
  public let mixings: [LayerMixing?]

  /// Puts mixings before a network, one for each of its streams.
  public init(_ network: any EmotionModel, _ mixings: [LayerMixing?]) {
    (self.network, self.mixings) = (network, mixings)
  }

  /// The network's own, and `layer_mixing.N` for stream N.
  public var members: Members {
    Members(
      [(name: "", member: .module(network))]
        + mixings.enumerated().compactMap { stream, mixing in
          mixing.map { (name: "layer_mixing.\(stream)", member: .module($0)) }
        })
  }

  /// The network's of the mixed streams.
  public func embedding(of streams: [SequenceBatch]) throws -> Tensor { try network.embedding(of: mixed(streams)) }

  /// The network's.
  public func scores(from embedding: Tensor) throws -> EmotionScores { try network.scores(from: embedding) }

  /// The network's of the mixed streams.
  public func frameShares(of streams: [SequenceBatch]) throws -> [Tensor]? {
    try network.frameShares(of: mixed(streams))
  }

  private func mixed(_ streams: [SequenceBatch]) throws -> [SequenceBatch] {
    guard streams.count == mixings.count else {
      throw TensorError(
        operation: "LayerMixed", message: "\(streams.count) streams were given to a network of \(mixings.count)")
    }
    return try zip(streams, mixings).map { stream, mixing in
      try mixing.map { try stream.mapFrames($0.callAsFunction) } ?? stream
    }
  }
}
