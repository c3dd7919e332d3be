public import NN
public import Tensors

/// DeepSER, the network of MEDUSA (NTUA, Interspeech 2025): one encoder per stream, two fusion encoders over the streams
/// joined along time, pooled vectors joined along width (Algorithms 1 and 2).
public final class DeepSER: EmotionModel {
  /// The sizes of the network.
  public struct Configuration: NetworkConfiguration {
    /// `deepser`
    public static let kind = "deepser"

    /// Numbers in a frame of each stream.
    public var inputs: [Int]
    /// D, the width of all encoders.
    public var width: Int
    /// Transformer layers of each encoder.
    public var layers: Int
    /// Heads of each attention.
    public var heads: Int
    /// Width between the two linear layers of a transformer layer.
    public var feedForward: Int
    /// Dropout of the transformer layers.
    public var dropout: Double
    /// What tells the layers of a stream's encoder where a frame stands; neither the paper nor the released code has any.
    public var positions: PositionEncoding
    /// How many classes are told apart.
    public var classes: Int
    /// How many attributes are estimated.
    public var attributes: Int

    /// The published sizes for streams of the given widths.
    public init(
      inputs: [Int], width: Int = 1024, layers: Int = 2, heads: Int = 1, feedForward: Int = 2048,
      dropout: Double = 0.1, positions: PositionEncoding = .absent, classes: Int = 8, attributes: Int = 3
    ) {
      self.inputs = inputs
      self.width = width
      self.layers = layers
      self.heads = heads
      self.feedForward = feedForward
      self.dropout = dropout
      self.positions = positions
      self.classes = classes
      self.attributes = attributes
    }

    /// Reads sizes; those written before there were positions have none.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        inputs: try values.decode([Int].self, forKey: .inputs), width: try values.decode(Int.self, forKey: .width),
        layers: try values.decode(Int.self, forKey: .layers), heads: try values.decode(Int.self, forKey: .heads),
        feedForward: try values.decode(Int.self, forKey: .feedForward),
        dropout: try values.decode(Double.self, forKey: .dropout),
        positions: try values.decodeIfPresent(PositionEncoding.self, forKey: .positions) ?? .absent,
        classes: try values.decode(Int.self, forKey: .classes),
        attributes: try values.decode(Int.self, forKey: .attributes))
    }

    /// A network with new parameters. Throws `TensorError` for sizes that make none.
    public func make(_ initializer: Initializer) throws -> any EmotionModel { try DeepSER(self, initializer) }

    /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
    public var fault: String? {
      if inputs.isEmpty { return "a DeepSER needs at least one stream" }
      if let bad = inputs.first(where: { $0 < 1 }) { return "a stream's width is \(bad); it must be positive" }
      if width < 1 || feedForward < 1 || layers < 1 { return "width, feed-forward and layers must be positive" }
      if heads < 1 || width % heads != 0 { return "\(heads) heads do not divide the width \(width)" }
      if !(0..<1).contains(dropout) { return "dropout is \(dropout); it must be in 0..<1" }
      if classes < 2 || attributes < 0 { return "at least two classes and no negative count of attributes are needed" }
      return nil
    }
  }

  private let streams: [StreamEncoder]
  private let fusion1: StreamEncoder
  private let fusion2: StreamEncoder
  private let projection: Linear
  private let classes: Linear
  private let attributes: Linear?

  /// A network with new parameters. Throws `TensorError` for sizes that make none.
  public init(_ configuration: Configuration, _ initializer: Initializer) throws {
    if let fault = configuration.fault { throw TensorError(operation: "making DeepSER", message: fault) }
    let width = configuration.width
    streams = try configuration.inputs.map {
      try StreamEncoder($0, configuration, positions: configuration.positions, initializer)
    }
    fusion1 = try StreamEncoder(width, configuration, initializer)
    fusion2 = try StreamEncoder(width, configuration, initializer)
    projection = try Linear(width * (configuration.inputs.count + 1), width, initializer)
    classes = try Linear(width, configuration.classes, initializer)
    attributes = configuration.attributes > 0 ? try Linear(width, configuration.attributes, initializer) : nil
  }

  /// Streams, fusion encoders and heads.
  public var members: Members {
    [
      "streams": .modules(streams), "fusion1": .module(fusion1), "fusion2": .module(fusion2),
      "projection": .module(projection), "classes": .module(classes),
      "attributes": .modules(attributes.map { [$0] } ?? []),
    ]
  }

  /// x = W(h3 ‖ g3 ‖ z3 ‖ f3) of Algorithm 2, (batch, width).
  public func embedding(of inputs: [SequenceBatch]) throws -> Tensor {
    guard inputs.count == streams.count else {
      throw TensorError(
        operation: "DeepSER", message: "\(inputs.count) streams were given to a network of \(streams.count)")
    }
    let encoded = try zip(streams, inputs).map { try $0($1) }
    let fused1 = try fusion1(SequenceBatch.joined(encoded.map(\.early)))
    let fused2 = try fusion2(SequenceBatch.joined(encoded.map(\.late) + [fused1.late]))
    return try projection(Tensor.concatenated(encoded.map(\.pooled) + [fused2.pooled], dimension: -1))
  }

  /// W_c relu(x) and, on the scale 1...7, 1 + 6 sigmoid(W_r relu(x)).
  public func scores(from embedding: Tensor) throws -> EmotionScores {
    let x = try embedding.relu()
    return EmotionScores(logits: try classes(x), attributes: try attributes.map { try $0(x).sigmoid() * 6 + 1 })
  }
}
