import AsyncHTTPClient
import Basics
public import Foundation
import NIOCore
import NIOHTTP1

/// A file that is fetched once from an http or https address: no cache, no second attempt, no token.
public struct WebFile: Sendable {
  /// The address.
  public let address: String
  /// The most bytes that are taken.
  public let limit: Int
  private let stallSeconds: Double
  private let proxies: ProxySettings

  /// Whether a text is an http or https address.
  public static func isAddress(_ text: String) -> Bool { Origin(text) != nil }

  /// A file of the web. Proxies are those of the environment.
  ///
  /// - Parameters:
  ///   - limit: the most bytes that are taken
  ///   - stallSeconds: seconds without a byte after which the connection is given up
  /// - Throws: `WebFileError` for another text than an address, `HubError.setting` for a proxy that makes no sense
  public init(_ address: String, limit: Int = 4 << 30, stallSeconds: Double = 30) throws {
    guard Self.isAddress(address) else { throw WebFileError.notAnAddress(address) }
    (self.address, self.limit, self.stallSeconds) = (address, limit, stallSeconds)
    proxies = try ProxySettings(ProcessInfo.processInfo.environment)
  }

  /// Writes the content into a file, which must be there, while this thread, which must be none of Swift's own, waits.
  ///
  /// - Throws: what `fetch(into:progress:)` throws
  public func fetchAndWait(into file: URL) throws { try waiting { try await fetch(into: file) } }

  /// Writes the content into a file, which must be there.
  ///
  /// - Parameter progress: is told how many bytes came, and of how many where the server says so, on any thread
  /// - Throws: `WebFileError`, `FileError` for a file that can't be written
  public func fetch(
    into file: URL, progress: @escaping @Sendable (_ bytes: Int, _ total: Int?) -> Void = { _, _ in }
  ) async throws {
    let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: try configuration())
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await fetch(by: client, into: file, progress))
    } catch {
      outcome = .failure(error)
    }
    try? await client.shutdown()
    try outcome.get()
  }

  private func configuration() throws -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: .seconds(10), read: .milliseconds(Int64(stallSeconds * 1000))))
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    if let proxy = Origin(address).flatMap(proxies.proxy) {
      configuration.proxy =
        proxy.user.map {
          .server(
            host: proxy.host, port: proxy.port,
            authorization: .basic(username: $0, password: proxy.password ?? ""))
        } ?? .server(host: proxy.host, port: proxy.port)
    }
    return configuration
  }

  private func fetch(
    by client: HTTPClient, into file: URL, _ progress: @Sendable (Int, Int?) -> Void
  ) async throws {
    let response = try await answer(of: client)
    let total = response.headers.first(name: "Content-Length").flatMap { Int($0) }
    // What a header promises is not worth fetching to the end of if it is too much.
    if let total, total > limit { throw WebFileError.tooLarge(address, limit: limit) }
    let handle: FileHandle
    do { handle = try FileHandle(forWritingTo: file) } catch {
      throw FileError(url: file, message: "can't be written: \(error.localizedDescription)")
    }
    defer { try? handle.close() }
    var count = 0
    do {
      for try await piece in response.body {
        count += piece.readableBytes
        guard count <= limit else { throw WebFileError.tooLarge(address, limit: limit) }
        do { try handle.write(contentsOf: Data(piece.readableBytesView)) } catch {
          throw FileError(url: file, message: "can't be written: \(error.localizedDescription)")
        }
        progress(count, total)
      }
    } catch let error where !(error is WebFileError || error is FileError) {
      throw failure(error)
    }
    if let total, count < total { throw WebFileError.unreachable(address, reason: "the connection was cut") }
  }

  /// The answer after all redirects. One from https to http is not followed.
  private func answer(of client: HTTPClient) async throws -> HTTPClientResponse {
    var next = address
    for _ in 0..<10 {
      var request = HTTPClientRequest(url: next)
      request.headers.add(name: "User-Agent", value: "affect")
      request.headers.add(name: "Accept", value: "audio/*, video/*, */*;q=0.5")
      let response: HTTPClientResponse
      do {
        response = try await client.execute(request, deadline: .now() + .hours(6))
      } catch { throw failure(error) }
      let status = Int(response.status.code)
      if (200..<300).contains(status) { return response }
      guard [301, 302, 303, 307, 308].contains(status), let location = response.headers.first(name: "Location") else {
        throw WebFileError.refused(address, status: "\(status) \(response.status.reasonPhrase)")
      }
      guard let target = URL(string: location, relativeTo: URL(string: next))?.absoluteString,
        let (from, to) = Origin(next).flatMap({ from in Origin(target).map { (from, $0) } }),
        to.scheme == "https" || from.scheme == "http"
      else { throw WebFileError.redirect(address, to: String(location.prefix(200))) }
      next = target
    }
    throw WebFileError.redirect(address, to: "itself, again and again")
  }

  private func failure(_ error: any Error) -> any Error {
    switch HubClient.failure(error, address, stall: stallSeconds) {
    case let failure as TransientFailure:
      if case .network(_, let reason) = failure.kind { return WebFileError.unreachable(address, reason: reason) }
      return failure
    case HubError.notAHub(_, let reason): return WebFileError.unreachable(address, reason: reason)
    case let other: return other
    }
  }
}

/// Why a file of the web can't be had.
public enum WebFileError: Error, Equatable, CustomStringConvertible {
  /// A text that is no http or https address.
  case notAnAddress(String)
  /// No answer, or one that broke off.
  case unreachable(String, reason: String)
  /// An answer without content.
  case refused(String, status: String)
  /// It leads elsewhere, where it is not followed.
  case redirect(String, to: String)
  /// More bytes than are taken.
  case tooLarge(String, limit: Int)

  /// What is wrong and what would be right.
  public var description: String {
    switch self {
    case .notAnAddress(let text):
      "'\(text)' is no address; one like https://example.org/call.mp3 is expected"
    case .unreachable(let address, let reason): "\(address): it can't be fetched: \(reason)"
    case .refused(let address, let status):
      "\(address): the server answers \(status); the address of a file that anybody may fetch is expected"
    case .redirect(let address, let target): "\(address): it leads to \(target), which is not followed"
    case .tooLarge(let address, let limit):
      "\(address): it is larger than \(ByteCount.text(limit)), the most that is fetched; download it first and give the file"
    }
  }
}
