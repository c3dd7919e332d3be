import CTorch

/// LibTorch as this process runs it.
public enum Runtime {
  /// LibTorch's version, such as 2.13.0.
  public static var version: String { String(cString: ct_version()) }

  /// How many threads one operator may use.
  public static var threadCount: Int { Int(ct_thread_count()) }

  /// Sets how many threads one operator may use, at least one.
  public static func setThreadCount(_ count: Int) throws {
    try check(ct_set_thread_count(Int32(clamping: max(count, 1))), "setting the number of threads")
  }

  /// Runs `body` with so many threads for an operator on this thread: one where the work is spread over cores otherwise.
  public static func withThreadCount<Output>(_ count: Int, _ body: () throws -> Output) rethrows -> Output {
    let before = ct_thread_count()
    // Setting a positive number can't fail.
    _ = ct_set_thread_count(Int32(clamping: max(count, 1)))
    defer { _ = ct_set_thread_count(before) }
    return try body()
  }

  /// Whether operators that have no deterministic implementation refuse to run.
  public static var isDeterministic: Bool { ct_deterministic() }

  /// Makes operators without a deterministic implementation refuse to run, or allows them again.
  public static func setDeterministic(_ enabled: Bool) throws {
    try check(ct_set_deterministic(enabled), "setting determinism")
  }

  /// Whether the processor multiplies bfloat16 matrices in hardware, so that they are faster than float32.
  public static var cpuHasBFloat16: Bool { ct_cpu_has_bfloat16() }

  /// How many bytes of freed CPU tensors are kept for the next ones, at the most. 0, the start, keeps none.
  ///
  /// Large blocks of memory that go back to the system come again as fresh pages, which costs a training step half of
  /// its time on a virtual machine. The price is memory that other processes can't have meanwhile.
  public static var keptMemoryLimit: Int { Int(clamping: ct_kept_memory_limit()) }

  /// Sets how many bytes of freed CPU tensors are kept; what is kept beyond that goes back to the system now.
  public static func setKeptMemoryLimit(_ bytes: Int) throws {
    try check(ct_set_kept_memory_limit(UInt64(clamping: bytes)), "setting the limit of kept memory")
  }

  /// How many bytes of freed CPU tensors are kept now.
  public static var keptMemory: Int { Int(clamping: ct_kept_memory()) }

  /// Gives freed memory that the C library holds back to the system. It takes a moment, and what is allocated next needs fresh
  /// pages: it is for where much was freed that will not be needed again.
  public static func returnFreedMemory() { ct_return_freed_memory() }

  /// Has all threads share so many heaps of the C library, at least one. Without it glibc makes eight for each core, and each
  /// keeps the most that its threads ever needed: the memory of a process that works for hours grows and grows. To be called
  /// before there are threads: heaps that were made stay.
  ///
  /// - Returns: whether the C library can be told so; others than glibc can't, and have no need.
  @discardableResult public static func limitHeaps(_ count: Int) -> Bool {
    ct_limit_heaps(Int32(clamping: max(count, 1)))
  }
}
