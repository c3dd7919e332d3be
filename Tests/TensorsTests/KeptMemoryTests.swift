import Tensors
import Testing

@Suite(.serialized) struct KeptMemoryTests {
  // In a process of its own: the limit belongs to the whole process, and other tests run beside this one.
  @Test func freedBlocksAreKeptUpToTheLimitAndUsedAgain() async throws {
    await #expect(processExitsWith: .success) {
      try Runtime.setKeptMemoryLimit(0)
      func used(_ megabytes: Int) throws { _ = try Tensor.full([megabytes << 18], 1).sum() }
      try used(24)
      try #require(Runtime.keptMemory == 0)
      try Runtime.setKeptMemoryLimit(64 << 20)
      try used(24)
      try #require(Runtime.keptMemory == 24 << 20)
      try used(24)
      try #require(Runtime.keptMemory == 24 << 20, "the same block served twice")
      try used(23)
      try #require(Runtime.keptMemory == 24 << 20 || Runtime.keptMemory == 47 << 20)
      try used(100)
      try #require(Runtime.keptMemory <= 64 << 20, "more than the limit is never kept")
      // Values are right in memory that held others.
      let again = try Tensor.zeros([24 << 18])
      try #require(try again.abs().max().item(of: Float.self) == 0)
      try Runtime.setKeptMemoryLimit(8 << 20)
      try #require(Runtime.keptMemory <= 8 << 20)
    }
  }

  @Test func whatCanNotBeHadIsAnErrorAndNotACrash() throws {
    let before = Runtime.keptMemoryLimit
    defer { try? Runtime.setKeptMemoryLimit(before) }
    try Runtime.setKeptMemoryLimit(64 << 20)
    let error = try #require(throws: TensorError.self) { try Tensor.empty([1 << 50]) }
    #expect(error.message.contains("there is no memory for a tensor of"))
  }
}
