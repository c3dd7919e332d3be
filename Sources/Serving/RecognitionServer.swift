import Basics
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import Recognition
import ServiceLifecycle
import UnixSignals

/// Recognition over HTTP: the API, and the page that uses it.
public struct RecognitionServer: Sendable {
  private let options: ServerOptions

  /// A server with these options. Throws `ServerError` for options that can't be.
  public init(_ options: ServerOptions) throws {
    if let fault = options.fault { throw ServerError(message: fault) }
    self.options = options
  }

  /// Serves until SIGTERM or SIGINT, then finishes what was taken.
  ///
  /// - Parameter onListening: is given the address once connections are taken; the models may still be loading then
  /// - Throws: `FileError` for a folder that is no bundle, `ServerError` for TLS files or an address that can't be used,
  ///   and what loading a model throws.
  public func run(onListening: @escaping @Sendable (_ url: String) -> Void) async throws {
    var logger = Logger(label: "affect") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = .warning
    let work = FileManager.default.temporaryDirectory.appending(path: "affect-serve-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: work, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: work) }

    let metrics = ServerMetrics()
    let shelf = try ModelShelf(options, metrics: metrics)
    defer { for entry in shelf.entries { entry.engine.stop() } }
    let store = try JobStore(folder: options.folder ?? work.appending(path: "jobs"), keepSeconds: options.keepSeconds)
    let runner = JobRunner(
      store: store, shelf: shelf, limit: options.maximumJobSeconds, metrics: metrics, logger: logger)
    let keys = KeyRing(options.keys)
    let parts = ServerParts(
      options: options, shelf: shelf, metrics: metrics, store: store, runner: runner, keys: keys,
      admission: Admission(running: options.concurrency, waiting: options.queue),
      streams: Admission(running: options.streams, waiting: 0), assets: try Assets(),
      // Recordings are moved to the jobs without being copied.
      uploads: store.folder)
    let dispatcher = Dispatcher(
      endpoints: parts.endpoints, keys: keys, origins: Set(options.origins),
      limiter: options.requestsPerMinute.map(RateLimiter.init(perMinute:)), metrics: metrics, logger: logger)
    let scheme = options.tls == nil ? "http" : "https"
    let host = options.address.host.contains(":") ? "[\(options.address.host)]" : options.address.host
    let application = Application(
      responder: dispatcher, server: try builder(parts.live),
      configuration: .init(
        address: .hostname(options.address.host, port: options.address.port), serverName: "affect"),
      onServerRunning: { channel in onListening("\(scheme)://\(host):\(channel.localAddress?.port ?? 0)") },
      logger: logger)
    // The last is ended first: no job is begun any more, then no request is taken, then what was begun comes to its end.
    let loading = ModelLoading(shelf: shelf, runner: runner)
    var configuration = ServiceGroupConfiguration(
      services: [runner, application, loading], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(options.shutdownSeconds)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch let error as IOError {
      throw ServerError(message: "\(host):\(options.address.port) can't be listened at: \(error.localizedDescription)")
    }
  }

  private func builder(_ live: LiveService) throws -> HTTPServerBuilder {
    let plain = HTTPServerBuilder {
      WebSocketChannel(responder: $0, service: live, bodySeconds: options.secondsPerBody)
    }
    guard let tls = options.tls else { return plain }
    let certificates: [NIOSSLCertificateSource]
    do {
      certificates = try NIOSSLCertificate.fromPEMFile(tls.certificates.path).map { .certificate($0) }
    } catch {
      throw ServerError(message: "\(tls.certificates.path): holds no certificate chain in PEM: \(error)")
    }
    do {
      let key = try NIOSSLPrivateKey(file: tls.privateKey.path, format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: certificates, privateKey: .privateKey(key))
      configuration.minimumTLSVersion = .tlsv12
      return try .tls(plain, tlsConfiguration: configuration)
    } catch {
      throw ServerError(message: "\(tls.privateKey.path): holds no private key in PEM for the certificate: \(error)")
    }
  }
}

/// Waits for the models, and ends the server where one can't be loaded; when the server is to end, no more jobs are begun.
private struct ModelLoading: Service {
  let shelf: ModelShelf
  let runner: JobRunner

  func run() async throws {
    for entry in shelf.entries { try await entry.engine.ready() }
    try await gracefulShutdown()
    runner.close()
  }
}

/// Options that can't be, or an address that can't be had.
public struct ServerError: Error, Equatable, CustomStringConvertible {
  let message: String

  /// What is wrong and what would be right.
  public var description: String { message }
}
