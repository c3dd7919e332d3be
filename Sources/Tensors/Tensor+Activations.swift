extension Tensor {
  /// max(x, 0)
  public func relu() throws -> Tensor { try Op.relu(.tensor(self)) }

  /// x Φ(x) (Hendrycks and Gimpel 2016), with the exact error function or its approximation by tanh.
  public func gelu(approximatingWithTanh: Bool = false) throws -> Tensor {
    try Op.gelu(.tensor(self), .string(approximatingWithTanh ? "tanh" : "none"))
  }

  /// x sigmoid(x), also called swish.
  public func silu() throws -> Tensor { try Op.silu(.tensor(self)) }

  /// x where it is positive, else `slope` times x.
  public func leakyReLU(slope: Double = 0.01) throws -> Tensor { try Op.leakyReLU(.tensor(self), .double(slope)) }

  /// x where it is positive, else eˣ - 1.
  public func elu() throws -> Tensor { try Op.elu(.tensor(self)) }

  /// log(1 + eˣ), without overflow.
  public func softplus() throws -> Tensor { try Op.softplus(.tensor(self)) }

  /// The first half of a dimension times the sigmoid of the second (Dauphin et al. 2017).
  public func glu(_ dimension: Int = -1) throws -> Tensor { try Op.glu(.tensor(self), .int(dimension)) }

  /// 1 / (1 + e⁻ˣ)
  public func sigmoid() throws -> Tensor { try Op.sigmoid(.tensor(self)) }

  /// The hyperbolic tangent.
  public func tanh() throws -> Tensor { try Op.tanh(.tensor(self)) }

  /// Probabilities along a dimension.
  public func softmax(_ dimension: Int) throws -> Tensor { try Op.softmax(.tensor(self), .int(dimension)) }

  /// Logarithms of probabilities along a dimension.
  public func logSoftmax(_ dimension: Int) throws -> Tensor { try Op.logSoftmax(.tensor(self), .int(dimension)) }

  private enum Op {
    static let relu = Operator("aten::relu")
    static let gelu = Operator("aten::gelu")
    static let silu = Operator("aten::silu")
    static let leakyReLU = Operator("aten::leaky_relu")
    static let elu = Operator("aten::elu")
    static let softplus = Operator("aten::softplus")
    static let glu = Operator("aten::glu")
    static let sigmoid = Operator("aten::sigmoid")
    static let tanh = Operator("aten::tanh")
    static let softmax = Operator("aten::softmax", "int")
    static let logSoftmax = Operator("aten::log_softmax", "int")
  }
}
