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
}
