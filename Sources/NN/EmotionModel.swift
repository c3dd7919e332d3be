public import Tensors

/// A network that turns the streams of a batch of clips into emotion scores.
///
/// It works in two steps, so that training can mix clips between them (Manifold MixUp, Verma et al. 2019).
public protocol EmotionModel: Module {
  /// One vector for each clip, (batch, width), from its streams, in the order of the model's configuration.
  func embedding(of streams: [SequenceBatch]) throws -> Tensor

  /// The scores of such vectors.
  func scores(from embedding: Tensor) throws -> EmotionScores

  /// How much each frame of each stream counts in the network's attention pooling, (batch, frames) for each stream, rows
  /// that sum to 1 with 0 in the padding; nil for a network that pools otherwise.
  func frameShares(of streams: [SequenceBatch]) throws -> [Tensor]?
}

/// What a model says of a batch of clips.
public struct EmotionScores {
  /// (batch, classes): unnormalised log-probabilities
  public let logits: Tensor
  /// (batch, attributes), on the scale 1...7; nil for a model without attributes
  public let attributes: Tensor?
  /// (batch, 1): positive for neutral, negative for expressive speech; nil for a model without this head
  public let neutral: Tensor?

  /// Makes scores of their parts.
  public init(logits: Tensor, attributes: Tensor? = nil, neutral: Tensor? = nil) {
    self.logits = logits
    self.attributes = attributes
    self.neutral = neutral
  }
}

extension EmotionModel {
  /// nil: a network that does not pool by attention.
  public func frameShares(of streams: [SequenceBatch]) throws -> [Tensor]? { nil }

  /// The scores of a batch of clips.
  public func callAsFunction(_ streams: [SequenceBatch]) throws -> EmotionScores {
    try scores(from: embedding(of: streams))
  }
}
