import Foundation
import TestSupport
import Testing

@Suite("affect bench")
struct BenchTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  @Test("Small operators are measured beside PyTorch, as JSON and as a table")
  func operators() throws {
    struct Case: Decodable {
      let name: String
      let unit: String
      let affect: [Double]
      let peer: [Double]
      let speedUp: Double
    }
    let arguments = "bench engine --only 4x4 --rounds 2 --python \"\(Peer.interpreter.path)\""
    let result = try Command.shell("\"$affect\" \(arguments) --json", in: scratch.url)
    #expect(result.status == 0, "\(result.errors)")
    let cases = try #require(
      JSONDecoder().decode([String: [Case]].self, from: Data(result.output.utf8))["engine"])
    #expect(cases.map(\.name) == ["add", "matmul", "linear", "relu", "softmax", "sum"].map { "\($0) of 4x4 tensors" })
    for found in cases {
      #expect(found.unit == "s" && found.affect.count == 2 && found.peer.count == 2)
      // Not faster than the processor, not slower than a human.
      #expect((found.affect + found.peer).allSatisfy { (1e-8..<1e-2).contains($0) }, "\(found)")
      #expect(found.speedUp > 0)
    }
    let table = try Command.shell(
      "\"$affect\" bench engine --only \"add of\" --rounds 1 --python \"\(Peer.interpreter.path)\"", in: scratch.url)
    #expect(table.output.contains("times as fast [range]"))
    #expect(table.output.contains("PyTorch from Python"))
  }

  @Test("A peer that ends before its answer is an error that shows what it said")
  func brokenPeer() throws {
    try scratch.url.appending(path: "python").writeScript("#!/bin/sh\necho no torch here >&2\nexit 3\n")
    let result = try Command.shell("\"$affect\" bench engine --python ./python", in: scratch.url)
    #expect(result.status == 1)
    #expect(result.errors.contains("the peer ended before its answer:\nno torch here"), "\(result.errors)")
  }
}

extension URL {
  fileprivate func writeScript(_ text: String) throws {
    try Data(text.utf8).write(to: self)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }
}
