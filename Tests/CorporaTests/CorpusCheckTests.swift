import Corpora
import Foundation
import Synchronization
import Testing

@Suite("Checking a corpus")
struct CorpusCheckTests {
  func check(_ scratch: Scratch) async throws -> CheckReport {
    try await CorpusCheck(probe: byteProbe).run(on: scratch.url)
  }

  func findings(_ report: CheckReport) -> Set<String> {
    Set(report.findings.map { "\($0.severity.rawValue) \($0.kind.rawValue) \($0.file):\($0.row ?? 0)" })
  }

  @Test("A corpus without faults has no findings, and its durations are reported")
  func clean() async throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    let report = try await check(scratch)
    #expect(report.findings.isEmpty, "\(report.text())")
    #expect(report.isUsable)
    #expect(report.utterances == 6)
    #expect(report.durations == Dictionary(uniqueKeysWithValues: "abcdef".map { ("\($0).wav", 1.0) }))
  }

  @Test("All planted faults are found at once, each in its place")
  func planted() async throws {
    let scratch = try Scratch()
    try SmallCorpus.write(
      to: scratch,
      rows: SmallCorpus.rows + [
        "g.wav,Q,9,x,4,5,Male,Train",  // row 8: class, range, number
        "h.wav,N,4,4,4,1,Male,Test1",  // row 9: speaker 1 also in Train, gender contradicts
        "a.wav,N,4,4,4,1,Female,Train",  // row 10: again
        "i.wav,N,4,4,4,6,f,Dev",  // row 11: gender, split
        "j.wav,N,4,4,4,3,Male,Train",  // row 12: speaker 3 also in Development
        "k.wav,N,4,4",  // row 13: too short
        "\"l.wav\"x,N,4,4,4,1,Female,Train",  // row 14: behind a quote
        "m.wav,N,4,4,4,7,Male,Test2", "n.wav,N,4,4,4,7,Male,Test2", "o.wav,N,4,4,4,7,Male,Test2",
        "p.wav,N,4,4,4,7,Male,Test2", "q.wav,N,4,4,4,7,Male,Test2",
      ],
      ratings: SmallCorpus.ratings + ["z.wav,W1,Angry,,,,", "b.wav,W1,Bored,\"Happy,Sleepy\",0,,"])
    try scratch.write("audio of a", to: "Audios/g.wav")  // the same as a, same split
    try scratch.write("audio of d", to: "Audios/h.wav")  // the same as d, other split
    // i is missing
    try scratch.write("broken file", to: "Audios/j.wav")
    try scratch.write("", to: "Audios/m.wav")
    try scratch.write("x", to: "Audios/n.wav")
    try scratch.write(String(repeating: "long", count: 100), to: "Audios/o.wav")
    try scratch.write(Data(count: 50), to: "Audios/p.wav")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.url.appending(path: "Audios/q.wav").path, withDestinationPath: "/nowhere/q.wav")
    try scratch.write("nobody", to: "Audios/stray.wav")
    for name in ["g", "h", "i", "j", "m", "n", "o", "p"] { try scratch.write("words", to: "Transcripts/\(name).txt") }
    try scratch.write(Data([0xFF, 0xFE, 0x41]), to: "Transcripts/a.txt")
    try scratch.write(" \n", to: "Transcripts/b.txt")
    try scratch.write("words", to: "Transcripts/stray.txt")

    let report = try await check(scratch)
    let consensus = "Labels/labels_consensus.csv"
    let detailed = "Labels/labels_detailed.csv"
    let expected: Set<String> = [
      "error unknownClass \(consensus):8", "error attributeOutOfRange \(consensus):8",
      "error notANumber \(consensus):8",
      "error speakerInTwoSplits \(consensus):9", "warning speakerOfTwoGenders \(consensus):9",
      "error duplicateRow \(consensus):10", "error unknownGender \(consensus):11", "error unknownSplit \(consensus):11",
      "warning speakerInTwoSplits \(consensus):12", "error malformedRow \(consensus):13",
      "error malformedRow \(consensus):14", "warning ratingWithoutUtterance \(detailed):6",
      "error unknownClass \(detailed):7", "error attributeOutOfRange \(detailed):7",
      "error missingAudio \(consensus):11", "error missingAudio \(consensus):19",
      "error unreadableAudio Audios/j.wav:0", "error emptyAudio Audios/m.wav:0", "warning shortAudio Audios/n.wav:0",
      "warning longAudio Audios/o.wav:0", "warning silentAudio Audios/p.wav:0",
      "warning duplicateAudio Audios/g.wav:0", "error duplicateAudio Audios/h.wav:0",
      "warning audioWithoutLabel Audios/stray.wav:0", "error wrongEncoding Transcripts/a.txt:0",
      "warning emptyTranscript Transcripts/b.txt:0", "warning missingTranscript \(consensus):19",
      "warning transcriptWithoutUtterance Transcripts/stray.txt:0",
    ]
    #expect(findings(report).subtracting(expected) == [])
    #expect(expected.subtracting(findings(report)) == [])
    // Row 7 of the ratings has two wrong words.
    #expect(report.findings.count == expected.count + 1)
    #expect(!report.isUsable)
    #expect(report.text(limit: 1).contains("error: unknownClass, 3\n  Labels/labels_consensus.csv, row 8: EmoClass is"))
    #expect(report.text(limit: 1).contains("  and 2 more"))
    #expect(try JSONDecoder().decode(CheckReport.self, from: JSONEncoder().encode(report)) == report)
  }

  @Test("Bytes that are not UTF-8 cost one row, not the file")
  func encoding() async throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    var data = Data((SmallCorpus.header + "\na.wav,A,,,,M").utf8)
    data.append(0xFC)  // ü in Latin-1
    data.append(Data("ller,Male,Train\nb.wav,N,,,,2,Male,Train\n".utf8))
    try scratch.write(data, to: "Labels/labels_consensus.csv")
    let report = try await check(scratch)
    #expect(report.utterances == 1)
    #expect(findings(report).contains("error wrongEncoding Labels/labels_consensus.csv:2"))
  }

  @Test("Without a labels file that is the finding; without transcripts there is one note")
  func missing() async throws {
    let scratch = try Scratch()
    let report = try await check(scratch)
    #expect(findings(report).contains("error missingFile Labels/labels_consensus.csv:0"))
    try SmallCorpus.write(to: scratch)
    try FileManager.default.removeItem(at: scratch.url.appending(path: "Transcripts"))
    #expect(findings(try await check(scratch)) == ["note missingTranscript Transcripts:0"])
    await #expect(throws: CorporaError.self) {
      try await CorpusCheck(probe: nil).run(on: scratch.url.appending(path: "nowhere"))
    }
  }

  @Test("The limits of duration are settings, and progress counts up to the end")
  func settings() async throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    var check = CorpusCheck(probe: byteProbe)
    check.shortest = 1.1
    let seen = Mutex<[String: Int]>([:])
    let report = try await check.run(on: scratch.url) { progress in
      seen.withLock { $0[progress.stage] = max($0[progress.stage] ?? 0, progress.completed) }
      #expect(progress.total == 6)
    }
    #expect(report.findings.count { $0.kind == .shortAudio } == 6)
    #expect(
      seen.withLock { $0 } == ["reading transcripts": 6, "decoding audio": 6, "comparing audio": 6])
  }

  @Test("Files of the same size and different content are not duplicates")
  func sameSize() async throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    var content = Data((0..<40).map { UInt8($0) })
    try scratch.write(content, to: "Audios/a.wav")
    content[39] = 0
    try scratch.write(content, to: "Audios/b.wav")
    #expect(try await check(scratch).findings.isEmpty)
  }
}
