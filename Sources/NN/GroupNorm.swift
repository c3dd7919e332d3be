public import Tensors

/// Normalisation over groups of channels and all frames (Wu and He 2018), with the parameters of `torch.nn.GroupNorm`.
///
/// It mixes the frames of a sequence, hence takes their lengths: mean and variance are those of the real frames.
public final class GroupNorm: Module {
  /// (channels)
  public let weight: Tensor
  /// (channels)
  public let bias: Tensor
  /// How many groups the channels make; as many as there are channels normalises each alone.
  public let groups: Int
  /// Added to the variance.
  public let epsilon: Double

  /// A layer of `groups`, which divide `channels`, that starts as plain standardisation.
  public init(groups: Int, channels: Int, epsilon: Double = 1e-5, _ initializer: Initializer) throws {
    guard groups > 0, channels > 0, channels % groups == 0 else {
      throw TensorError(
        operation: "making a group norm", message: "\(groups) groups do not divide \(channels) channels")
    }
    self.groups = groups
    self.epsilon = epsilon
    weight = try initializer.constant([channels], 1)
    bias = try initializer.constant([channels], 0)
  }

  /// The names of `torch.nn.GroupNorm`.
  public var members: Members { ["weight": .parameter(weight), "bias": .parameter(bias)] }

  /// (batch, frames, channels) to the same.
  public func callAsFunction(_ x: SequenceBatch) throws -> SequenceBatch {
    guard let mask = x.mask else {
      return try x.mapFrames {
        try $0.transposed(1, 2).groupNormalized(groups: groups, weight: weight, bias: bias, epsilon: epsilon)
          .transposed(1, 2)
      }
    }
    let size = x.width / groups
    let values = try x.cleared().reshaped([x.count, x.frames, groups, size])
    let counts = try Tensor(x.lengths.map { Float($0 * size) }, shape: [x.count, 1, 1, 1])
      .moved(to: values.device).converted(to: values.dtype)
    let mean = try values.sum(1, 3, keepDimensions: true) / counts
    let padding = try mask.logicalNot().reshaped([x.count, x.frames, 1, 1])
    let centred = try (values - mean).masked(where: padding, with: 0)
    let variance = try (centred * centred).sum(1, 3, keepDimensions: true) / counts
    let normalized = try (centred * (variance + epsilon).rsqrt()).reshaped([x.count, x.frames, x.width])
    return try x.mapFrames { _ in try normalized * weight + bias }
  }
}
