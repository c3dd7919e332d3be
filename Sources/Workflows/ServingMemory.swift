import Tensors

/// Memory of a process that serves for weeks.
public enum ServingMemory {
  /// Keeps memory flat under load; to be called before the server's threads are made. Two heaps of the C library are enough for
  /// its many threads; tensors are not kept, which costs memory under load and gains no throughput that was measured.
  public static func keepFlat() { Runtime.limitHeaps(2) }
}
