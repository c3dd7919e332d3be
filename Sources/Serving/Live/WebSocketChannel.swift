import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// HTTP/1.1 whose `GET /v1/stream` may become a WebSocket (RFC 6455).
struct WebSocketChannel: ServerChildChannel, HTTPChannelHandler {
  typealias HTTPConnection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
  typealias WebSocketConnection = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

  enum Upgrade: Sendable {
    case http(HTTPConnection)
    case webSocket(WebSocketConnection, HTTPRequestHead)
  }

  struct Value: ServerChildChannelValue {
    let upgrade: EventLoopFuture<Upgrade>
    let channel: any Channel
  }

  let responder: HTTPChannelHandler.Responder
  let service: LiveService
  /// Seconds that a body may take; a connection without a request is closed a little later.
  let bodySeconds: Double

  /// A frame, and a message of several, is at most so long, in bytes: a second of audio at 192 kHz in 32 bits.
  static let longestMessage = 1 << 20

  private var idle: TimeAmount { .seconds(Int64(bodySeconds.rounded(.up)) + 5) }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let upgrader = NIOTypedWebSocketServerUpgrader<Upgrade>(
        maxFrameSize: Self.longestMessage,
        // What may not be one does not get here.
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
        upgradePipelineHandler: { channel, head in
          channel.eventLoop.makeCompletedFuture {
            let operations = channel.pipeline.syncOperations
            operations.removeHandler(try operations.handler(type: RequestGate.self), promise: nil)
            try operations.addHandler(
              NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1024,
                maxAccumulatedFrameSize: Self.longestMessage))
            return Upgrade.webSocket(try WebSocketConnection(wrappingChannelSynchronously: channel), head)
          }
        })
      var decoder = NIOHTTPDecoderLimitConfiguration()
      decoder.maxHeaderFieldSize = 16 * 1024
      decoder.maxHeaderListSize = 32 * 1024
      decoder.maxHeaderFieldCount = 100
      var configuration = NIOUpgradableHTTPServerPipelineConfiguration<Upgrade>(
        upgradeConfiguration: .init(
          upgraders: [upgrader],
          notUpgradingCompletionHandler: { channel in
            channel.eventLoop.makeCompletedFuture {
              let operations = channel.pipeline.syncOperations
              try operations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
              try operations.addHandler(
                HTTPConnectionStateHandler(idleTimeout: .nanoseconds(idle.nanoseconds), logger: logger))
              return Upgrade.http(
                try HTTPConnection(
                  wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
            }
          }))
      // The connection's task takes one request after the other.
      configuration.enablePipelining = false
      configuration.enableErrorHandling = false
      configuration.enableResponseHeaderValidation = false
      configuration.decoderConfiguration = decoder
      let operations = channel.pipeline.syncOperations
      let upgrade = try operations.configureUpgradableHTTPServerPipeline(configuration: configuration)
      let gate = RequestGate(seconds: bodySeconds, mayUpgrade: service.mayUpgrade)
      try operations.addHandler(
        gate, position: .before(try operations.handler(type: NIOTypedHTTPServerUpgradeHandler<Upgrade>.self)))
      // Until the first request's head is there nobody else watches the clock.
      let timer = channel.eventLoop.scheduleTask(in: idle) { channel.close(promise: nil) }
      upgrade.whenComplete { _ in timer.cancel() }
      return Value(upgrade: upgrade, channel: channel)
    }
  }

  func handle(value: Value, logger: Logger) async {
    do {
      switch try await value.upgrade.get() {
      case .http(let connection): await handleHTTP(asyncChannel: connection, logger: logger)
      case .webSocket(let connection, let head): await WebSocketStream(service: service).serve(connection, head)
      }
    } catch {
      logger.debug("a connection ended before its first request: \(error)")
      value.channel.close(promise: nil)
    }
  }
}
