public import Tensors

/// Convolution along time with the parameters of `torch.nn.Conv1d`, also weight-normalised.
///
/// Beyond the end of a sequence stand zeros, as they would if it were alone: a batch gives each sequence what it would get
/// by itself, of its own new length.
public final class Conv1d: Module {
  /// How many frames of zeros stand on either side.
  public struct Padding: Equatable, Sendable, ExpressibleByIntegerLiteral {
    /// Before the first frame.
    public var before: Int
    /// After the last.
    public var after: Int

    /// Frames before and after.
    public init(before: Int, after: Int) {
      self.before = before
      self.after = after
    }

    /// As many on both sides.
    public init(integerLiteral value: Int) { self.init(before: value, after: value) }
  }

  /// (outputs, channels / groups, kernel); for a weight-normalised layer the direction v of its weight
  public let weight: Tensor
  /// The lengths g of a weight-normalised layer, with size 1 in all dimensions but one.
  public let weightLengths: Tensor?
  /// (outputs)
  public let bias: Tensor?
  private let kernel: Int
  private let stride: Int
  private let padding: Padding
  private let dilation: Int
  private let groups: Int
  /// The dimension whose slices have a length of their own.
  private let normalizedDimension: Int?

  /// A layer from `channels` to `outputs` numbers for each frame, drawn as `torch.nn.Conv1d` draws.
  ///
  /// - Parameters:
  ///   - kernel: frames under the kernel
  ///   - dilation: the distance between them
  ///   - groups: into how many parts, which do not see each other, channels and outputs are divided
  ///   - weightNorm: the dimension of the weight whose slices are normalised (Salimans and Kingma 2016): 0 for outputs, 2
  ///     for frames of the kernel, as in wav2vec 2.0's position embedding; nil for a plain weight
  public init(
    _ channels: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Padding = 0, dilation: Int = 1,
    groups: Int = 1, bias: Bool = true, weightNorm: Int? = nil, _ initializer: Initializer
  ) throws {
    guard channels > 0, outputs > 0, kernel > 0, stride > 0, dilation > 0, groups > 0, channels % groups == 0,
      outputs % groups == 0, padding.before >= 0, padding.after >= 0, weightNorm.map((0...2).contains) ?? true
    else {
      throw TensorError(
        operation: "making a convolution",
        message:
          "sizes must be positive, paddings at least 0, the dimension of a weight norm 0, 1 or 2, and \(groups) groups must divide \(channels) channels and \(outputs) outputs"
      )
    }
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
    (self.dilation, self.groups, normalizedDimension) = (dilation, groups, weightNorm)
    let inputs = channels / groups * kernel
    let weight = try initializer.kaiming([outputs, channels / groups, kernel], inputs: inputs)
    self.weight = weight
    self.bias = bias ? try initializer.kaiming([outputs], inputs: inputs) : nil
    weightLengths = try weightNorm.map { dimension in
      try withoutGradients { try weight.norms(exceptOver: dimension) }.requireGradient()
    }
  }

  /// The names of `torch.nn.Conv1d`, or of it under `torch.nn.utils.parametrizations.weight_norm`.
  public var members: Members {
    guard normalizedDimension != nil else { return ["weight": .parameter(weight), "bias": .parameter(bias)] }
    return [
      "bias": .parameter(bias), Self.lengthsKey: .parameter(weightLengths), Self.directionKey: .parameter(weight),
    ]
  }

  /// The names that `torch.nn.utils.weight_norm` gave, which older checkpoints hold.
  public var aliases: [String: String] {
    normalizedDimension == nil ? [:] : ["weight_g": Self.lengthsKey, "weight_v": Self.directionKey]
  }

  private static let lengthsKey = "parametrizations.weight.original0"
  private static let directionKey = "parametrizations.weight.original1"

  /// How many frames become of so many; less than 1 where a sequence is too short.
  public func frames(of length: Int) -> Int {
    let room = length + padding.before + padding.after - dilation * (kernel - 1) - 1
    return room < 0 ? 0 : room / stride + 1
  }

  /// (batch, frames, channels) to (batch, frames', outputs). Throws for a sequence that is shorter than the kernel.
  public func callAsFunction(_ x: SequenceBatch) throws -> SequenceBatch {
    let lengths = x.lengths.map(frames)
    if let short = lengths.firstIndex(where: { $0 < 1 }) {
      throw TensorError(
        operation: "a convolution", arguments: [x.values.description],
        message:
          "sequence \(short) has \(x.lengths[short]) frames, fewer than its kernel spans: \(dilation * (kernel - 1) + 1) with \(padding.before + padding.after) of padding"
      )
    }
    var channels = try x.cleared().transposed(1, 2)
    if padding.before != padding.after { channels = try channels.padded([padding.before, padding.after]) }
    let made = try channels.convolved(
      fullWeight(), bias: bias, stride: stride, padding: padding.before == padding.after ? padding.before : 0,
      dilation: dilation, groups: groups)
    return try SequenceBatch(checked: made.transposed(1, 2), lengths: lengths)
  }

  private func fullWeight() throws -> Tensor {
    guard let normalizedDimension, let weightLengths else { return weight }
    return try weight.weightNormalized(lengths: weightLengths, dimension: normalizedDimension)
  }
}
