import NN
import Tensors

/// A part of a network whose weights are laid out anew once they are loaded.
protocol Settling: Module {
  /// Lays the weights out for a device, and lets go of them as they were published.
  func settle(on device: Device) throws
}

/// y = x Wᵀ + b with weights that are loaded once and never trained: of one published layer, or of several that read the
/// same input and are computed as one.
final class FrozenLinear: Module, Settling {
  /// Numbers that come out.
  let output: Int
  private var weight: Tensor?
  private var bias: Tensor?
  private var packed: PackedWeight?
  /// Views of weight and bias under the published names, until they are settled.
  private var published: Members
  /// Rows of the products for which the weights are laid out.
  private let rows: Int

  /// A batch of some seconds of speech, or of some texts.
  static let usualRows = 512

  /// A layer whose published weight is laid out in another way.
  ///
  /// - Parameters:
  ///   - rows: about how many rows its products will have; others are only slower
  ///   - published: the published names, with views of the weight (output, input) and of the bias (output)
  init(
    _ input: Int, _ output: Int, bias: Bool, _ initializer: Initializer, rows: Int = usualRows,
    published: (_ weight: Tensor, _ bias: Tensor?) throws -> Members
  ) throws {
    self.output = output
    self.rows = rows
    let weight = try Tensor.empty([output, input], dtype: initializer.dtype)
    self.weight = weight
    self.bias = bias ? try Tensor.zeros([output], dtype: initializer.dtype) : nil
    self.published = try published(weight, self.bias)
  }

  /// A layer as `torch.nn.Linear` is published.
  convenience init(
    _ input: Int, _ output: Int, bias: Bool = true, _ initializer: Initializer, rows: Int = usualRows
  ) throws {
    try self.init(input, output, bias: bias, initializer, rows: rows) {
      ["weight": .parameter($0), "bias": .parameter($1)]
    }
  }

  /// Layers of one input and equal outputs, computed as one; one after the other in the result.
  ///
  /// - Parameter parts: their published names, with whether they have a bias
  convenience init(
    _ input: Int, each output: Int, _ parts: [(name: String, bias: Bool)], _ initializer: Initializer,
    rows: Int = usualRows
  ) throws {
    try self.init(
      input, output * parts.count, bias: parts.contains { $0.bias }, initializer, rows: rows
    ) { weight, bias in
      var members: [(name: String, member: Members.Member)] = []
      for (number, part) in parts.enumerated() {
        let rows = { (tensor: Tensor) in try tensor.narrowed(0, start: number * output, length: output) }
        let own = part.bias ? try bias.map(rows) : nil
        members.append((part.name, .module(Parts(["weight": .parameter(try rows(weight)), "bias": .parameter(own)]))))
      }
      return Members(members)
    }
  }

  /// A convolution over time as `torch.nn.Conv1d` is published, (output, input, taps), for windows of frames as
  /// `Tensor.frameWindows` gives them.
  convenience init(convolution input: Int, _ output: Int, taps: Int, bias: Bool, _ initializer: Initializer) throws {
    try self.init(taps * input, output, bias: bias, initializer) { weight, bias in
      [
        "weight": .parameter(try weight.reshaped([output, taps, input]).permuted([0, 2, 1])),
        "bias": .parameter(bias),
      ]
    }
  }

  var members: Members { published }

  func settle(on device: Device) throws {
    guard let weight else { return }
    if device.kind == .cpu {
      packed = try PackedWeight(weight, rows: rows)
      self.weight = packed == nil ? weight : nil
    } else {
      self.weight = try weight.moved(to: device)
      bias = try bias?.moved(to: device)
    }
    published = [:]
  }

  /// (rows, input) to (rows, output)
  func callAsFunction(_ x: Tensor, _ activation: Activation? = nil) throws -> Tensor {
    if let packed {
      guard let activation else { return try packed.linear(x, bias: bias) }
      if let fused = activation.fused { return try packed.linear(x, bias: bias, activation: fused) }
      return try activation(packed.linear(x, bias: bias))
    }
    let product = try plain(x)
    return try activation?(product) ?? product
  }

  /// The same with other rows added.
  func callAsFunction(_ x: Tensor, adding other: Tensor) throws -> Tensor {
    try packed?.linear(x, bias: bias, adding: other) ?? plain(x) + other
  }

  private func plain(_ x: Tensor) throws -> Tensor {
    guard let weight else { throw TensorError(operation: "a linear layer", message: "it has no weight") }
    return try x.linear(weight, bias: bias)
  }
}

extension Tensor {
  /// The windows of frames (frames, channels) that a convolution reads, one in a row: (windows, taps * channels).
  func frameWindows(taps: Int, stride: Int) throws -> Tensor {
    let channels = size(1)
    guard size(0) >= taps else {
      throw TensorError(
        operation: "a convolution over frames", arguments: [description],
        message: "\(taps) frames at least are expected")
    }
    return try contiguous().reshaped([size(0) * channels]).windows(size: taps * channels, step: stride * channels)
      .contiguous()
  }
}
