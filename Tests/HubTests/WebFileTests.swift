import Foundation
import Hub
import TestSupport
import Testing

@Suite("Files of the web") struct WebFileTests {
  let server: HubServer
  let weights: Data
  init() throws {
    server = try HubServer()
    weights = try server.addModel("owner/model", weights: 100_000)
  }

  func fetch(_ path: String, limit: Int = 1 << 20) async throws -> Data {
    let file = server.folder("fetched")
    try Data().write(to: file)
    // Patient: on a busy machine this process's own tasks wait for the other tests.
    try await WebFile(server.endpoint + path, limit: limit, stallSeconds: 120).fetch(into: file)
    return try Data(contentsOf: file)
  }

  @Test("A file arrives whole, also where it is stored elsewhere")
  func whole() async throws {
    // The hub leads to another port for large files.
    #expect(try await fetch("/owner/model/resolve/main/model.safetensors") == weights)
    #expect(try server.requests().map(\.host).suffix(2) == ["hub", "storage"])
    #expect(WebFile.isAddress("https://example.org/a.mp3") && WebFile.isAddress("HTTP://x/"))
    for text in ["a.mp3", "file:///a.mp3", "ftp://example.org/a", "https://", "https:a", "C:\\a.wav"] {
      #expect(!WebFile.isAddress(text))
    }
  }

  @Test("What can't be fetched is named with its address")
  func refusals() async throws {
    func error(_ path: String, limit: Int = 1 << 20) async throws -> WebFileError {
      try await #require(throws: WebFileError.self) { try await fetch(path, limit: limit) }
    }
    let missing = try await error("/owner/model/nothing/main/x")
    #expect(
      missing.description
        == "\(server.endpoint)/owner/model/nothing/main/x: the server answers 404 Not Found; the address of a file that "
        + "anybody may fetch is expected")
    let path = "/owner/model/resolve/main/model.safetensors"
    #expect(try await error(path, limit: 99_999) == .tooLarge(server.endpoint + path, limit: 99_999))
    try server.set(rules: #"{"faults": [{"path": "model.safetensors", "do": "cut", "bytes": 5000}]}"#)
    #expect(try await error(path) == .unreachable(server.endpoint + path, reason: "the connection was cut"))
    try server.set(
      rules: """
        {"faults": [{"path": "model.safetensors", "do": "status", "status": 302, "host": "hub",
          "headers": {"Location": "file:///etc/passwd"}}]}
        """)
    #expect(try await error(path) == .redirect(server.endpoint + path, to: "file:///etc/passwd"))
    try server.set(
      rules: """
        {"faults": [{"path": "model.safetensors", "do": "status", "status": 302, "host": "hub",
          "headers": {"Location": "\(path)"}}]}
        """)
    #expect(try await error(path) == .redirect(server.endpoint + path, to: "itself, again and again"))
    let closed = "http://127.0.0.1:\(try Together.freePort())/a.wav"
    let nobody = try await #require(throws: WebFileError.self) {
      try await WebFile(closed).fetch(into: server.folder("fetched"))
    }
    #expect(nobody.description.hasPrefix("\(closed): it can't be fetched: "))
    #expect(throws: WebFileError.notAnAddress("a.mp3")) { try WebFile("a.mp3") }
  }
}
