extension Tensor {
  /// Layer normalisation over the last dimension (Ba et al. 2016).
  public func layerNormalized(weight: Tensor?, bias: Tensor?, epsilon: Double) throws -> Tensor {
    try Op.layerNorm(.tensor(self), .ints([size(-1)]), .tensor(weight), .tensor(bias), .double(epsilon))
  }

  /// Division by the root of the mean square over the last dimension (Zhang and Sennrich 2019).
  ///
  /// - Parameter epsilon: added to the mean square; nil is the smallest step of the dtype above 1.
  public func rmsNormalized(weight: Tensor?, epsilon: Double?) throws -> Tensor {
    try Op.rmsNorm(.tensor(self), .ints([size(-1)]), .tensor(weight), .double(epsilon))
  }

  /// Normalisation of (batch, channels, …) over groups of channels and all that follows (Wu and He 2018).
  ///
  /// - Parameters:
  ///   - weight: (channels)
  ///   - bias: (channels)
  public func groupNormalized(groups: Int, weight: Tensor?, bias: Tensor?, epsilon: Double) throws -> Tensor {
    try Op.groupNorm(.tensor(self), .int(groups), .tensor(weight), .tensor(bias), .double(epsilon))
  }

  /// Normalisation of (batch, channels, …) for each channel (Ioffe and Szegedy 2015).
  ///
  /// - Parameters:
  ///   - mean: (channels), the running mean: used as it is, or in training moved towards the batch's in place
  ///   - variance: (channels), the running variance, likewise
  ///   - momentum: how far the running values move in training
  public func batchNormalized(
    mean: Tensor, variance: Tensor, weight: Tensor?, bias: Tensor?, isTraining: Bool, momentum: Double = 0.1,
    epsilon: Double = 1e-5
  ) throws -> Tensor {
    try Op.batchNorm(
      .tensor(self), .tensor(weight), .tensor(bias), .tensor(mean), .tensor(variance), .bool(isTraining),
      .double(momentum), .double(epsilon), true)
  }

  private enum Op {
    static let layerNorm = Operator("aten::layer_norm")
    static let rmsNorm = Operator("aten::rms_norm")
    static let groupNorm = Operator("aten::group_norm")
    static let batchNorm = Operator("aten::batch_norm")
  }
}
