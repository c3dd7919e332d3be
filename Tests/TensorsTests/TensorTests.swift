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

  @Test(
    "A convolution in bfloat16 is that of float32 but for rounding, over few channels too",
    arguments: [8, 16, 128], [2, 8, 12, 14, 16])
  func convolutionInBFloat16(kernel: Int, channels: Int) throws {
    let generator = try Generator(seed: 5)
    let x = try Tensor.randn([1, 4 * channels, 100], generator: generator).converted(to: .bfloat16)
    let weight = try Tensor.randn([4 * channels, channels, kernel], generator: generator).converted(to: .bfloat16)
    let found = try x.convolved(weight, padding: kernel / 2, groups: 4)
    let exact = try x.converted(to: .float32).convolved(
      weight.converted(to: .float32), padding: kernel / 2, groups: 4)
    #expect(found.dtype == .bfloat16)
    #expect(
      try (found.converted(to: .float32) - exact).abs().max().item(of: Float.self)
        < exact.abs().max().item(of: Float.self) / 100)
  }

  @Test func subscriptsFollowSwiftRanges() throws {
    let x = try Tensor.arange(0, 24).reshaped([2, 3, 4])
    #expect(try x[1].shape == [3, 4])
    #expect(try x[-1, 0, 1...2].array(of: Int.self) == [13, 14])
    #expect(try x[.all, 1..<3, .every(2)].shape == [2, 2, 2])
    #expect(try x[.ellipsis, 3].array(of: Int.self) == [3, 7, 11, 15, 19, 23])
    #expect(try x[0, .newAxis, 2...].shape == [1, 1, 4])
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

  @Test func partsAreOverwrittenInPlace() throws {
    let x = try Tensor.zeros([3, 4])
    try x.setInPlace(1, 1..<3, to: Tensor([5, 6] as [Float]))
    try x.setInPlace(.ellipsis, 0, to: Tensor([7] as [Float]))
    #expect(try x.array(of: Int.self) == [7, 0, 0, 0, 7, 5, 6, 0, 7, 0, 0, 0])
    try x.setInPlace(x .== 7, to: Tensor([-1] as [Float]))
    try x.setInPlace(Tensor([0, 2]), 3, to: Tensor([8, 9] as [Float]))
    #expect(try x.array(of: Int.self) == [-1, 0, 0, 8, -1, 5, 6, 0, -1, 0, 0, 9])
    #expect(throws: TensorError.self) { try x.setInPlace(0, to: Tensor.zeros([5])) }
    #expect(throws: TensorError.self) { try x[Tensor([3])] }
    #expect(throws: TensorError.self) { try x[0, 0, 0] }
  }

  @Test func elementsAreReplacedInTheSameObject() throws {
    let x = try Tensor.zeros([3]).requireGradient()
    let y = try (x * 2).sum()
    try x.replaceElements(with: Tensor([1, 2] as [Double]))
    #expect(x.shape == [2] && x.dtype == .float64 && x.requiresGradient)
    try (x * x).sum().backward()
    #expect(try x.gradient?.array(of: Double.self) == [2, 4])
    #expect(try y.item(of: Double.self) == 0)
  }
}
