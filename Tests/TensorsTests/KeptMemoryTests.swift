import Tensors
import Testing

/// One test, for the limit belongs to the whole process.
@Suite(.serialized) struct KeptMemoryTests {
  @Test func freedBlocksAreKeptUpToTheLimitAndUsedAgain() throws {
    let before = Runtime.keptMemoryLimit
    defer { try? Runtime.setKeptMemoryLimit(before) }
    try Runtime.setKeptMemoryLimit(0)
    // Other tests run beside this one, with tensors of less than a megabyte.
    func used(_ megabytes: Int) throws { _ = try Tensor.full([megabytes << 18], 1).sum() }
    try used(24)
    #expect(Runtime.keptMemory == 0)
    try Runtime.setKeptMemoryLimit(64 << 20)
    try used(24)
    #expect(Runtime.keptMemory == 24 << 20)
    try used(24)
    #expect(Runtime.keptMemory == 24 << 20, "the same block served twice")
    try used(23)
    #expect(Runtime.keptMemory == 24 << 20 || Runtime.keptMemory == 47 << 20)
    try used(100)
    #expect(Runtime.keptMemory <= 64 << 20, "more than the limit is never kept")
    // Values are right in memory that held others.
    let again = try Tensor.zeros([24 << 18])
    #expect(try again.abs().max().item(of: Float.self) == 0)
    try Runtime.setKeptMemoryLimit(8 << 20)
    #expect(Runtime.keptMemory <= 8 << 20)
  }

  @Test func whatCanNotBeHadIsAnErrorAndNotACrash() throws {
    let before = Runtime.keptMemoryLimit
    defer { try? Runtime.setKeptMemoryLimit(before) }
    try Runtime.setKeptMemoryLimit(64 << 20)
    let error = try #require(throws: TensorError.self) { try Tensor.empty([1 << 50]) }
    #expect(error.message.contains("there is no memory for a tensor of"))
  }
}
