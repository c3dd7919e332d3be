extension Tensor {
  /// A convolution over time of frames that lie in memory one after the other, (frames, channels), without the copies of
  /// a convolution operator: for each `stride` taps one matrix product, which reads the frames where they are.
  ///
  /// - Parameters:
  ///   - weight: (output channels, taps * channels), the taps one after the other
  ///   - bias: (output channels)
  ///   - taps: how many frames one output frame sees
  ///   - stride: frames from one output frame to the next
  /// - Returns: ((frames - taps) / stride + 1, output channels)
  public func frameConvolution(_ weight: Tensor, bias: Tensor?, taps: Int, stride: Int) throws -> Tensor {
    let channels = size(-1)
    let count = (size(0) - taps) / stride + 1
    guard rank == 2, taps > 0, stride > 0, size(0) >= taps, weight.rank == 2, weight.size(1) == taps * channels else {
      throw TensorError(
        operation: "a convolution over frames", arguments: [description, weight.description],
        message: "at least \(taps) frames and a weight of (output, \(taps * channels)) are expected")
    }
    // Groups of `stride` frames seen as rows; the last output frame may need some frames of a group that is not whole.
    let groups = count + (taps - 1) / stride
    let missing = groups * stride - size(0)
    let frames = missing > 0 ? try padded([0, 0, 0, missing]) : try narrowed(0, start: 0, length: groups * stride)
    let rows = try frames.contiguous().reshaped([groups, stride * channels])
    var sum: Tensor?
    for (group, first) in Swift.stride(from: 0, to: taps, by: stride).enumerated() {
      let width = Swift.min(stride, taps - first) * channels
      let part = try rows.narrowed(0, start: group, length: count).narrowed(1, start: 0, length: width)
      let slice = try weight.narrowed(1, start: first * channels, length: width)
      guard let present = sum else {
        sum = try part.linear(slice, bias: bias)
        continue
      }
      sum = try Op.addProduct(.tensor(present), .tensor(part), .tensor(slice.transposed()))
    }
    guard let sum else { throw TensorError(operation: "a convolution over frames", message: "it has no taps") }
    return sum
  }

  private enum Op {
    static let addProduct = Operator("aten::addmm_")
  }
}

extension Tensor {
  /// A convolution over time of this (batch, channels, frames), as `torch.nn.functional.conv1d`.
  ///
  /// - Parameters:
  ///   - weight: (output channels, channels / groups, taps)
  ///   - bias: (output channels)
  ///   - padding: zeros at both ends
  public func convolved(
    _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, groups: Int = 1
  ) throws -> Tensor {
    try Self.conv1d(
      .tensor(self), .tensor(weight), .tensor(bias), .ints([stride]), .ints([padding]), .ints([1]), .int(groups))
  }

  private static let conv1d = Operator("aten::conv1d")
}
