import Foundation
import TestSupport
import Testing

@Suite("affect demo", .serialized)
struct DemoTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  let small = (ToneCorpus.settings + ["training.stages.0.epochs=2"]).flatMap { ["--set", $0] }

  func demo(_ arguments: [String]) throws -> Command.Result {
    let quoted = (["demo"] + arguments).map { "'\($0)'" }.joined(separator: " ")
    return try Command.shell("\"$affect\" \(quoted)", in: scratch.url)
  }

  @Test(
    "The demo ends with a report and a bundle, can be run again, and says that the speech is synthetic",
    .enabled(if: CorpusTests.canSpeak, CorpusTests.comment))
  func synthetic() throws {
    for _ in 0..<2 {
      let result = try demo(["--output", "out", "--clips", "48"] + small)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("This speech is synthetic"))
      #expect(result.output.contains("report   \(scratch("out/report.html").path)"))
    }
    #expect(try scratch.text("out/report.html").contains("<html"))
    #expect(scratch.files("out/run/bundle") == ["config.json", "model.safetensors"])
    let own = try demo(["--output", "out", "--source", "out/corpus"])
    #expect(own.status == 1)
    #expect(
      own.errors
        == "affect: \(scratch("out/corpus").path) lies in the demo's output, which is made anew; give another --output\n"
    )
    #expect(scratch.files("out/corpus").count > 48)
  }

  @Test("Real speech in Affect's layout is taken as it is")
  func real() throws {
    _ = try ToneCorpus(at: scratch("tones"))
    let result = try demo(["--output", "out", "--source", "tones"] + small)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("This speech is real"))
    #expect(scratch.files("out").contains("report.html"))
  }

  @Test("A folder that no demo made is left alone")
  func foreign() throws {
    try scratch.write("mine", "corpus/mine.txt")
    let result = try demo(["--output", "."] + small)
    #expect(result.status == 1)
    #expect(
      result.errors.hasSuffix("holds corpus, which no demo made; give an --output that is new, or an earlier demo's\n"))
    #expect(try scratch.text("corpus/mine.txt") == "mine")
  }
}
