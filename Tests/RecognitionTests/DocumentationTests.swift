import Foundation
import Recognition
import TestSupport
import Testing

@Suite("The articles' examples")
struct DocumentationTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  /// The blocks of Swift in a Markdown file.
  static func blocks(_ text: String) -> [String] {
    text.components(separatedBy: "```swift\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
  }

  /// What stands between the marks of the examples, without its indentation.
  static func examples(_ text: String) -> [String] {
    text.components(separatedBy: "    // example\n").dropFirst().compactMap { part in
      part.components(separatedBy: "    // end\n").first?.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.hasPrefix("    ") ? $0.dropFirst(4) : $0 }.joined(separator: "\n")
    }
  }

  @Test("Every block of the articles stands in the file that is compiled and run, and every example in an article")
  func same() throws {
    let catalogue = SharedData.repository.appending(path: "Sources/Recognition/Recognition.docc")
    let articles = try FileManager.default.contentsOfDirectory(at: catalogue, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "md" }
    #expect(articles.count >= 4)
    let written = try articles.flatMap { Self.blocks(try String(contentsOf: $0, encoding: .utf8)) }
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "DocumentationExamples.swift")
    let compiled = Self.examples(try String(contentsOf: source, encoding: .utf8))
    #expect(compiled.count == 6)
    #expect(written.sorted() == compiled.sorted())
  }

  @Test("They run", .timeLimit(.minutes(5)))
  func run() async throws {
    try SmallBundle.make().write(to: scratch("bundle"))
    let samples = (0..<48_000).map { Float(0.3 * sin(Double($0) * (0.02 + 1e-6 * Double($0 % 16_000)))) }
    try ToneCorpus.wav(samples).write(to: scratch("call.wav"))
    try scratch.write("start,end,speaker\n0.5,1.5,Ann\n1,3,Bo\n", "turns.csv")
    try await DocumentationExamples.recording(scratch("bundle"), scratch("call.wav"))
    let recognizer = try await Recognizer(bundle: scratch("bundle"))
    let grid = try await DocumentationExamples.turns(recognizer, scratch("call.wav"), scratch("turns.csv"))
    #expect(grid.contains("name = \"Ann\"") && grid.contains("name = \"Bo\""))
    let found = try await DocumentationExamples.tasks(recognizer, [scratch("call.wav")])
    #expect(found[scratch("call.wav")]?.end == 3)
    try await DocumentationExamples.careful(recognizer, scratch("call.wav"))
    let (microphone, buffers) = AsyncStream.makeStream(of: [Float].self)
    for start in stride(from: 0, to: samples.count, by: 4_800) { buffers.yield(Array(samples[start..<start + 4_800])) }
    buffers.finish()
    #expect(try await DocumentationExamples.live(recognizer, microphone).seconds == 1)
    let explanation = try #require(await DocumentationExamples.explanation(recognizer, samples))
    #expect(explanation.streams.map(\.name) == ["log-mel-80"] && explanation.seconds.count == 3)
  }
}
