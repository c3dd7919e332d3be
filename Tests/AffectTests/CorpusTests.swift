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

  @Test("Spoken GoEmotions goes on after kills with what was spoken", .enabled(if: canSpeak, comment))
  func spokenGoEmotions() throws {
    try scratch.write("anger\nsurprise\nneutral\n", "go/labels.txt")
    for (name, count) in [("train", 120), ("dev", 40), ("test", 40)] {
      let rows = (0..<count).map {
        "Here comes sentence number \($0) of \(name).\t\($0 % 3),\(($0 / 3) % 3)\t\(name)\($0)"
      }
      try scratch.write(rows.joined(separator: "\n") + "\n", "go/\(name).tsv")
    }
    func arguments(_ output: String) -> [String] {
      [
        "corpus", "synthesize", "--layout", "spoken-goemotions", "--source", "go", "--speakers", "12", "--clips", "96",
        "--output", output,
      ]
    }
    let start = Date()
    let whole = try Command.run(Command.process(arguments("whole"), in: scratch.url))
    let seconds = Date().timeIntervalSince(start)
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(whole.output.hasPrefix("Real texts in synthetic voices by espeak-ng, not recordings of people.\n"))
    for _ in 0..<2 {
      let process = Command.process(arguments("killed"), in: scratch.url)
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.start()
      Thread.sleep(forTimeInterval: seconds / 3)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(!FileManager.default.fileExists(atPath: scratch("killed").path))
    }
    let last = try Command.run(Command.process(arguments("killed") + ["--json"], in: scratch.url))
    let synthesis = (last.json as? [String: Any])?["synthesis"] as? [String: Any]
    #expect((1..<96).contains(synthesis?["resumed"] as? Int ?? 0), "\(last.output) \(last.errors)")
    let files = scratch.files("whole")
    #expect(files == scratch.files("killed") && files.count == 96 * 2 + 3)
    for file in files {
      #expect(try Data(contentsOf: scratch("whole/\(file)")) == Data(contentsOf: scratch("killed/\(file)")), "\(file)")
    }
    #expect(scratch.files("").allSatisfy { !$0.hasPrefix(".") }, "nothing is left beside the corpora")
    let usage = try Command.run(
      "corpus", "synthesize", "--layout", "spoken-goemotions", "--output", "x", in: scratch.url)
    #expect(usage.status == 2 && usage.errors.contains("needs --source"))
    let map = try Command.run("corpus", "synthesize", "--layout", "spoken-goemotions", "--explain")
    #expect(map.status == 0 && map.output.contains("\nadmiration,H,"))
  }
}
