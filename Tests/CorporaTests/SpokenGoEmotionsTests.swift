import Corpora
import Emotion
import Foundation
import TestSupport
import Testing

/// A miniature of GoEmotions in its makers' files.
enum SmallGoEmotions {
  static let labels = ["admiration", "anger", "approval", "disgust", "fear", "joy", "sadness", "surprise", "neutral"]
  /// Texts are told apart by their numbers; every third has two labels.
  static func row(_ number: Int, _ split: String) -> String {
    let label = number % labels.count
    let second = number % 3 == 0 ? ",\((label + 4) % labels.count)" : ""
    return "This is sentence number \(number) of \(split), [NAME].\t\(label)\(second)\tid\(split)\(number)"
  }

  static func write(to scratch: Scratch, more: [String: String] = [:]) throws {
    try scratch.write(labels.joined(separator: "\n") + "\n", to: "go/labels.txt")
    for (name, count) in [("train", 60), ("dev", 20), ("test", 20)] {
      let rows = (0..<count).map { row($0, name) }.joined(separator: "\n") + "\n"
      try scratch.write(rows + (more[name] ?? ""), to: "go/\(name).tsv")
    }
  }
}

@Suite("Spoken GoEmotions")
struct SpokenGoEmotionsTests {
  static let comment: Comment = "needs the command espeak-ng"

  func make(
    _ scratch: Scratch, _ name: String = "corpus", clips: Int = 24, seed: UInt64 = 1, map: String? = nil
  )
    async throws -> (SpokenGoEmotions.Report, Corpus)
  {
    var options = SpokenGoEmotions.Options()
    (options.clips, options.speakers, options.seed) = (clips, 12, seed)
    options.labelMap = map.map { scratch.url.appending(path: $0) }
    let output = scratch.url.appending(path: name)
    let report = try await SpokenGoEmotions(options).synthesize(scratch.url.appending(path: "go"), to: output)
    return (report, try Corpus(contentsOf: output))
  }

  @Test(
    "Each text is said once, in one split, by speakers of that split; labels become votes and are kept",
    .enabled(if: CorpusSynthesizer.isAvailable, comment))
  func whole() async throws {
    let scratch = try Scratch()
    // Said in a split that is kept for tests, too short, with a link, of a forum, foreign, of several lines of layout.
    let more = [
      "train": [
        "this is SENTENCE number 3 of test, [NAME]!!\t8\tx1", "No.\t8\tx2", "Look at https://example.org now\t8\tx3",
        "I read it on r/aww today\t8\tx4", "\u{43F}\u{440}\u{438}\u{432}\u{435}\u{442} to all of you\t8\tx5",
        "one two " + String(repeating: "word ", count: 23) + "\t8\tx6",
      ].joined(separator: "\n") + "\n"
    ]
    try SmallGoEmotions.write(to: scratch, more: more)
    let (report, corpus) = try await make(scratch, clips: 60)
    #expect(report.texts == 106 && report.usable == 100 && report.clips == 60 && report.resumed == 0)
    #expect(
      report.leftOut == [
        "too short": 1, "too long": 1, "with a link, or naming a user or a forum": 2,
        "with letters that are not Latin": 1,
        "said before, in this split or in one that is kept for tests": 1,
      ])
    #expect(corpus.utterances.count == 60 && corpus.speakers.count == 12)
    let source = [Split.train: "train", .development: "dev", .test1: "test"]
    var splits = [String: Set<Split>]()
    for utterance in corpus.utterances {
      let words = try #require(utterance.transcript)
      let id = try #require(utterance.extra["TextID"])
      #expect(id.hasPrefix("id\(source[utterance.split] ?? "?")"), "\(id) is in \(utterance.split)")
      #expect(!words.contains("[") && words.hasPrefix("This is sentence number "), "\(words)")
      splits[try #require(utterance.speaker), default: []].insert(utterance.split)
      // The votes are the labels, by the map, and the consensus is their plurality.
      let labels = try #require(utterance.extra["Label"]).split(separator: "+").map(String.init)
      let map = try LabelMap.builtIn(SpokenGoEmotions.labelMap)
      #expect(utterance.ratings.map(\.primary) == labels.compactMap { map[$0] })
      #expect(utterance.consensus == Consensus(pluralityOf: utterance.ratings))
      #expect(utterance.ratings.allSatisfy { $0.rater == nil && $0.attributes.arousal != nil })
    }
    #expect(Set(corpus.utterances.compactMap { $0.extra["TextID"] }).count == 60)
    #expect(splits.values.allSatisfy { $0.count == 1 })
    #expect(corpus.utterances.contains { $0.consensus == .noAgreement } && report.severalClasses > 0)
    #expect(corpus.utterances.contains { $0.consensus == .other })
    #expect(try scratch.text("corpus/README.md").contains("The voices of this corpus are synthetic"))
    let check = try await CorpusCheck(probe: wavProbe).run(on: corpus.folder)
    #expect(check.findings.allSatisfy { $0.severity == .note }, "\(check.text())")
    #expect(try scratch.files("").sorted() == ["corpus", "go"], "nothing is left beside it")
    #expect(try scratch.files("corpus").sorted() == ["Audios", "Labels", "README.md", "Transcripts"])
  }

  @Test("The seed decides all; a user's map decides the classes", .enabled(if: CorpusSynthesizer.isAvailable, comment))
  func seedAndMap() async throws {
    let scratch = try Scratch()
    try SmallGoEmotions.write(to: scratch)
    let rows = SmallGoEmotions.labels.map { "\($0),\($0 == "approval" ? "H" : "N"),mine" }
    try scratch.write("label,class,reason\n" + rows.joined(separator: "\n") + "\n", to: "map.csv")
    let (_, one) = try await make(scratch, "one")
    let (_, two) = try await make(scratch, "two")
    let (_, other) = try await make(scratch, "other", seed: 2)
    let (report, mapped) = try await make(scratch, "mapped", map: "map.csv")
    #expect(try scratch.text("one/Labels/labels_detailed.csv") == scratch.text("two/Labels/labels_detailed.csv"))
    #expect(one.utterances.map(\.transcript) == two.utterances.map(\.transcript))
    #expect(one.utterances.map(\.transcript) != other.utterances.map(\.transcript))
    for utterance in one.utterances {
      let twin = scratch.url.appending(path: "two/Audios/\(utterance.fileName)")
      #expect(try Data(contentsOf: utterance.audio) == Data(contentsOf: twin))
    }
    #expect(
      Set(mapped.utterances.flatMap(\.ratings).map(\.primary)).isSubset(of: [.emotion(.happy), .emotion(.neutral)]))
    #expect(mapped.utterances.allSatisfy { $0.attributes.isEmpty }, "a map without values gives none")
    #expect(report.labelMap == "map.csv" && report.labels.allSatisfy { ["H", "N"].contains($0.letter) })
  }

  @Test(
    "What a comment says aloud",
    arguments: [
      ("Can\u{2019}t wait \u{1F602}\u{1F602} :) for it!!! xD", "Can't wait for it!!!"),
      ("**Yes**  &amp; ~~no~~ [NAME] - maybe", "Yes no [NAME] maybe"),
      ("caf\u{E9} at 5% off /s", "caf\u{E9} at 5% off"), ("my [RELIGION] friend said", "my religion friend said"),
    ])
  func cleaning(comment: String, words: String) async throws {
    let scratch = try Scratch()
    try SmallGoEmotions.write(to: scratch)
    // Seen through what is left out: the same words, said in a test split, are one text.
    try scratch.write(
      (0..<20).map { SmallGoEmotions.row($0, "test") }.joined(separator: "\n") + "\n\(words)\t8\ta\n", to: "go/test.tsv"
    )
    try scratch.write(
      (0..<60).map { SmallGoEmotions.row($0, "train") }.joined(separator: "\n") + "\n\(comment)\t8\tb\n",
      to: "go/train.tsv")
    guard CorpusSynthesizer.isAvailable else { return }
    let (report, _) = try await make(scratch, clips: 12)
    #expect(report.leftOut == ["said before, in this split or in one that is kept for tests": 1])
  }

  @Test("What is wrong with source, map or options is named")
  func refusals() async throws {
    let scratch = try Scratch()
    func message(_ clips: Int = 24, map: String? = nil) async -> String {
      do {
        _ = try await make(scratch, clips: clips, map: map)
        return "made"
      } catch { return "\(error)" }
    }
    guard CorpusSynthesizer.isAvailable else { return }
    #expect(
      await message().hasSuffix(
        "go/labels.txt is missing; expected is GoEmotions: labels.txt, train.tsv, dev.tsv and test.tsv"))
    try SmallGoEmotions.write(to: scratch, more: ["dev": "A text without\tlabels\n"])
    #expect(
      await message()
        == "dev.tsv, row 21: it is \"A text without\tlabels\"; allowed is a text, numbers of labels from 0 to 8 "
        + "with commas, and a name, with tabs between")
    try SmallGoEmotions.write(to: scratch)
    #expect(await message(400).hasPrefix("the number of clips is 400; allowed is at most what the source's "))
    #expect(await message(6) == "the number of clips is 6; allowed is 12 or more, one for each speaker")
    try scratch.write("label,class,reason\nanger,A,same\n", to: "map.csv")
    #expect(await message(map: "map.csv").contains(", which the label map map.csv does not name; it names anger"))
    try scratch.write("label,class,reason,arousal\nanger,A,same,9\n", to: "map.csv")
    #expect(
      await message(map: "map.csv")
        == "map.csv, row 2: the column arousal is \"9\"; allowed is a number from 1 to 7, or nothing")
    #expect(try scratch.files("").sorted() == ["go", "map.csv"], "nothing is left")
  }
}
