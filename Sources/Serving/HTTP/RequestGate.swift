import HTTPTypes
import NIOCore
import NIOHTTP1

/// Stands between a connection's decoder and all else, and does what can't be done from above:
///
/// - A body that does not come in time ends with an error where it is read. A reader that is cancelled instead closes the
///   connection, and the answer that says why (408) would not be sent.
/// - A request that may not become a WebSocket loses its header `Upgrade`, and is answered as any other request. NIO's upgrade
///   handler, asked for an upgrade that is then refused, drops the request's end and closes the connection.
/// - What a client still sends after it was refused is read and thrown away until the connection is closed: clients that send
///   all before they read would otherwise see a broken connection in place of the answer.
/// - A first request that is none is answered (400, or 431 for too many headers): nobody else is there yet to do it.
final class RequestGate: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Sent down the channel when the request was refused, and what comes is of no use.
  enum Event: Sendable { case refused }

  private let seconds: Double
  private let mayUpgrade: (HTTPRequestHead) -> Bool
  private var deadline: Scheduled<Void>?
  /// Whether the body is live audio, which takes as long as it does, and must only not stop.
  private var isLive = false
  /// Whether a request was let through that becomes a WebSocket: after its end come bytes, not requests.
  private var isUpgrading = false
  private var hasUpgraded = false
  private var isRefused = false
  /// Whether a request came that the application answers for.
  private var hasBegun = false

  /// - Parameters:
  ///   - seconds: that a body may take, and that live audio may pause
  ///   - mayUpgrade: whether a request may become a WebSocket
  init(seconds: Double, mayUpgrade: @escaping (HTTPRequestHead) -> Bool) {
    (self.seconds, self.mayUpgrade) = (seconds, mayUpgrade)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasUpgraded else { return context.fireChannelRead(data) }
    guard !isRefused else { return }
    switch unwrapInboundIn(data) {
    case .head(var head):
      isLive = head.uri.prefix { $0 != "?" } == LiveService.path
      watch(context)
      hasBegun = true
      isUpgrading = mayUpgrade(head)
      if !isUpgrading { head.headers.remove(name: "Upgrade") }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body(let bytes):
      if isLive { watch(context) }
      context.fireChannelRead(wrapInboundOut(.body(bytes)))
    case .end(let trailers):
      deadline?.cancel()
      hasUpgraded = isUpgrading
      context.fireChannelRead(wrapInboundOut(.end(trailers)))
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if isRefused { context.read() }
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !hasBegun, let fault = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    hasBegun = true
    isRefused = true
    let problem =
      fault == .headerOverflow
      ? Problem(.requestHeaderFieldsTooLarge, "headers", "the request's head is larger than is taken here")
      : .badRequest("this is no request of HTTP/1.1")
    let body = ByteBuffer(bytes: JSONText.data(problem))
    let headers: HTTPHeaders = [
      "Content-Type": "application/problem+json", "Content-Length": "\(body.readableBytes)", "Connection": "close",
    ]
    let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: problem.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard event is Event else { return context.triggerUserOutboundEvent(event, promise: promise) }
    isRefused = true
    deadline?.cancel()
    context.read()
    promise?.succeed()
  }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  private func watch(_ context: ChannelHandlerContext) {
    deadline?.cancel()
    let words = seconds.words
    let problem = Problem(
      .requestTimeout, "slow",
      isLive ? "no audio came for \(words) s" : "the body did not arrive within \(words) s")
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: .inSeconds(seconds)) {
      context.fireErrorCaught(problem)
    }
  }
}
