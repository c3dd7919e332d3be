import Foundation
import TestSupport
import Testing

@Suite("affect corpus")
struct CorpusTests {
  static let comment: Comment = "needs the command espeak-ng"
  static var canSpeak: Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/espeak-ng") }
  }

  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  @Test("A corpus is synthesized, checked, counted and divided", .enabled(if: canSpeak, comment))
  func synthesize() throws {
    let made = try Command.run("corpus", "synthesize", "--output", "c", "--clips", "48", in: scratch.url)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output.hasPrefix("Synthetic speech by espeak-ng, not recordings of people.\n"))
    let check = try Command.run("corpus", "check", "c", in: scratch.url)
    #expect(check.status == 0, "\(check.output)")

    let statistics = try Command.run("corpus", "stats", "c", "--json", in: scratch.url)
    #expect(statistics.status == 0)
    #expect(statistics.json is [String: Any])
    #expect(statistics.errors.isEmpty)

    let folds = try Command.run("corpus", "folds", "c", "--folds", "3", "--speakers", "--json", in: scratch.url)
    #expect(folds.status == 0)
    let summary = try #require(folds.json as? [String: Any])
    #expect((summary["utterances"] as? [Int])?.reduce(0, +) == 48)
    let speakers = try #require(summary["folds"] as? [[String]])
    #expect(speakers.count == 3)
    #expect(Set(speakers.joined()).count == speakers.joined().count)
    #expect(scratch.files("c/Folds") == ["speakers-3.csv"])

    let again = try Command.run("corpus", "synthesize", "--output", "c", "--clips", "48", in: scratch.url)
    #expect(again.status == 1)
    #expect(again.errors.contains("is there already"))
  }

  @Test("A check that finds errors exits with 1, and prints them where results go")
  func check() throws {
    let corpus = try ToneCorpus(at: scratch("c"), clipsPerClass: 1)
    #expect(try Command.run("corpus", "check", "c", in: scratch.url).status == 0)
    try Data("words".utf8).write(to: corpus.audio(corpus.clips[0]))
    let check = try Command.run("corpus", "check", "c", "--json", in: scratch.url)
    #expect(check.status == 1)
    #expect(check.json is [String: Any])
    #expect(check.output.contains("this is no audio file in any format"))
    let folds = try Command.run("corpus", "folds", "c", "--folds", "40", in: scratch.url)
    #expect(folds.status == 1)
    #expect(folds.errors.contains("has 9 speakers; allowed are 3 to 9 folds"))
  }
}
