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
        "aten::matmul(float32 (2, 3), int64 (3)): addmv input tensors must have the same dtype, but got Long, Float, and Long",
        { _ = try Tensor.zeros([2, 3]).matmul(Tensor([1, 2, 3])) }
      ),
      (
        "aten::linear(float32 (4), float32 (2, 3), none): mat1 and mat2 shapes cannot be multiplied (1x4 and 3x2)",
        { _ = try Tensor.zeros([4]).linear(Tensor.zeros([2, 3])) }
      ),
      (
        "aten::add.Tensor(float32 (2, 3), bfloat16 (4)): The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        { _ = try Tensor.zeros([2, 3]) + Tensor.zeros([4], dtype: .bfloat16) }
      ),
      (
        "aten::cat([float32 (2, 3), float32 (3, 4)], 0): Sizes of tensors must match except in dimension 0. Expected size 3 but got size 4 for tensor number 1 in the list.",
        { _ = try Tensor.concatenated([.zeros([2, 3]), .zeros([3, 4])], dimension: 0) }
      ),
      (
        "aten::cat([], 0): torch.cat(): expected a non-empty list of Tensors",
        { _ = try Tensor.concatenated([], dimension: 0) }
      ),
      (
        "aten::cat([" + (0..<16).map { "float32 (2, \($0)), " }.joined()
          + "and 24 more], 0): Sizes of tensors must match except in dimension 0. Expected size 0 but got size 1 for tensor number 1 in the list.",
        { _ = try Tensor.concatenated((0..<40).map { try .zeros([2, $0]) }, dimension: 0) }
      ),
      (
        "aten::select.int(float32 (2, 3), 0, 2): select(): index 2 out of range for tensor of size [2, 3] at dimension 0",
        { _ = try Tensor.zeros([2, 3])[2] }
      ),
      (
        "aten::reshape(float32 (2, 3), [4, 2]): shape '[4, 2]' is invalid for input of size 6",
        { _ = try Tensor.zeros([2, 3]).reshaped([4, 2]) }
      ),
      (
        "aten::zeros([-1], float32, none, cpu): zeros: Dimension size must be non-negative.",
        { _ = try Tensor.zeros([-1]) }
      ),
      (
        "aten::empty.memory_format([4611686018427387904, 8], float32, none, cpu): Storage size calculation overflowed with sizes=[4611686018427387904, 8]",
        { _ = try Tensor.empty([1 << 62, 8]) }
      ),
      (
        "aten::index_select(float32 (2, 3), 0, int64 (1)): index out of range in self",
        { _ = try Tensor.zeros([2, 3]).indexSelected(0, Tensor([5])) }
      ),
      (
        "requiring a gradient(int64 (2)): Only Tensors of floating point and complex dtype can require gradients",
        { try Tensor([1, 2]).requireGradient() }
      ),
      (
        "backward(float32 (2)): grad can be implicitly created only for scalar outputs",
        { try Tensor.zeros([2]).requireGradient().exp().backward() }
      ),
      (
        "backward(float32 ()): Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.",
        {
          let y = try Tensor.zeros([2]).requireGradient().exp().sum()
          try y.backward()
          try y.backward()
        }
      ),
      (
        "gradients(float32 (2), float32 (2)): grad can be implicitly created only for scalar outputs",
        {
          let x = try Tensor.zeros([2]).requireGradient()
          _ = try gradients(of: [x.exp()], withRespectTo: [x])
        }
      ),
      (
        "setting a gradient(float32 (2), float32 (3)): a gradient has the shape, dtype and device of its tensor",
        { try Tensor.zeros([2]).setGradient(Tensor.zeros([3])) }
      ),
      (
        "aten::mul_.Scalar(float32 (2), 2.0): a leaf Variable that requires grad is being used in an in-place operation.",
        { try Tensor.zeros([2]).requireGradient().multiplyInPlace(2) }
      ),
      (
        "restoring a generator's state(float32 (3)): RNG state must be a torch.ByteTensor",
        { try Generator(seed: 1).restore(Tensor.zeros([3])) }
      ),
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
    let cases: [(says: String, body: () throws -> Void)] = [
      (
        "aten::zeros([2], float32, none, cuda): Could not run 'aten::empty.memory_format' with arguments from the 'CUDA' "
          + "backend.", { _ = try Tensor.zeros([2], device: .cuda) }
      ),
      (
        "aten::to.device(float32 (2), cuda, float32): PyTorch is not linked with support for cuda devices",
        { _ = try Tensor.zeros([2]).moved(to: .cuda) }
      ),
      (
        "making a random number generator(cuda): there is no such device here",
        { _ = try Generator(seed: 1, device: .cuda) }
      ),
      ("reading the memory of a device(cuda): there is no such device here", { _ = try Runtime.memory(of: .cuda) }),
    ]
    for (says, body) in cases {
      let error = #expect(throws: TensorError.self) { try body() }
      #expect(error?.description == says)
    }
  }

  @Test func memoryThatRunsOutIsAKindOfItsOwn() throws {
    let error = #expect(throws: TensorError.self) { try Tensor.empty([1 << 50]) }
    #expect(error?.operation == "aten::empty.memory_format")
    #expect(error?.arguments == ["[1125899906842624]", "float32", "none", "cpu"])
    #expect(error?.kind == .outOfMemory)
  }
}
