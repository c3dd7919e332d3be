import Tensors

/// Memory of a process that serves for weeks.
public enum ServingMemory {
  /// Keeps memory flat under load; to be called before the server's threads are made.
  ///
  /// The C library gives threads heaps of their own, each of which keeps the most that it ever needed: many more of them than cores
  /// hold memory that no request uses.
  public static func keepFlat() throws {
    Runtime.limitHeaps(2)
    // What one batch frees the next one needs again.
    try Runtime.setKeptMemoryLimit(64 << 20)
  }
}
