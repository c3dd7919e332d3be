public import NN
public import Tensors

/// One hidden layer on numbers that describe a whole clip, such as `Functionals`. A stream of several frames counts by their
/// mean; several streams are put side by side.
public final class MultilayerPerceptron: EmotionModel {
  /// The sizes of the network.
  public struct Configuration: NetworkConfiguration {
    /// `mlp`
    public static let kind = "mlp"

    /// Numbers in a frame of each stream.
    public var inputs: [Int]
    /// The width of the hidden layer.
    public var hidden: Int
    /// Dropout of the numbers that come in.
    public var inputDropout: Double
    /// Dropout of the hidden layer.
    public var dropout: Double
    /// How many deviations from the training set's mean a number counts at the most: a clip unlike all others can make
    /// skewness and kurtosis of any size.
    public var limit: Double
    /// How many classes are told apart.
    public var classes: Int
    /// How many attributes are estimated.
    public var attributes: Int

    /// Sizes for streams of the given widths.
    public init(
      inputs: [Int], hidden: Int = 256, inputDropout: Double = 0.2, dropout: Double = 0.5, limit: Double = 4,
      classes: Int = 8, attributes: Int = 0
    ) {
      self.inputs = inputs
      self.hidden = hidden
      self.inputDropout = inputDropout
      self.dropout = dropout
      self.limit = limit
      self.classes = classes
      self.attributes = attributes
    }

    /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
    public var fault: String? {
      if inputs.isEmpty { return "a perceptron needs at least one stream" }
      if let bad = inputs.first(where: { $0 < 1 }) { return "a stream's width is \(bad); it must be positive" }
      if hidden < 1 { return "the width of the hidden layer is \(hidden); it must be positive" }
      if !(0..<1).contains(inputDropout) { return "dropout of the inputs is \(inputDropout); it must be in 0..<1" }
      if !(0..<1).contains(dropout) { return "dropout is \(dropout); it must be in 0..<1" }
      if !(limit > 0) { return "numbers are limited to \(limit) deviations; the limit must be positive" }
      if classes < 2 || attributes < 0 { return "at least two classes and no negative count of attributes are needed" }
      return nil
    }

    /// A network with new parameters. Throws `TensorError` for sizes that make none.
    public func make(_ initializer: Initializer) throws -> any EmotionModel {
      try MultilayerPerceptron(self, initializer)
    }
  }

  private let limit: Double
  private let streams: Int
  private let inputDropout: Dropout
  private let dense: Linear
  private let norm: LayerNorm
  private let dropout: Dropout
  private let classes: Linear
  private let attributes: Linear?

  /// A network with new parameters. Throws `TensorError` for sizes that make none.
  public init(_ configuration: Configuration, _ initializer: Initializer) throws {
    if let fault = configuration.fault { throw TensorError(operation: "making MultilayerPerceptron", message: fault) }
    let width = configuration.hidden
    (limit, streams) = (configuration.limit, configuration.inputs.count)
    inputDropout = Dropout(configuration.inputDropout, initializer)
    dense = try Linear(configuration.inputs.reduce(0, +), width, initializer)
    norm = try LayerNorm(width, initializer)
    dropout = Dropout(configuration.dropout, initializer)
    classes = try Linear(width, configuration.classes, initializer)
    attributes = configuration.attributes > 0 ? try Linear(width, configuration.attributes, initializer) : nil
  }

  /// The layers.
  public var members: Members {
    [
      "input_dropout": .module(inputDropout), "hidden": .module(dense), "norm": .module(norm),
      "dropout": .module(dropout), "classes": .module(classes),
      "attributes": .modules(attributes.map { [$0] } ?? []),
    ]
  }

  /// Means of the streams' frames within the limit, side by side: (batch, sum of widths).
  public func embedding(of inputs: [SequenceBatch]) throws -> Tensor {
    guard inputs.count == streams else {
      throw TensorError(
        operation: "MultilayerPerceptron", message: "\(inputs.count) streams were given to a network of \(streams)")
    }
    return try Tensor.concatenated(inputs.map { try $0.mean() }, dimension: -1).clamped(min: -limit, max: limit)
  }

  /// Dropout, Linear, LayerNorm, GELU, dropout, Linear; attributes on the scale 1...7.
  public func scores(from embedding: Tensor) throws -> EmotionScores {
    let hidden = try dropout(norm(dense(inputDropout(embedding))).gelu())
    return EmotionScores(
      logits: try classes(hidden), attributes: try attributes.map { try $0(hidden).sigmoid() * 6 + 1 })
  }
}
