import Foundation

/// Several ranks in one process, a thread each: they speak to one another as those of several processes do.
public enum Together {
  /// A port of this machine that nobody listens at.
  public static func freePort() throws -> UInt16 {
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let listener = socket(AF_INET, stream, 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) == 0 && getsockname(listener, address, &size) == 0
      }
    }
    guard status else { throw POSIXError(.EADDRNOTAVAIL) }
    return UInt16(bigEndian: address.sin_port)
  }

  /// Runs `body` for each rank on a thread of its own, and gives what each came to.
  public static func run<Output: Sendable>(
    _ ranks: Int, _ body: @escaping @Sendable (_ rank: Int) throws -> Output
  ) -> [Result<Output, any Error>] {
    let results = Results<Output>(ranks)
    for rank in 0..<ranks {
      Thread { results.put(Result { try body(rank) }, rank) }.start()
    }
    return results.all()
  }

  private final class Results<Output: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var found: [Result<Output, any Error>?]

    init(_ count: Int) { found = [Result<Output, any Error>?](repeating: nil, count: count) }

    func put(_ result: Result<Output, any Error>, _ rank: Int) {
      condition.withLock {
        found[rank] = result
        condition.broadcast()
      }
    }

    func all() -> [Result<Output, any Error>] {
      condition.withLock {
        while found.contains(where: { $0 == nil }) { condition.wait() }
        return found.compactMap(\.self)
      }
    }
  }
}
