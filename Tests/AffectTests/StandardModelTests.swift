import Foundation
import TestSupport
import Testing

@Suite("affect predict without --model")
struct StandardModelTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  @Test("The model that comes with Affect is used, and the command says so apart from its results")
  func standard() throws {
    let corpus = try ToneCorpus(at: scratch("tones"), clipsPerClass: 1)
    let clip = corpus.audio(corpus.clips[0]).path
    let result = try Command.shell("\"$affect\" predict \"\(clip)\" --format csv", in: scratch.url)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("the model that comes with Affect is used"))
    let lines = result.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("file,start,end,emotion,angry,sad,happy,surprise,fear,disgust,neutral") == true)
    #expect(lines.count == 2)
    // A bundle that is named is used alone, and nothing is said.
    let named = try Command.shell("\"$affect\" predict \"\(clip)\" --model none --format csv", in: scratch.url)
    #expect(named.status == 1 && !named.errors.contains("comes with Affect"))
  }
}
