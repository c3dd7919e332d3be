public import NN
public import Tensors

/// A small network for frames that nothing was trained for, log-mel and prosody: a strided convolution over stacked frames,
/// residual blocks of dilated ones, channel-wise attentive statistics of the real frames, and a dense head.
///
/// Streams are put side by side frame by frame, hence have one hop. Each frame sees a limited stretch around it, so that
/// all before the pooling can be computed as speech comes in; `reach` says how far.
public final class ConvPooling: EmotionModel {
  /// The sizes of the network.
  public struct Configuration: NetworkConfiguration {
    /// `conv-pooling`
    public static let kind = "conv-pooling"

    /// Numbers in a frame of each stream.
    public var inputs: [Int]
    /// Channels of all convolutions, and the width of the dense layer.
    public var width: Int
    /// Residual blocks; their kernels of 3 frames are spread by 1, 2, 4, 1, 2, 4, … frames.
    public var blocks: Int
    /// How many frames become one in the first convolution, whose kernel has 5.
    public var stride: Int
    /// Dropout of each block, of the pooled vector and of the dense layer.
    public var dropout: Double
    /// How many classes are told apart.
    public var classes: Int
    /// How many attributes are estimated.
    public var attributes: Int

    /// Sizes for streams of the given widths.
    public init(
      inputs: [Int], width: Int = 128, blocks: Int = 6, stride: Int = 2, dropout: Double = 0.2, classes: Int = 8,
      attributes: Int = 0
    ) {
      self.inputs = inputs
      self.width = width
      self.blocks = blocks
      self.stride = stride
      self.dropout = dropout
      self.classes = classes
      self.attributes = attributes
    }

    /// What is wrong with the sizes, as a sentence; nil when a network can be made of them.
    public var fault: String? {
      if inputs.isEmpty { return "a convolutional network needs at least one stream" }
      if let bad = inputs.first(where: { $0 < 1 }) { return "a stream's width is \(bad); it must be positive" }
      if width < 1 { return "the width of the convolutions is \(width); it must be positive" }
      if blocks < 0 { return "\(blocks) residual blocks can't be made; 0 or more can" }
      if !(1...5).contains(stride) { return "the stride is \(stride); the first kernel covers 1 to 5 frames" }
      if !(0..<1).contains(dropout) { return "dropout is \(dropout); it must be in 0..<1" }
      if classes < 2 || attributes < 0 { return "at least two classes and no negative count of attributes are needed" }
      return nil
    }

    /// Frames on either side that a frame before the pooling is made of, in frames of the streams.
    public var reach: Int { 2 + stride * (0..<max(blocks, 0)).reduce(0) { $0 + ConvPooling.dilation($1) } }

    /// A network with new parameters. Throws `TensorError` for sizes that make none.
    public func make(_ initializer: Initializer) throws -> any EmotionModel { try ConvPooling(self, initializer) }
  }

  private let stem: Conv1d
  private let blocks: [ResidualConvBlock]
  private let norm: LayerNorm
  private let pooling: ChannelStatisticsPooling
  private let dense: Linear
  private let denseNorm: LayerNorm
  private let dropout: Dropout
  private let classes: Linear
  private let attributes: Linear?
  private let streams: Int

  /// A network with new parameters. Throws `TensorError` for sizes that make none.
  public init(_ configuration: Configuration, _ initializer: Initializer) throws {
    if let fault = configuration.fault { throw TensorError(operation: "making ConvPooling", message: fault) }
    let width = configuration.width
    streams = configuration.inputs.count
    stem = try Conv1d(
      configuration.inputs.reduce(0, +), width, kernel: 5, stride: configuration.stride, padding: 2, initializer)
    blocks = try (0..<configuration.blocks).map {
      try ResidualConvBlock(width, dilation: Self.dilation($0), dropout: configuration.dropout, initializer)
    }
    norm = try LayerNorm(width, initializer)
    pooling = try ChannelStatisticsPooling(width, hidden: max(width / 2, 1), initializer)
    dense = try Linear(2 * width, width, initializer)
    denseNorm = try LayerNorm(width, initializer)
    dropout = Dropout(configuration.dropout, initializer)
    classes = try Linear(width, configuration.classes, initializer)
    attributes = configuration.attributes > 0 ? try Linear(width, configuration.attributes, initializer) : nil
  }

  fileprivate static func dilation(_ block: Int) -> Int { [1, 2, 4][block % 3] }

  /// Convolutions, pooling and head.
  public var members: Members {
    [
      "stem": .module(stem), "blocks": .modules(blocks), "norm": .module(norm), "pooling": .module(pooling),
      "dense": .module(dense), "dense_norm": .module(denseNorm), "dropout": .module(dropout),
      "classes": .module(classes), "attributes": .modules(attributes.map { [$0] } ?? []),
    ]
  }

  /// Means and deviations of the channels, (batch, 2 * width). Throws where streams differ in their frames.
  public func embedding(of inputs: [SequenceBatch]) throws -> Tensor {
    try pooling(frames(of: inputs))
  }

  /// What is pooled, (batch, frames / stride rounded up, width): each frame is made of those within the configuration's
  /// `reach`. Throws where streams differ in their frames.
  public func frames(of inputs: [SequenceBatch]) throws -> SequenceBatch {
    var x = try stem(Self.sideBySide(inputs, expected: streams))
    for block in blocks { x = try block(x) }
    return try x.mapFrames { try norm($0).relu() }
  }

  /// Dropout, Linear, LayerNorm, ReLU, dropout, Linear; attributes on the scale 1...7.
  public func scores(from embedding: Tensor) throws -> EmotionScores {
    let hidden = try dropout(denseNorm(dense(dropout(embedding))).relu())
    return EmotionScores(
      logits: try classes(hidden), attributes: try attributes.map { try $0(hidden).sigmoid() * 6 + 1 })
  }

  private static func sideBySide(_ inputs: [SequenceBatch], expected: Int) throws -> SequenceBatch {
    guard inputs.count == expected, let first = inputs.first else {
      throw TensorError(
        operation: "ConvPooling", message: "\(inputs.count) streams were given to a network of \(expected)")
    }
    guard inputs.count > 1 else { return first }
    if let other = inputs.first(where: { $0.lengths != first.lengths }) {
      throw TensorError(
        operation: "ConvPooling", arguments: inputs.map(\.values.description),
        message: "streams have \(first.lengths) and \(other.lengths) frames; front ends of one hop, stacked alike, are "
          + "expected")
    }
    return try SequenceBatch(Tensor.concatenated(inputs.map(\.values), dimension: -1), lengths: first.lengths)
  }
}

/// x + dropout(Linear(relu(Conv(LayerNorm(x))))).
final class ResidualConvBlock: Module {
  private let norm: LayerNorm
  private let conv: Conv1d
  private let linear: Linear
  private let dropout: Dropout

  init(_ width: Int, dilation: Int, dropout: Double, _ initializer: Initializer) throws {
    norm = try LayerNorm(width, initializer)
    conv = try Conv1d(
      width, width, kernel: 3, padding: .init(before: dilation, after: dilation), dilation: dilation, initializer)
    linear = try Linear(width, width, initializer)
    self.dropout = Dropout(dropout, initializer)
  }

  var members: Members {
    ["norm": .module(norm), "conv": .module(conv), "linear": .module(linear), "dropout": .module(dropout)]
  }

  /// (batch, frames, width) to the same.
  func callAsFunction(_ x: SequenceBatch) throws -> SequenceBatch {
    let change = try conv(x.mapFrames { try norm($0) }).values
    return try x.mapFrames { try $0 + dropout(linear(change.relu())) }
  }
}
