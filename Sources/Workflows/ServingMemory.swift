import Foundation
import Tensors

/// Memory of a process that serves for weeks.
public enum ServingMemory {
  /// Seconds between two times that freed memory goes back to the system.
  private static let interval = 10.0

  /// Keeps memory flat under load; to be called once, before the server's threads are made.
  ///
  /// Three things would let it grow for as long as there is load. The C library gives threads heaps of their own, each of which keeps
  /// the most that it ever needed: two are enough. What lies between blocks that are in use stays with the process: every ten seconds it
  /// goes back. And oneDNN keeps code for each shape that it computed, of which batches of speech have hundreds: the latest ones
  /// are enough, unless the environment says otherwise.
  public static func keepFlat() {
    Runtime.limitHeaps(2)
    setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32", 0)
    let thread = Thread {
      while true {
        Thread.sleep(forTimeInterval: interval)
        Runtime.returnFreedMemory()
      }
    }
    thread.name = "affect-memory"
    thread.start()
  }
}
