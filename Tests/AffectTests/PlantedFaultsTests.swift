import Foundation
import TestSupport
import Testing

@Suite("A corpus with every fault")
struct PlantedFaultsTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  /// RIFF WAVE, mono.
  static func wav(format: Int, rate: Int, bits: Int, bytes: Int, _ data: Data) -> Data {
    var wav = Data("RIFF".utf8)
    func append(_ value: Int, _ size: Int) { for i in 0..<size { wav.append(UInt8(value >> (8 * i) & 255)) } }
    append(36 + bytes, 4)
    wav += Data("WAVEfmt ".utf8)
    let perSecond = rate * bits / 8
    for (value, size) in [(16, 4), (format, 2), (1, 2), (rate, 4), (perSecond, 4), (bits / 8, 2), (bits, 2)] {
      append(value, size)
    }
    wav += Data("data".utf8)
    append(bytes, 4)
    return wav + data
  }

  func audio(_ name: String, _ data: Data) throws {
    try FileManager.default.createDirectory(at: scratch("c/Audios"), withIntermediateDirectories: true)
    try data.write(to: scratch("c/Audios/\(name).wav"))
  }

  @Test("One report names each fault with its place; what has none can be used")
  func report() throws {
    func tone(_ number: Int, count: Int = 16_000) -> [Float] {
      (0..<count).map { Float(0.3 * sin(Double($0) * Double(number) / 40)) }
    }
    for (number, name) in ["good", "commas", "other"].enumerated() {
      try audio(name, ToneCorpus.wav(tone(number + 3)))
    }
    try audio("zero", Data())
    try audio("header", Data("RIFF, but no more than that".utf8))
    try audio("short", ToneCorpus.wav(tone(9, count: 160)))
    try audio("nobody", ToneCorpus.wav(tone(10)))
    var samples = tone(11)
    samples[8000] = .nan
    try audio("nan", Self.wav(format: 3, rate: 16_000, bits: 32, bytes: 64_000, samples.withUnsafeBytes { Data($0) }))
    // Three hours at 8 kHz and 8 bits, of which the disk holds only the header.
    let hours = 3 * 3600 * 8000
    try audio("hours", Self.wav(format: 1, rate: 8000, bits: 8, bytes: hours, Data()))
    let handle = try FileHandle(forWritingTo: scratch("c/Audios/hours.wav"))
    try handle.truncate(atOffset: UInt64(44 + hours))
    try handle.close()

    var labels = Data("FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set\r\n".utf8)
    func row(_ text: String) { labels += Data("\(text)\r\n".utf8) }
    row("good.wav,A,5,2,6,1,Female,Train")  // 2
    row("commas.wav,N,4,4,4,2,Male,Train")  // 3
    row("gone.wav,H,4,4,4,3,Male,Train")  // 4: no file
    row("zero.wav,S,4,4,4,3,Male,Train")  // 5
    row("header.wav,S,4,4,4,3,Male,Train")  // 6
    row("short.wav,S,4,4,4,3,Male,Train")  // 7
    row("nan.wav,S,4,4,4,3,Male,Train")  // 8
    row("hours.wav,S,4,4,4,3,Male,Train")  // 9
    row("good.wav,A,5,2,6,1,Female,Train")  // 10: again
    row("other.wav,F,4,4,4,1,Female,Test1")  // 11: speaker 1 in Train too
    row("a,b.wav,F,4,4,4,1,Female,Test1")  // 12: a comma without quotes
    row("\"c\".wav,F,4,4,4,1,Female,Test1")  // 13: text behind a quote
    labels += Data("M".utf8) + Data([0xFC]) + Data("ller.wav,F,4,4,4,1,Female,Test1\r\n".utf8)  // 14: Latin-1
    try FileManager.default.createDirectory(at: scratch("c/Labels"), withIntermediateDirectories: true)
    try labels.write(to: scratch("c/Labels/labels_consensus.csv"))
    let ratings = "FileName,WorkerID,EmoClass_Major,EmoClass_Second,EmoAct,EmoVal,EmoDom\ngood.wav,W,Angry,,,,\n"
    try Data([0xFF, 0xFE] + ratings.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
      .write(to: scratch("c/Labels/labels_detailed.csv"))
    for name in ["gone", "zero", "header", "short", "nan", "hours", "other"] {
      try scratch.write("words\n", "c/Transcripts/\(name).txt")
    }
    try scratch.write("He said \"no\".\r\nTwice.\r\n", "c/Transcripts/good.txt")
    try scratch.write("One, two, three.\n", "c/Transcripts/commas.txt")
    try Data([0x63, 0x61, 0x66, 0xE9]).write(to: scratch("c/Transcripts/other.txt"))
    try scratch.write("nobody said so\n", "c/Transcripts/stray.txt")

    let check = try Command.run("corpus", "check", "c", "--json", in: scratch.url)
    #expect(check.status == 1, "\(check.errors)")
    let found = try #require((check.json as? [String: Any])?["findings"] as? [[String: Any]])
    let places = found.map {
      "\($0["severity"] ?? "") \($0["kind"] ?? "") \($0["file"] ?? "") \($0["row"] ?? "-")"
    }.sorted()
    let consensus = "Labels/labels_consensus.csv"
    #expect(
      places == [
        "error duplicateRow \(consensus) 10", "error emptyAudio Audios/zero.wav -",
        "error malformedRow \(consensus) 12",
        "error malformedRow \(consensus) 13", "error missingAudio \(consensus) 4",
        "error speakerInTwoSplits \(consensus) 11", "error unreadableAudio Audios/header.wav -",
        "error unreadableAudio Audios/nan.wav -", "error wrongEncoding \(consensus) 14",
        "error wrongEncoding Labels/labels_detailed.csv 1", "error wrongEncoding Transcripts/other.txt -",
        "note lineEnds \(consensus) -", "note lineEnds Transcripts/good.txt -",
        "note transcriptPunctuation Transcripts/commas.txt -", "note transcriptPunctuation Transcripts/good.txt -",
        "warning audioWithoutLabel Audios/nobody.wav -", "warning longAudio Audios/hours.wav -",
        "warning shortAudio Audios/short.wav -", "warning transcriptWithoutUtterance Transcripts/stray.txt -",
      ])
    let text = try Command.run("corpus", "check", "c", in: scratch.url).output
    for part in [
      "lasts 10800.00 s; at most 30.0 s is usual (row 9 of \(consensus))", "(row 8 of \(consensus))",
      "lasts 0.01 s; at least 0.5 s is usual (row 7 of \(consensus))", "the file is UTF-16; save it as UTF-8",
    ] {
      #expect(text.contains(part), "\(text)")
    }

    // What has no fault gets its features, and what has one is named.
    let extraction = try Command.run(
      "extract", "--corpus", "c", "--encoder", "log-mel-80", "--output", "s", "--json", in: scratch.url)
    #expect(extraction.status == 1)
    let summary = try #require(extraction.json as? [String: Any])
    let failures = try #require(summary["failures"] as? [[String: String]]).compactMap { $0["fileName"] }
    #expect(failures == ["gone", "zero", "header", "short", "nan", "hours"].map { "\($0).wav" })
    #expect((summary["sets"] as? [[String: Any]])?.first?["utterances"] as? Int == 3, "\(extraction.output)")
    let faults = try #require(summary["faults"] as? [[String: Any]]).compactMap { $0["row"] as? Int }
    #expect(faults.sorted() == [10, 12, 13, 14])
    let store = try Command.run("features", "check", "s", in: scratch.url)
    #expect(store.status == 0 && store.output.contains(": 3 utterances in 1 shards, 6 findings"), "\(store.output)")
  }
}
