import Tensors
import Testing

@Suite struct CreationTests {
  @Test func filledTensorsAreTorchs() throws {
    let theirs = try TorchPeer.run(
      """
      outputs["arange"] = torch.arange(-2, 5)
      outputs["steps"] = torch.arange(0.5, 3.0, 0.25)
      outputs["down"] = torch.arange(3, -1, -0.5, dtype=torch.float64)
      outputs["linspace"] = torch.linspace(-1, 2, 7)
      outputs["eye"] = torch.eye(3, dtype=torch.float16)
      outputs["full"] = torch.full((2, 3), 1.5, dtype=torch.bfloat16)
      outputs["empty"] = torch.zeros(0, 3)
      outputs["flags"] = torch.ones(2, dtype=torch.bool)
      """, [:])
    let ours: [String: Tensor] = try [
      "arange": .arange(-2, 5), "steps": .arange(0.5, 3, step: 0.25),
      "down": .arange(3, -1, step: -0.5, dtype: .float64), "linspace": .linspace(-1, 2, count: 7),
      "eye": .eye(3, dtype: .float16), "full": .full([2, 3], 1.5, dtype: .bfloat16), "empty": .zeros([0, 3]),
      "flags": .ones([2], dtype: .bool),
    ]
    for (name, tensor) in ours { #expect(try tensor.equals(#require(theirs[name])), "\(name)") }
    #expect(ours.count == theirs.count)
  }

  /// The same seed gives PyTorch's own numbers, so that distributions need no statistics.
  @Test func randomNumbersAreTorchs() throws {
    let theirs = try TorchPeer.run(
      """
      def g(): return torch.Generator().manual_seed(29)
      outputs["randn"] = torch.randn(3, 50, generator=g())
      outputs["double"] = torch.randn(7, dtype=torch.float64, generator=g())
      outputs["rand"] = torch.rand(40, generator=g())
      outputs["randint"] = torch.randint(-3, 12, (5, 9), generator=g())
      outputs["permutation"] = torch.randperm(31, generator=g())
      outputs["bernoulli"] = torch.linspace(0, 1, 60).bernoulli(generator=g())
      outputs["uniform"] = torch.empty(33).uniform_(-2, 5, generator=g())
      outputs["normal"] = torch.empty(33).normal_(1, 3, generator=g())
      """, [:])
    let g = { try Generator(seed: 29) }
    let ours: [String: Tensor] = try [
      "randn": .randn([3, 50], generator: g()), "double": .randn([7], dtype: .float64, generator: g()),
      "rand": .rand([40], generator: g()), "randint": .randint(-3..<12, [5, 9], generator: g()),
      "permutation": .randomPermutation(31, generator: g()),
      "bernoulli": Tensor.linspace(0, 1, count: 60).bernoulli(generator: g()),
      "uniform": Tensor.empty([33]).fillUniformInPlace(-2, 5, generator: g()),
      "normal": Tensor.empty([33]).fillNormalInPlace(mean: 1, deviation: 3, generator: g()),
    ]
    for (name, tensor) in ours { #expect(try tensor.equals(#require(theirs[name])), "\(name)") }
    #expect(ours.count == theirs.count)
  }

  @Test func masksHaveTheirProbability() throws {
    let generator = try Generator(seed: 2)
    for probability in [0, 0.3, 0.75, 1] {
      let mask = try Tensor.bernoulliMask([101, 99], probability: probability, generator: generator)
      #expect(mask.shape == [101, 99] && mask.dtype == .bool)
      // Four standard errors of 9999 draws at the most.
      #expect(try abs(mask.converted(to: .float64).mean().item(of: Double.self) - probability) <= 0.02)
      if probability == 0 || probability == 1 {
        #expect(try mask.all().item(of: Bool.self) == (probability == 1))
      }
    }
  }

  @Test func whatMakesNoTensorIsRefused() throws {
    let generator = try Generator(seed: 2)
    #expect(throws: TensorError.self) { try Tensor.randint(3..<3, [2], generator: generator) }
    #expect(throws: TensorError.self) { try Tensor.zeros([-1]) }
    #expect(throws: TensorError.self) { try Tensor.arange(0, 1, step: 0) }
    #expect(throws: TensorError.self) { try Tensor([2.0]).bernoulli(generator: generator) }
  }
}
