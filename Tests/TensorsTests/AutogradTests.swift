import Tensors
import Testing

@Suite struct AutogradTests {
  let x: Tensor
  let w: Tensor

  init() throws {
    x = try Tensor([5, 7] as [Double])
    w = try Tensor([2, 3] as [Double]).requireGradient()
  }

  @Test func gradientsAddUpUntilTheyAreForgotten() throws {
    try (w * x * w).sum().backward()
    #expect(try w.gradient?.array(of: Double.self) == [20, 42])
    try (w * x).sum().backward()
    #expect(try w.gradient?.array(of: Double.self) == [25, 49])
    try w.setGradient(nil)
    #expect(w.gradient == nil)
    try (w * x).backward(seed: Tensor([1, -1] as [Double]))
    #expect(try w.gradient?.array(of: Double.self) == [5, -7])
  }

  @Test func gradientsByRequestLeaveTheLeavesAlone() throws {
    let unused = try Tensor.zeros([1]).requireGradient()
    let found = try gradients(of: [(w * x).sum(), (w * w).sum()], withRespectTo: [w, unused])
    #expect(try found[0]?.array(of: Double.self) == [9, 13])
    #expect(found[1] == nil && w.gradient == nil)
    let seeded = try gradients(
      of: [w * x, w.sum()], withRespectTo: [w], seeds: [Tensor([1, 2] as [Double]), nil])
    #expect(try seeded[0]?.array(of: Double.self) == [6, 15])
    // The gradient's own gradient: d/dw of 3 w² is 6 w.
    let first = try #require(gradients(of: [w.pow(3).sum()], withRespectTo: [w], createGraph: true)[0])
    let second = try gradients(of: [first.sum()], withRespectTo: [w])
    #expect(try second[0]?.array(of: Double.self) == [12, 18])
  }

  @Test func aGraphIsWalkedOnceUnlessKept() throws {
    let y = try (w * w).sum()
    try y.backward(keepGraph: true)
    try y.backward()
    #expect(try w.gradient?.array(of: Double.self) == [8, 12])
    #expect(throws: TensorError.self) { try y.backward() }
    #expect(throws: TensorError.self) { try (w * x).backward() }
  }

  @Test func whatIsDetachedPassesNoGradient() throws {
    let y = try w * 3
    let detached = try y.detached()
    #expect(!detached.requiresGradient && y.requiresGradient)
    try (detached * w).sum().backward()
    #expect(try w.gradient?.array(of: Double.self) == [6, 9])
    // The elements are shared.
    try detached.fillInPlace(1)
    #expect(try y.array(of: Double.self) == [1, 1])
  }

  @Test func theModeIsThatOfTheClosure() throws {
    #expect(try withoutGradients { try w * x }.requiresGradient == false)
    #expect(try withoutGradients { try withGradients { try w * x } }.requiresGradient)
    #expect(throws: CancellationError.self) { try withoutGradients { throw CancellationError() } }
    #expect(try (w * x).requiresGradient, "a failure must put the mode back")
    #expect(throws: TensorError.self) { try w.fillInPlace(0) }
    _ = try withoutGradients { try w.fillInPlace(0) }
  }

  @Test func onlyRealNumbersHaveGradients() throws {
    #expect(throws: TensorError.self) { try Tensor([1, 2]).requireGradient() }
    #expect(throws: TensorError.self) { try Tensor([true]).requireGradient() }
    try w.requireGradient(false)
    #expect(!w.requiresGradient)
  }

  @Test(arguments: [DType.bfloat16, .float16]) func autocastIsThatOfTorch(dtype: DType) throws {
    let generator = try Generator(seed: 3)
    let (x, weight) = (
      try Tensor.randn([6, 8], generator: generator), try Tensor.randn([5, 8], generator: generator)
    )
    let leaf = try weight.clone().requireGradient()
    let targets = try Tensor.rand([6, 5], generator: generator)
    // A product in the small dtype, a loss in float32.
    let (product, loss) = try withAutocast(dtype) {
      let product = try x.linear(leaf)
      return (product, try product.binaryCrossEntropy(targets))
    }
    #expect(product.dtype == dtype && loss.dtype == .float32)
    try loss.backward()
    let theirs = try TorchPeer.run(
      """
      w = inputs["w"].clone().requires_grad_()
      with torch.autocast("cpu", torch.\(dtype.rawValue)):
          p = torch.nn.functional.linear(inputs["x"], w)
          l = torch.nn.functional.binary_cross_entropy_with_logits(p, inputs["t"])
      l.backward()
      outputs["p"], outputs["l"], outputs["g"] = p, l, w.grad
      """, ["x": x, "w": weight, "t": targets])
    #expect(try product.equals(#require(theirs["p"])))
    #expect(theirs["l"]?.dtype == .float32)
    #expect(try loss.distance(from: theirs["l"]) < 1e-6)
    #expect(try #require(leaf.gradient).distance(from: theirs["g"]) < 1e-6)
    #expect(leaf.gradient?.dtype == .float32)
    #expect(try x.linear(weight).dtype == .float32, "autocast must end with its closure")
    #expect(throws: CancellationError.self) { try withAutocast(dtype) { throw CancellationError() } }
    #expect(!Autocast.current().isEnabled)
  }

  @Test func autocastIsOnlyThatOfItsDevice() throws {
    let x = try Tensor.ones([4, 4])
    #expect(try withAutocast(on: .cuda) { try x.matmul(x) }.dtype == .float32)
  }

  @Test(.enabled(if: Device.cuda.isAvailable, "needs an NVIDIA GPU"))
  func autocastRunsOnCUDA() throws {
    let x = try Tensor.ones([4, 4], device: .cuda)
    let product = try withAutocast(on: .cuda) { try x.matmul(x) }
    #expect(product.dtype == .bfloat16 && product.device.kind == .cuda)
    #expect(try x.matmul(x).dtype == .float32)
  }
}
