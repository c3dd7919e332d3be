/// Where the server listens.
public struct ServerAddress: Hashable, Sendable {
  /// A name or an address of this machine.
  public var host: String
  /// 0 for any port that is free.
  public var port: Int

  /// This machine alone, unless another host is named.
  public init(host: String = "127.0.0.1", port: Int = 8080) {
    self.host = host
    self.port = port
  }
}
