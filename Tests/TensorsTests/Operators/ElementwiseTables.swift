import Tensors

extension OperatorFamily {
  private static let broadcasting = [
    [[3, 4, 5], [4, 1], [3, 1, 5]], [[2, 3], [2, 3], []], [[0, 4], [1, 4], [0, 1]], [[], [3], [1]],
  ]

  static var elementwise: [OperatorFamily] {
    [
      OperatorFamily(
        "arithmetic", broadcasting,
        [
          OperatorCase("x + y") { try $0.x + $0.y },
          OperatorCase("x - 2 * y") { try $0.x - 2 * $0.y },
          OperatorCase("x * y / 3 - z") { try $0.x * $0.y / 3 - $0.z },
          OperatorCase("3 - x * 0.5 + 1") { try 3 - $0.x * 0.5 + 1 },
          OperatorCase("-x - 4") { try -$0.x - 4 },
          OperatorCase("x.abs()") { try $0.x.abs() },
          OperatorCase("x.exp()") { try $0.x.exp() },
          OperatorCase("x.sin() + y.cos()") { try $0.x.sin() + $0.y.cos() },
          OperatorCase("x.clamp(min=-0.5)") { try $0.x.clamped(min: -0.5) },
          OperatorCase("x.clamp(-0.7, 0.5)") { try $0.x.clamped(min: -0.7, max: 0.5) },
          OperatorCase("torch.maximum(x, y)") { try $0.x.maximum($0.y) },
          OperatorCase("torch.minimum(x, y)") { try $0.x.minimum($0.y) },
          OperatorCase("(3 * x).floor()") { try (3 * $0.x).floor() },
          OperatorCase("(2 * x).round()") { try (2 * $0.x).round() },
          OperatorCase("x.sign()") { try $0.x.sign() },
          OperatorCase("torch.where(x < y, x, z)") { try $0.x.selected(where: $0.x .< $0.y, else: $0.z) },
          OperatorCase("x.to(torch.float64)") { try $0.x.converted(to: .float64) },
          OperatorCase("x.to(torch.bfloat16)") { try $0.x.converted(to: .bfloat16) },
          OperatorCase("(3 * x).to(torch.int64)", gradient: false) { try (3 * $0.x).converted(to: .int64) },
          OperatorCase("x.to(torch.bool)", gradient: false) { try $0.x.converted(to: .bool) },
        ]),
      OperatorFamily(
        "positive", broadcasting, isPositive: true,
        [
          OperatorCase("x / y") { try $0.x / $0.y },
          OperatorCase("x.log()") { try $0.x.log() },
          OperatorCase("x.log10()") { try $0.x.log10() },
          OperatorCase("x.sqrt()") { try $0.x.sqrt() },
          OperatorCase("x.rsqrt()") { try $0.x.rsqrt() },
          OperatorCase("x.pow(1.5)") { try $0.x.pow(1.5) },
          OperatorCase("x.pow(y)") { try $0.x.pow($0.y) },
        ]),
      OperatorFamily(
        "same shapes", [[[3, 4], [3, 4], [3, 4]], [[0, 2], [0, 2], [0, 2]]],
        [
          OperatorCase("x + 0.5 * y") { try ($0.x * 1).addInPlace($0.y, scale: 0.5) },
          OperatorCase("x * 3") { try $0.x.clone().multiplyInPlace(3) },
          OperatorCase("x.lerp(y, 0.25)", gradient: false) {
            let copy = try $0.x.clone()
            try Tensor.lerpInPlace([copy], towards: [$0.y], weight: 0.25)
            return copy
          },
          OperatorCase("x.masked_fill(y > 0.3, 9)") { try $0.x.masked(where: $0.y .> 0.3, with: 9) },
          OperatorCase("torch.full_like(x, 2) + torch.ones_like(x) + torch.zeros_like(x)", gradient: false) {
            try $0.x.fullLike(2) + $0.x.onesLike() + $0.x.zerosLike()
          },
        ]),
    ]
  }

  static var comparison: OperatorFamily {
    OperatorFamily(
      "comparison", broadcasting,
      [
        OperatorCase("x < y", gradient: false) { try $0.x .< $0.y },
        OperatorCase("x <= y", gradient: false) { try $0.x .<= $0.y },
        OperatorCase("x > y", gradient: false) { try $0.x .> $0.y },
        OperatorCase("x >= y", gradient: false) { try $0.x .>= $0.y },
        OperatorCase("x.round() == y.round()", gradient: false) { try $0.x.round() .== $0.y.round() },
        OperatorCase("x.round() != y.round()", gradient: false) { try $0.x.round() .!= $0.y.round() },
        OperatorCase("x < 0.2", gradient: false) { try $0.x .< 0.2 },
        OperatorCase("x.round() <= 1", gradient: false) { try $0.x.round() .<= 1 },
        OperatorCase("x > 0.2", gradient: false) { try $0.x .> 0.2 },
        OperatorCase("x.round() >= 1", gradient: false) { try $0.x.round() .>= 1 },
        OperatorCase("i == 1", gradient: false) { try $0.i .== 1 },
        OperatorCase("i != 1", gradient: false) { try $0.i .!= 1 },
        OperatorCase("torch.logical_and(x > 0, y > 0)", gradient: false) { try ($0.x .> 0).logicalAnd($0.y .> 0) },
        OperatorCase("torch.logical_or(x > 0, y > 0)", gradient: false) { try ($0.x .> 0).logicalOr($0.y .> 0) },
        OperatorCase("torch.logical_xor(x > 0, y > 0)", gradient: false) { try ($0.x .> 0).logicalXor($0.y .> 0) },
        OperatorCase("torch.logical_not(x > 0)", gradient: false) { try ($0.x .> 0).logicalNot() },
        OperatorCase("(x > 0).all()", gradient: false) { try ($0.x .> 0).all() },
        OperatorCase("(x > 0).any()", gradient: false) { try ($0.x .> 0).any() },
        OperatorCase("(x > -1).all(-1, keepdim=True)", gradient: false) {
          try ($0.x .> -1).all(-1, keepDimensions: true)
        },
        OperatorCase("(x > 1).any(-1)", gradient: false) { try ($0.x .> 1).any(-1) },
        OperatorCase("(0 * x / 0).isnan()", gradient: false) { try (0 * $0.x / 0).isNaN() },
      ])
  }

  static var activations: OperatorFamily {
    OperatorFamily(
      "activations", [[[3, 4], [1], [1]], [[2, 0, 6], [1], [1]], [[2, 3, 8], [1], [1]]],
      [
        OperatorCase("x.relu()") { try $0.x.relu() },
        OperatorCase("F.gelu(x)") { try $0.x.gelu() },
        OperatorCase("F.gelu(x, approximate='tanh')") { try $0.x.gelu(approximatingWithTanh: true) },
        OperatorCase("F.silu(x)") { try $0.x.silu() },
        OperatorCase("F.leaky_relu(x, 0.2)") { try $0.x.leakyReLU(slope: 0.2) },
        OperatorCase("F.leaky_relu(x)") { try $0.x.leakyReLU() },
        OperatorCase("F.elu(x)") { try $0.x.elu() },
        OperatorCase("F.softplus(30 * x)") { try (30 * $0.x).softplus() },
        OperatorCase("F.glu(x)") { try $0.x.glu() },
        OperatorCase("x.sigmoid()") { try $0.x.sigmoid() },
        OperatorCase("x.tanh()") { try $0.x.tanh() },
        OperatorCase("x.softmax(1)") { try $0.x.softmax(1) },
        OperatorCase("x.log_softmax(-1)") { try $0.x.logSoftmax(-1) },
      ])
  }
}
