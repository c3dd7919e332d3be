import Audio
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// What is wrong with a request, as RFC 9457 has it: `application/problem+json`.
struct Problem: Error, Codable, Equatable, Sendable, CustomStringConvertible {
  /// Names the kind of problem; a relative reference that does not change.
  var type: String
  /// The kind in words.
  var title: String
  /// The HTTP status.
  var status: Int
  /// What is wrong with this request, and what would be right.
  var detail: String
  /// The parameter, field or header that is wrong.
  var parameter: String?
  /// Seconds after which it is worth trying again.
  var retryAfter: Int?
  /// The methods that the path has.
  var allow: String?

  private enum CodingKeys: String, CodingKey { case type, title, status, detail, parameter, retryAfter }

  var description: String { detail }

  init(
    _ status: HTTPResponse.Status, _ name: String, _ detail: String, parameter: String? = nil, retryAfter: Int? = nil
  ) {
    type = "/problems/\(name)"
    title = name.prefix(1).uppercased() + name.dropFirst().replacing("-", with: " ")
    self.status = status.code
    self.detail = detail
    self.parameter = parameter
    self.retryAfter = retryAfter
  }

  static func badRequest(_ detail: String, parameter: String? = nil) -> Problem {
    Problem(.badRequest, "bad-request", detail, parameter: parameter)
  }

  static func busy(_ detail: String, retryAfter: Int) -> Problem {
    Problem(.tooManyRequests, "busy", detail, retryAfter: retryAfter)
  }

  /// What a recording's fault means to whoever sent it. `path` is where it was kept, which is no one's business.
  init(_ error: AudioError, path: String) {
    let words = error.description
    let detail = "the recording: " + (words.hasPrefix(path + ": ") ? String(words.dropFirst(path.count + 2)) : words)
    switch error {
    case .notAudio, .unsupportedCodec, .noAudioStream: self.init(.unsupportedMediaType, "not-audio", detail)
    case .empty: self.init(.badRequest, "no-audio", detail)
    case .missing, .isFolder, .notPermitted, .notWritten:
      self.init(.internalServerError, "not-kept", "the recording could not be kept by the server")
    case .badHeader, .noSamples, .truncated, .damaged, .nonFinite, .beyondScale, .unreadable:
      self.init(.unprocessableContent, "damaged-audio", detail)
    }
  }

  /// The problem as a response.
  func response() -> Response {
    var headers = HTTPFields()
    headers[.contentType] = "application/problem+json"
    if let retryAfter { headers[.retryAfter] = String(retryAfter) }
    if let allow { headers[.allow] = allow }
    if status == 401 { headers[.wwwAuthenticate] = "Bearer realm=\"affect\"" }
    return Response(
      status: .init(code: status), headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: JSONText.data(self))))
  }
}

/// JSON as the server writes it.
enum JSONText {
  /// The bytes of a value. The server's own types have no numbers that JSON lacks.
  static func data(_ value: some Encodable) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    encoder.dateEncodingStrategy = .iso8601
    do { return try encoder.encode(value) } catch { preconditionFailure("\(type(of: value)) is no JSON: \(error)") }
  }

  static func string(_ value: some Encodable) -> String { String(decoding: data(value), as: UTF8.self) }
}

extension Double {
  /// The number as people write it: `60` and not `60.0`.
  var words: String { self == rounded() && magnitude < 1e15 ? "\(Int(self))" : "\(self)" }
}
