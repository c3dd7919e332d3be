public import NN
public import Tensors

/// CrossModal, the network of UNICAMP (Interspeech 2025): each stream through a bidirectional GRU, every ordered pair of
/// streams joined by cross-attention, each stream pooled by attention.
public final class CrossModal: EmotionModel {
  /// Which attentions share their weights.
  public enum AttentionSharing: String, Codable, CaseIterable, Sendable {
    /// None: one attention for each ordered pair of streams.
    case pair
    /// Those of one query stream, as in the released code for three streams. The same as `pair` for two.
    case query
  }

  /// The sizes of the network and its options.
  public struct Configuration: NetworkConfiguration {
    /// `crossmodal`
    public static let kind = "crossmodal"

    /// Numbers in a frame of each stream.
    public var inputs: [Int]
    /// h: the width of a stream and of each direction of its GRU.
    public var hidden: Int
    /// How many classes are told apart.
    public var classes: Int
    /// Dropout of the dense head.
    public var dropout: Double
    /// Dropout of attention weights; the paper names none, the released code has 0.5.
    public var attentionDropout: Double
    /// Which attentions share their weights.
    public var attentionSharing: AttentionSharing
    /// How frames are scored in pooling.
    public var pooling: AttentionPooling.Score
    /// Whether there is a second head, which tells neutral from expressive speech (the second training design).
    public var hasNeutralHead: Bool
    /// 0: the network estimates none.
    public var attributes: Int { 0 }

    /// The published sizes for streams of the given widths.
    public init(
      inputs: [Int], hidden: Int = 512, classes: Int = 8, dropout: Double = 0.5, attentionDropout: Double = 0.5,
      attentionSharing: AttentionSharing = .pair, pooling: AttentionPooling.Score = .scaled,
      hasNeutralHead: Bool = false
    ) {
      self.inputs = inputs
      self.hidden = hidden
      self.classes = classes
      self.dropout = dropout
      self.attentionDropout = attentionDropout
      self.attentionSharing = attentionSharing
      self.pooling = pooling
      self.hasNeutralHead = hasNeutralHead
    }

    /// A network with new parameters. Throws `TensorError` for sizes that make none.
    public func make(_ initializer: Initializer) throws -> any EmotionModel { try CrossModal(self, initializer) }

    /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
    public var fault: String? {
      if inputs.count < 2 { return "a CrossModal needs at least two streams, not \(inputs.count)" }
      if let bad = inputs.first(where: { $0 < 1 }) { return "a stream's width is \(bad); it must be positive" }
      if hidden < 1 { return "the hidden width is \(hidden); it must be positive" }
      if classes < 2 { return "at least two classes are needed" }
      if !(0..<1).contains(dropout) || !(0..<1).contains(attentionDropout) { return "dropout must be in 0..<1" }
      return nil
    }
  }

  private let streams: [RecurrentStream]
  /// For each query stream in turn: one attention for all other streams, or one for each.
  private let attentions: [CrossAttention]
  private let sharing: AttentionSharing
  private let norm: LayerNorm
  private let dense: Linear
  private let dropout: Dropout
  private let classes: Linear
  private let neutral: DenseHead?

  /// A network with new parameters. Throws `TensorError` for sizes that make none.
  public init(_ configuration: Configuration, _ initializer: Initializer) throws {
    if let fault = configuration.fault { throw TensorError(operation: "making CrossModal", message: fault) }
    let (count, hidden) = (configuration.inputs.count, configuration.hidden)
    streams = try configuration.inputs.map {
      try RecurrentStream($0, hidden: hidden, pooling: configuration.pooling, initializer)
    }
    sharing = configuration.attentionSharing
    attentions = try (0..<(sharing == .pair ? count * (count - 1) : count)).map { _ in
      try CrossAttention(2 * hidden, dropout: configuration.attentionDropout, initializer)
    }
    norm = try LayerNorm(2 * hidden * count, initializer)
    dense = try Linear(2 * hidden * count, hidden, initializer)
    dropout = Dropout(configuration.dropout, initializer)
    classes = try Linear(hidden, configuration.classes, initializer)
    neutral =
      try configuration.hasNeutralHead
      ? DenseHead(2 * hidden * count, hidden: hidden, 1, dropout: configuration.dropout, initializer) : nil
  }

  /// Streams, attentions and the dense heads.
  public var members: Members {
    [
      "streams": .modules(streams), "attentions": .modules(attentions), "norm": .module(norm),
      "dense": .module(dense), "dropout": .module(dropout), "classes": .module(classes),
      "neutral": .modules(neutral.map { [$0] } ?? []),
    ]
  }

  /// The pooled streams side by side, normalised: (batch, 2 * hidden * streams).
  public func embedding(of inputs: [SequenceBatch]) throws -> Tensor {
    let pooled = try zip(streams, attended(inputs)).map { try $0.pooling($1) }
    return try norm(Tensor.concatenated(pooled, dimension: -1))
  }

  /// The shares of each stream's frames in its pooling (Eq. 1), what they attended to included.
  public func frameShares(of inputs: [SequenceBatch]) throws -> [Tensor]? {
    try zip(streams, attended(inputs)).map { try $0.pooling.shares($1) }
  }

  /// Each stream's states and what they attend to in the others.
  private func attended(_ inputs: [SequenceBatch]) throws -> [SequenceBatch] {
    guard inputs.count == streams.count else {
      throw TensorError(
        operation: "CrossModal", message: "\(inputs.count) streams were given to a network of \(streams.count)")
    }
    let states = try zip(streams, inputs).map { try $0.states(of: $1) }
    return try states.indices.map { query in
      var sum = states[query].values
      for source in states.indices where source != query {
        sum = try sum + attention(query, source)(states[query], on: states[source]).values
      }
      return try states[query].mapFrames { _ in sum }
    }
  }

  /// The dense heads of such vectors: Linear, ReLU, dropout, Linear.
  public func scores(from embedding: Tensor) throws -> EmotionScores {
    EmotionScores(logits: try classes(dropout(dense(embedding).relu())), neutral: try neutral.map { try $0(embedding) })
  }

  private func attention(_ query: Int, _ source: Int) -> CrossAttention {
    switch sharing {
    case .query: attentions[query]
    case .pair: attentions[query * (streams.count - 1) + (source < query ? source : source - 1)]
    }
  }
}
