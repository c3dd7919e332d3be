import Foundation
import Tensors
import Testing

/// What LibTorch's failures say, word for word: the operator, the shapes and dtypes of its arguments, one line of reason,
/// and nothing of C++.
@Suite struct ErrorTests {
  static var cases: [(says: String, body: () throws -> Void)] {
    [
      (
        "aten::matmul(float32 (2, 3), float32 (2, 3)): mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
        { _ = try Tensor.zeros([2, 3]).matmul(Tensor.zeros([2, 3])) }
      ),
      (
        "aten::matmul(float32 (2, 3), int64 (3)): expected m1 and m2 to have the same dtype, but got: float != long int",
        { _ = try Tensor.zeros([2, 3]).matmul(Tensor([1, 2, 3])) }
      ),
      (
        "aten::linear(float32 (4), float32 (2, 3), none): x",
        { _ = try Tensor.zeros([4]).linear(Tensor.zeros([2, 3])) }
      ),
      (
        "aten::add.Tensor(float32 (2, 3), bfloat16 (4)): x",
        { _ = try Tensor.zeros([2, 3]) + Tensor.zeros([4], dtype: .bfloat16) }
      ),
      (
        "aten::cat([float32 (2, 3), float32 (3, 4)], 0): x",
        { _ = try Tensor.concatenated([.zeros([2, 3]), .zeros([3, 4])], dimension: 0) }
      ),
      ("aten::cat([], 0): x", { _ = try Tensor.concatenated([], dimension: 0) }),
      (
        "aten::cat([x], 0): x",
        { _ = try Tensor.concatenated((0..<40).map { try .zeros([2, $0]) }, dimension: 0) }
      ),
      ("aten::select.int(float32 (2, 3), 0, 2): x", { _ = try Tensor.zeros([2, 3])[2] }),
      ("aten::reshape(float32 (2, 3), [4, 2]): x", { _ = try Tensor.zeros([2, 3]).reshaped([4, 2]) }),
      ("aten::zeros([-1], float32, none, cpu): x", { _ = try Tensor.zeros([-1]) }),
      (
        "aten::empty.memory_format([4611686018427387904, 8], float32, none, cpu): x",
        { _ = try Tensor.empty([1 << 62, 8]) }
      ),
      (
        "aten::index_select(float32 (2, 3), 0, int64 (1)): x",
        { _ = try Tensor.zeros([2, 3]).indexSelected(0, Tensor([5])) }
      ),
      ("requiring a gradient(int64 (2)): x", { try Tensor([1, 2]).requireGradient() }),
      ("backward(float32 (2)): x", { try Tensor.zeros([2]).requireGradient().exp().backward() }),
      (
        "backward(float32 ()): x",
        {
          let y = try Tensor.zeros([2]).requireGradient().exp().sum()
          try y.backward()
          try y.backward()
        }
      ),
      (
        "gradients(float32 (2), float32 (2)): x",
        {
          let x = try Tensor.zeros([2]).requireGradient()
          _ = try gradients(of: [x.exp()], withRespectTo: [x])
        }
      ),
      ("setting a gradient(float32 (2)): x", { try Tensor.zeros([2]).setGradient(Tensor.zeros([3])) }),
      ("aten::mul_.Scalar(float32 (2), 2.0): x", { try Tensor.zeros([2]).requireGradient().multiplyInPlace(2) }),
      ("restoring a generator's state(float32 (3)): x", { try Generator(seed: 1).restore(Tensor.zeros([3])) }),
      ("item(float32 (2)): a tensor of one element is expected", { _ = try Tensor.zeros([2]).item(of: Float.self) }),
      (
        "reading memory(float32 (3, 2)): a contiguous tensor of float32 is expected",
        { try Tensor.zeros([2, 3]).transposed().withUnsafeElements(of: Float.self) { _ in } }
      ),
    ]
  }

  @Test(arguments: cases.indices) func aFailureSaysWhatFailed(index: Int) throws {
    let (says, body) = Self.cases[index]
    let error = #expect(throws: TensorError.self) { try body() }
    #expect(error?.description == says)
    #expect(error?.kind == .failure)
    #expect(error?.message.contains("\n") == false)
  }

  @Test(.enabled(if: !Device.cuda.isAvailable, "needs a machine without an NVIDIA GPU"))
  func aDeviceThatIsNotThereIsNamed() {
    for body in [
      { _ = try Tensor.zeros([2], device: .cuda) }, { _ = try Tensor.zeros([2]).moved(to: .cuda) },
      { _ = try Generator(seed: 1, device: .cuda) }, { _ = try Runtime.memory(of: .cuda) },
    ] as [() throws -> Void] {
      let error = #expect(throws: TensorError.self) { try body() }
      #expect(error?.message == "x")
    }
  }

  @Test func memoryThatRunsOutIsAKindOfItsOwn() throws {
    let error = #expect(throws: TensorError.self) { try Tensor.empty([1 << 50]) }
    #expect(error?.operation == "aten::empty.memory_format")
    #expect(error?.arguments == ["[1125899906842624]", "float32", "none", "cpu"])
    #expect(error?.kind == .outOfMemory)
  }
}
