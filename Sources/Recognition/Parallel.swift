import Dispatch
import Tensors

/// What `body` makes of the numbers below `count`, in order, made on all cores. Each operator of LibTorch uses one, for a single
/// number too: the last bits then do not depend on how many there are.
///
/// - Parameter body: called from several threads at once, for different numbers
/// - Throws: what `body` throws for the lowest number that it throws for
func mapOnAllCores<Output>(_ count: Int, _ body: (Int) throws -> Output) throws -> [Output] {
  guard count > 1 else { return try Runtime.withThreadCount(1) { try (0..<count).map(body) } }
  var outputs: [Result<Output, any Error>?] = Array(repeating: nil, count: count)
  outputs.withUnsafeMutableBufferPointer { outputs in
    // Each number's place is written once, by the thread that has the number.
    nonisolated(unsafe) let places = outputs
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let make = body
      DispatchQueue.concurrentPerform(iterations: count) { i in
        places[i] = Runtime.withThreadCount(1) { Result { try make(i) } }
      }
    }
  }
  return try outputs.map { output in
    guard let output else { preconditionFailure("concurrentPerform left a number out") }
    return try output.get()
  }
}
