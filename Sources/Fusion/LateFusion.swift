public import NN
public import Tensors

/// DeepSER without its fusion encoders, the ablation of MEDUSA's paper: each stream is encoded by itself, and only the
/// pooled vectors meet, x = W(h3 ‖ g3 ‖ z3).
public final class LateFusion: EmotionModel {
  /// The sizes of the network: those of a DeepSER, without what it does not have.
  public struct Configuration: NetworkConfiguration {
    /// `late-fusion`
    public static let kind = "late-fusion"

    /// The sizes of the encoders and heads.
    public var encoders: DeepSER.Configuration

    /// The network whose encoders and heads have these sizes.
    public init(_ encoders: DeepSER.Configuration) { self.encoders = encoders }

    /// Reads the sizes of a DeepSER.
    public init(from decoder: any Decoder) throws { encoders = try DeepSER.Configuration(from: decoder) }

    /// Writes the sizes as those of a DeepSER.
    public func encode(to encoder: any Encoder) throws { try encoders.encode(to: encoder) }

    /// Numbers in a frame of each stream.
    public var inputs: [Int] { encoders.inputs }
    /// How many classes are told apart.
    public var classes: Int { encoders.classes }
    /// How many attributes are estimated.
    public var attributes: Int { encoders.attributes }
    /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
    public var fault: String? { encoders.fault }

    /// A network with new parameters. Throws `TensorError` for sizes that make none.
    public func make(_ initializer: Initializer) throws -> any EmotionModel { try LateFusion(self, initializer) }
  }

  private let streams: [StreamEncoder]
  private let projection: Linear
  private let classes: Linear
  private let attributes: Linear?

  /// A network with new parameters. Throws `TensorError` for sizes that make none.
  public init(_ configuration: Configuration, _ initializer: Initializer) throws {
    if let fault = configuration.fault { throw TensorError(operation: "making LateFusion", message: fault) }
    let sizes = configuration.encoders
    streams = try sizes.inputs.map { try StreamEncoder($0, sizes, positions: sizes.positions, initializer) }
    projection = try Linear(sizes.width * sizes.inputs.count, sizes.width, initializer)
    classes = try Linear(sizes.width, sizes.classes, initializer)
    attributes = sizes.attributes > 0 ? try Linear(sizes.width, sizes.attributes, initializer) : nil
  }

  /// Streams and heads, named as DeepSER's.
  public var members: Members {
    [
      "streams": .modules(streams), "projection": .module(projection), "classes": .module(classes),
      "attributes": .modules(attributes.map { [$0] } ?? []),
    ]
  }

  /// x, (batch, width).
  public func embedding(of inputs: [SequenceBatch]) throws -> Tensor {
    guard inputs.count == streams.count else {
      throw TensorError(
        operation: "LateFusion", message: "\(inputs.count) streams were given to a network of \(streams.count)")
    }
    return try projection(Tensor.concatenated(zip(streams, inputs).map { try $0($1).pooled }, dimension: -1))
  }

  /// W_c relu(x) and, on the scale 1...7, 1 + 6 sigmoid(W_r relu(x)).
  public func scores(from embedding: Tensor) throws -> EmotionScores {
    let x = try embedding.relu()
    return EmotionScores(logits: try classes(x), attributes: try attributes.map { try $0(x).sigmoid() * 6 + 1 })
  }
}
