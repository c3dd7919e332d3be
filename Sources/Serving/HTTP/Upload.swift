import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A body that was received: its recording in a file of the server's own, and the fields beside it.
struct Upload: Sendable {
  /// The recording.
  let file: KeptFile
  /// What the client calls it; for the answer's eyes only, never a path.
  let name: String?
  /// The other fields of a multipart body.
  let fields: [String: String]
}

/// A file that goes with the last reference to it.
final class KeptFile: Sendable {
  let url: URL

  init(_ url: URL) { self.url = url }

  deinit {
    // It may have been moved on, to a job.
    if FileManager.default.fileExists(atPath: url.path) { try? FileManager.default.removeItem(at: url) }
  }
}

/// Receives bodies into files, bounded in size; `RequestGate` bounds the time.
struct Receiver: Sendable {
  let folder: URL
  let maximumBytes: Int

  /// Fields other than the recording are at most so long, in bytes.
  static let longestField = 1024

  /// The body of a request. Throws a problem that says what is wrong with it; no file is left then.
  func receive(_ request: Request) async throws -> Upload {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumBytes + 65_536 {
      throw tooLarge
    }
    if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
      throw Problem(
        .unsupportedMediaType, "encoding", "a body encoded as \(encoding.prefix(50)) can't be taken; send it as it is",
        parameter: "Content-Encoding")
    }
    return try await spool(request, to: KeptFile(folder.appending(path: "upload-\(UUID().uuidString)")))
  }

  private var tooLarge: Problem {
    Problem(.contentTooLarge, "too-large", "the body is larger than the \(maximumBytes) bytes that are taken here")
  }

  private func spool(_ request: Request, to file: KeptFile) async throws -> Upload {
    let type = request.headers[.contentType]
    guard let kind = type.flatMap({ HeaderValue($0) })?.value else {
      throw Problem(
        .unsupportedMediaType, "content-type",
        "the header Content-Type is missing or malformed; audio/…, video/…, application/octet-stream and multipart/form-data are taken",
        parameter: "Content-Type")
    }
    guard FileManager.default.createFile(atPath: file.url.path, contents: nil, attributes: [.posixPermissions: 0o600])
    else {
      throw Problem(
        .init(code: 507, reasonPhrase: "Insufficient Storage"), "not-kept",
        "the recording could not be kept by the server")
    }
    let handle = try FileHandle(forWritingTo: file.url)
    defer { try? handle.close() }
    if kind == "multipart/form-data" {
      return try await multipart(request, MultipartParser(contentType: type ?? ""), file, handle)
    }
    guard
      kind == "application/octet-stream" || kind == "application/ogg" || kind.hasPrefix("audio/")
        || kind.hasPrefix("video/")
    else {
      throw Problem(
        .unsupportedMediaType, "content-type",
        "a body of type \(kind.prefix(100)) can't be taken; audio/…, video/…, application/octet-stream and multipart/form-data can",
        parameter: "Content-Type")
    }
    var size = 0
    for try await buffer in request.body {
      size += buffer.readableBytes
      guard size <= maximumBytes else { throw tooLarge }
      try write(Data(buffer.readableBytesView), handle)
    }
    try Task.checkCancellation()
    guard size > 0 else { throw Problem(.badRequest, "no-audio", "the body is empty; a recording is expected") }
    return Upload(file: file, name: nil, fields: [:])
  }

  private func multipart(
    _ request: Request, _ parser: MultipartParser, _ file: KeptFile, _ handle: FileHandle
  )
    async throws -> Upload
  {
    var parser = parser
    var (size, total) = (0, 0)
    var name: String?
    var hasFile = false
    var fields: [String: String] = [:]
    var current: String?
    var text: [UInt8] = []
    func close() throws(Problem) {
      guard let field = current, field != "file" else { return }
      guard let value = String(validating: text, as: UTF8.self) else {
        throw .badRequest("the field '\(field.prefix(100))' is no UTF-8", parameter: field)
      }
      guard fields.updateValue(value, forKey: field) == nil else {
        throw .badRequest("the field '\(field.prefix(100))' is given twice", parameter: field)
      }
    }
    for try await buffer in request.body {
      total += buffer.readableBytes
      guard total <= maximumBytes + 65_536 else { throw tooLarge }
      for event in try parser.add(buffer.readableBytesView) {
        switch event {
        case .field(let field, let fileName):
          try close()
          (current, text) = (field, [])
          if field == "file" {
            guard !hasFile else { throw Problem.badRequest("the field 'file' is given twice", parameter: "file") }
            (hasFile, name) = (true, fileName)
          }
        case .data(let bytes) where current == "file":
          size += bytes.count
          guard size <= maximumBytes else { throw tooLarge }
          try write(Data(bytes), handle)
        case .data(let bytes):
          text += bytes
          guard text.count <= Self.longestField else {
            throw Problem.badRequest(
              "the field '\((current ?? "").prefix(100))' is longer than \(Self.longestField) bytes; the recording is expected in 'file'",
              parameter: current)
          }
        case .end:
          try close()
          current = nil
        }
      }
    }
    try Task.checkCancellation()
    try parser.finish()
    guard hasFile else { throw Problem.badRequest("the multipart body has no field 'file'", parameter: "file") }
    guard size > 0 else {
      throw Problem(.badRequest, "no-audio", "the field 'file' is empty; a recording is expected", parameter: "file")
    }
    return Upload(file: file, name: name.map(Self.plain), fields: fields)
  }

  private func write(_ data: Data, _ handle: FileHandle) throws(Problem) {
    do { try handle.write(contentsOf: data) } catch {
      throw Problem(
        .init(code: 507, reasonPhrase: "Insufficient Storage"), "not-kept",
        "the recording could not be kept by the server: its disk is full")
    }
  }

  /// A name without folders and control characters, of at most 200 characters.
  static func plain(_ name: String) -> String {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    return String(last.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }.map(Character.init).prefix(200))
  }
}
