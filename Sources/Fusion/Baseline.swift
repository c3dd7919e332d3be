public import NN
public import Tensors

/// What both systems compare themselves with, the baseline of the Interspeech 2025 challenge: attentive statistics pooling of
/// a stream and a dense head. Several streams are pooled each by itself and put side by side.
public final class Baseline: EmotionModel {
  /// The sizes of the network.
  public struct Configuration: NetworkConfiguration {
    /// `baseline`
    public static let kind = "baseline"

    /// Numbers in a frame of each stream.
    public var inputs: [Int]
    /// The width of the dense layer.
    public var hidden: Int
    /// Dropout of the pooled vector and of the dense layer.
    public var dropout: Double
    /// How many classes are told apart.
    public var classes: Int
    /// How many attributes are estimated.
    public var attributes: Int

    /// The challenge's sizes for streams of the given widths.
    public init(inputs: [Int], hidden: Int = 1024, dropout: Double = 0.5, classes: Int = 8, attributes: Int = 0) {
      self.inputs = inputs
      self.hidden = hidden
      self.dropout = dropout
      self.classes = classes
      self.attributes = attributes
    }

    /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
    public var fault: String? {
      if inputs.isEmpty { return "a baseline needs at least one stream" }
      if let bad = inputs.first(where: { $0 < 1 }) { return "a stream's width is \(bad); it must be positive" }
      if hidden < 1 { return "the width of the dense layer is \(hidden); it must be positive" }
      if !(0..<1).contains(dropout) { return "dropout is \(dropout); it must be in 0..<1" }
      if classes < 2 || attributes < 0 { return "at least two classes and no negative count of attributes are needed" }
      return nil
    }

    /// A network with new parameters. Throws `TensorError` for sizes that make none.
    public func make(_ initializer: Initializer) throws -> any EmotionModel { try Baseline(self, initializer) }
  }

  private let pooling: [AttentiveStatisticsPooling]
  private let dense: Linear
  private let norm: LayerNorm
  private let dropout: Dropout
  private let classes: Linear
  private let attributes: Linear?

  /// A network with new parameters. Throws `TensorError` for sizes that make none.
  public init(_ configuration: Configuration, _ initializer: Initializer) throws {
    if let fault = configuration.fault { throw TensorError(operation: "making Baseline", message: fault) }
    pooling = try configuration.inputs.map { try AttentiveStatisticsPooling($0, initializer) }
    dense = try Linear(2 * configuration.inputs.reduce(0, +), configuration.hidden, initializer)
    norm = try LayerNorm(configuration.hidden, initializer)
    dropout = Dropout(configuration.dropout, initializer)
    classes = try Linear(configuration.hidden, configuration.classes, initializer)
    attributes =
      configuration.attributes > 0 ? try Linear(configuration.hidden, configuration.attributes, initializer) : nil
  }

  /// Pooling and head.
  public var members: Members {
    [
      "pooling": .modules(pooling), "dense": .module(dense), "norm": .module(norm), "dropout": .module(dropout),
      "classes": .module(classes), "attributes": .modules(attributes.map { [$0] } ?? []),
    ]
  }

  /// Means and deviations of the streams side by side, (batch, 2 * sum of widths).
  public func embedding(of inputs: [SequenceBatch]) throws -> Tensor {
    try require(inputs)
    return try Tensor.concatenated(zip(pooling, inputs).map { try $0($1) }, dimension: -1)
  }

  /// The shares of each stream's frames in its pooling.
  public func frameShares(of inputs: [SequenceBatch]) throws -> [Tensor]? {
    try require(inputs)
    return try zip(pooling, inputs).map { try $0.shares($1) }
  }

  private func require(_ inputs: [SequenceBatch]) throws {
    guard inputs.count == pooling.count else {
      throw TensorError(
        operation: "Baseline", message: "\(inputs.count) streams were given to a network of \(pooling.count)")
    }
  }

  /// Dropout, Linear, LayerNorm, ReLU, dropout, Linear; attributes on the scale 1...7.
  public func scores(from embedding: Tensor) throws -> EmotionScores {
    let hidden = try dropout(norm(dense(dropout(embedding))).relu())
    return EmotionScores(
      logits: try classes(hidden), attributes: try attributes.map { try $0(hidden).sigmoid() * 6 + 1 })
  }
}
