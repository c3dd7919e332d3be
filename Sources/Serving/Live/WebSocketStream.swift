import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Synchronization

/// One live stream over a WebSocket. The client's first message is JSON, `{"type": "start", …}` with the parameters and,
/// where the handshake had no key, a key; then come binary messages of samples, then `{"type": "end"}`. The server
/// answers with events as JSON.
struct WebSocketStream: Sendable {
  let service: LiveService

  /// What a client says in words.
  private struct Message: Decodable {
    let type: String
    var key: String?
    var model: String?
    var encoding: String?
    var rate: Int?
    var segmentation: String?
    var window: Double?
    var pause: Double?
    var longest: Double?
    var partial: Double?

    var parameters: [String: String] {
      var values: [String: String] = [:]
      values["model"] = model
      values["encoding"] = encoding
      values["rate"] = rate.map { "\($0)" }
      values["segmentation"] = segmentation
      for (name, value) in [("window", window), ("pause", pause), ("longest", longest), ("partial", partial)] {
        values[name] = value.map { "\($0)" }
      }
      return values
    }
  }

  private typealias Writer = NIOAsyncChannelOutboundWriter<WebSocketFrame>

  /// Serves the connection to its end.
  func serve(_ connection: WebSocketChannel.WebSocketConnection, _ head: HTTPRequestHead) async {
    let channel = connection.channel
    let watch = IdleWatch(seconds: service.options.secondsPerBody) { channel.close(promise: nil) }
    defer { watch.stop() }
    do {
      try await connection.executeThenClose { inbound, outbound in
        do {
          try await converse(inbound, outbound, head, watch)
        } catch let problem as Problem {
          try await send(.error(problem), outbound)
          try await close(problem.status == 429 ? .unexpectedServerError : .policyViolation, outbound)
        }
      }
    } catch {
      // The client is gone, and nobody is left to be told.
      service.metrics.add(0, to: "affect_stream_seconds_total")
    }
  }

  private func converse(
    _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ outbound: Writer, _ head: HTTPRequestHead,
    _ watch: IdleWatch
  ) async throws {
    var session: LiveService.Session?
    for try await frame in inbound {
      watch.touch()
      switch frame.opcode {
      case .ping:
        try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
      case .connectionClose:
        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData))
        if let session { await service.count(session) }
        return
      case .text:
        let message: Message
        do {
          message = try JSONDecoder().decode(Message.self, from: Data(frame.unmaskedData.readableBytesView))
        } catch {
          throw Problem.badRequest(#"a text message is JSON such as {"type": "start"} or {"type": "end"}"#)
        }
        switch (message.type, session) {
        case ("start", nil):
          try authorize(message, head)
          let begun = try service.begin(message.parameters)
          session = begun
          try await send(begun.ready, outbound)
        case ("end", let begun?):
          for event in try await begun.live.finish() { try await send(event, outbound) }
          await service.count(begun)
          try await close(.normalClosure, outbound)
          return
        case ("start", _): throw Problem.badRequest("the stream has begun already")
        case ("end", nil): throw Problem.badRequest(#"a stream begins with {"type": "start"}"#)
        default: throw Problem.badRequest("there is no message '\(message.type.prefix(50))'; there are start and end")
        }
      case .binary:
        guard let begun = session else { throw Problem.badRequest(#"a stream begins with {"type": "start"}"#) }
        for event in try await begun.live.push(Array(frame.unmaskedData.readableBytesView)) {
          try await send(event, outbound)
        }
      default: break
      }
    }
  }

  private func authorize(_ message: Message, _ head: HTTPRequestHead) throws(Problem) {
    guard !service.keys.isEmpty else { return }
    if let key = message.key {
      _ = try service.keys.check(key: key)
    } else {
      _ = try service.keys.check(head.headers.first(name: "Authorization"))
    }
  }

  private func send(_ event: LiveEvent, _ outbound: Writer) async throws {
    try await outbound.write(
      WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: JSONText.data(event))))
  }

  private func close(_ code: WebSocketErrorCode, _ outbound: Writer) async throws {
    var data = ByteBuffer()
    data.write(webSocketErrorCode: code)
    try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
  }
}
