import Tensors
import Testing

@Suite struct TensorTests {
  @Test func arraysGoInAndComeOut() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(tensor.shape == [2, 3])
    #expect(tensor.dtype == .float32)
    #expect(try tensor.transposed().array(of: Float.self) == [1, 4, 2, 5, 3, 6])
    #expect(try tensor.array(of: Int.self) == [1, 2, 3, 4, 5, 6])
    #expect(try Tensor([Float]()).array(of: Float.self).isEmpty)
    #expect(try Tensor([true, false]).array(of: Bool.self) == [true, false])
  }

  @Test func elementsThatDoNotFillTheShapeAreRefused() {
    #expect(throws: TensorError.self) { try Tensor([1, 2, 3] as [Float], shape: [2, 2]) }
  }

  @Test func subscriptsFollowSwiftRanges() throws {
    let x = try Tensor.arange(0, 24).reshaped([2, 3, 4])
    #expect(try x[1].shape == [3, 4])
    #expect(try x[-1, 0, 1...2].array(of: Int.self) == [13, 14])
    #expect(try x[TensorIndexing.all, 1..<3, TensorIndexing.every(2)].shape == [2, 2, 2])
    #expect(try x[TensorIndexing.ellipsis, 3].array(of: Int.self) == [3, 7, 11, 15, 19, 23])
    #expect(try x[0, TensorIndexing.newAxis, 2...].shape == [1, 1, 4])
    #expect(try x[0, 0, -3 ... -1].array(of: Int.self) == [1, 2, 3])
    #expect(try x[0, 0, -3 ... -2].array(of: Int.self) == [1, 2])
    #expect(throws: TensorError.self) { try x[2] }
  }

  @Test func errorsNameTheOperatorAndItsArguments() throws {
    let x = try Tensor.zeros([2, 3])
    let error = #expect(throws: TensorError.self) { try x.matmul(x) }
    #expect(
      error?.description
        == "aten::matmul(float32 (2, 3), float32 (2, 3)): mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")
  }

  @Test func gradientsFlow() throws {
    let w = try Tensor([2, 3] as [Float]).requireGradient()
    let x = try Tensor([5, 7] as [Float])
    try (w * x * w).sum().backward()
    #expect(try w.gradient?.array(of: Float.self) == [20, 42])
    try (w * x).sum().backward()
    #expect(try w.gradient?.array(of: Float.self) == [25, 49])
    try w.setGradient(nil)
    #expect(w.gradient == nil)
    let without = try withoutGradients { try w * x }
    #expect(!without.requiresGradient)
    let found = try gradients(
      of: [(w * x).sum()], withRespectTo: [w, x.requireGradient(), Tensor.zeros([1]).requireGradient()])
    #expect(try found[0]?.array(of: Float.self) == [5, 7])
    #expect(try found[1] == nil || found[1]?.array(of: Float.self) == [2, 3])
    #expect(found[2] == nil)
  }

  @Test func generatorsRepeatAndResume() throws {
    let a = try Generator(seed: 7)
    let b = try Generator(seed: 7)
    #expect(try Tensor.randn([5], generator: a).equals(Tensor.randn([5], generator: b)))
    let state = try a.state()
    let next = try Tensor.rand([300], generator: a)
    try b.restore(state)
    #expect(try Tensor.rand([300], generator: b).equals(next))
    #expect(try !Tensor.rand([300], generator: b).equals(next))
  }

  @Test func autocastRunsProductsInBFloat16() throws {
    let x = try Tensor.ones([4, 4])
    let product = try withAutocast { try x.matmul(x) }
    #expect(product.dtype == .bfloat16)
    #expect(try x.matmul(x).dtype == .float32)
  }
}
