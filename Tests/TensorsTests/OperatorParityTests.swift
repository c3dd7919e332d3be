import Tensors
import Testing

/// Operators with arguments that could stand in the wrong place, against the same expressions in PyTorch.
@Suite struct OperatorParityTests {
  static var cases: [(python: String, swift: (Tensor) throws -> Tensor)] {
    [
      ("x - 2 * y.sum(0)", { try $0 - 2 * y($0).sum(0) }),
      ("3 - x", { try 3 - $0 }),
      ("x.abs().pow(1.5)", { try $0.abs().pow(1.5) }),
      ("x.clamp(min=-0.5)", { try $0.clamped(min: -0.5) }),
      ("x.clamp(max=0.5)", { try $0.clamped(max: 0.5) }),
      ("torch.maximum(x, y)", { try $0.maximum(y($0)) }),
      ("x.masked_fill(x < y, 9)", { try $0.masked(where: $0.isLess(than: y($0)), with: 9) }),
      ("torch.where(x < y, x, y)", { try $0.selected(where: $0.isLess(than: y($0)), else: y($0)) }),
      ("x.sum((0, 2), keepdim=True)", { try $0.sum(0, 2, keepDimensions: true) }),
      ("x.mean(1)", { try $0.mean(1) }),
      ("x.var(1, correction=1)", { try $0.variance(1) }),
      ("x.var((0, 1), correction=0)", { try $0.variance(0, 1, correction: 0) }),
      ("x.amax((1, 2))", { try $0.max(1, 2) }),
      ("x.amin(0)", { try $0.min(0) }),
      ("x.argmax(1)", { try $0.argmax(1) }),
      ("x.norm()", { try $0.norm() }),
      ("x.cumsum(1)", { try $0.cumulativeSum(1) }),
      ("x.sort(1, descending=True).values", { try $0.sorted(1, descending: true).values }),
      ("x.sort(-1).indices", { try $0.sorted().indices }),
      ("x.index_select(1, torch.tensor([3, 0]))", { try $0.indexSelected(1, Tensor([3, 0])) }),
      ("x.gather(2, x.argsort(2))", { try $0.gathered(2, $0.sorted(2).indices) }),
      ("x.unfold(2, 3, 2)", { try $0.windows(size: 3, step: 2) }),
      ("torch.nn.functional.pad(x, (1, 2, 0, 3), value=7)", { try $0.padded([1, 2, 0, 3], value: 7) }),
      ("torch.cat([x, y], 2)", { try .concatenated([$0, y($0)], dimension: 2) }),
      ("torch.stack([x, y], 1)", { try .stacked([$0, y($0)], dimension: 1) }),
      ("x.split([1, 3], 1)[1]", { try $0.split([1, 3], dimension: 1)[1] }),
      ("x.chunk(2, 1)[1]", { try $0.chunked(2, dimension: 1)[1] }),
      ("x.permute(2, 0, 1)", { try $0.permuted([2, 0, 1]) }),
      ("x.narrow(2, 1, 3)", { try $0.narrowed(2, start: 1, length: 3) }),
      (
        "x[:, ::2, None, 1:-1]",
        {
          try $0[
            TensorIndexing.all, TensorIndexing.every(2), TensorIndexing.newAxis,
            TensorIndexing.slice(start: 1, end: -1, step: 1)]
        }
      ),
      ("torch.nn.functional.gelu(x)", { try $0.gelu() }),
      ("x.softmax(1)", { try $0.softmax(1) }),
      ("x.log_softmax(-1)", { try $0.logSoftmax(-1) }),
      ("torch.fft.rfft(x, n=4).abs()", { try $0.realFourier(length: 4).abs() }),
      ("torch.fft.irfft(torch.fft.rfft(x), n=5)", { try $0.realFourier().inverseRealFourier(length: 5) }),
      (
        "torch.nn.functional.layer_norm(x, (5,), y[0, 0], y[0, 1], 0.1)",
        {
          try $0.layerNormalized(weight: y($0)[0, 0], bias: y($0)[0, 1], epsilon: 0.1)
        }
      ),
      (
        "torch.nn.functional.scaled_dot_product_attention(x, y, x * 2, scale=0.3, is_causal=True)",
        {
          try $0.attended(key: y($0), value: $0 * 2, isCausal: true, scale: 0.3)
        }
      ),
      (
        "x.lerp(y, 0.25)",
        {
          let copy = try $0.clone()
          try Tensor.lerpInPlace([copy], towards: [y($0)], weight: 0.25)
          return copy
        }
      ),
      ("x + 0.5 * y", { try $0.clone().addInPlace(y($0), scale: 0.5) }),
    ]
  }

  static func y(_ x: Tensor) throws -> Tensor { try (x * 3).sigmoid() - 0.4 }

  @Test func expressionsAgree() throws {
    let x = try Tensor.randn([3, 4, 5], generator: Generator(seed: 5))
    let lines = Self.cases.enumerated().map { "outputs['\($0)'] = \($1.python)" }
    let theirs = try TorchPeer.run(
      "x = inputs['x']; y = (x * 3).sigmoid() - 0.4\n" + lines.joined(separator: "\n"), ["x": x])
    for (i, (python, swift)) in Self.cases.enumerated() {
      #expect(try swift(x).distance(from: theirs["\(i)"]) < 1e-6, "\(python)")
    }
  }
}
