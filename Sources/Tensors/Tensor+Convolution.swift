extension Tensor {
  /// Convolution along the last dimension, in the field's sense: the kernel is not reversed.
  ///
  /// This tensor is (batch, channels, frames); the result (batch, outputs, frames'), with
  /// frames' = (frames + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down.
  ///
  /// - Parameters:
  ///   - weight: (outputs, channels / groups, kernel)
  ///   - bias: (outputs)
  ///   - padding: zeros before and after
  ///   - dilation: the distance between the frames under a kernel's elements
  ///   - groups: into how many parts, which do not see each other, channels are divided
  public func convolved(
    _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
  ) throws -> Tensor {
    // oneDNN 3.12 with AMX is wrong in bfloat16 for some kernels over 2 to 14 channels; such convolutions are small.
    if dtype == .bfloat16, device.kind == .cpu, weight.size(1) < 16 {
      return try converted(to: .float32).convolved(
        weight.converted(to: .float32), bias: bias?.converted(to: .float32), stride: stride, padding: padding,
        dilation: dilation, groups: groups
      ).converted(to: dtype)
    }
    return try Op.conv1d(
      .tensor(self), .tensor(weight), .tensor(bias), .ints([stride]), .ints([padding]), .ints([dilation]), .int(groups))
  }

  /// A weight of direction v (this tensor) and length g: g v / |v|, the norm over all dimensions but one (Salimans and
  /// Kingma 2016).
  ///
  /// - Parameter lengths: g, of v's rank, with size 1 in all dimensions but `dimension`
  public func weightNormalized(lengths: Tensor, dimension: Int) throws -> Tensor {
    try Op.weightNorm(.tensor(self), .tensor(lengths), .int(dimension))
  }

  /// The norms over all dimensions but one, which the others keep with size 1.
  public func norms(exceptOver dimension: Int) throws -> Tensor {
    try Op.normExcept(.tensor(self), 2, .int(dimension))
  }

  private enum Op {
    static let conv1d = Operator("aten::conv1d")
    static let weightNorm = Operator("aten::_weight_norm")
    static let normExcept = Operator("aten::norm_except_dim")
  }
}
