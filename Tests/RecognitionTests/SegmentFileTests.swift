import Audio
import Basics
import Foundation
import Recognition
import TestSupport
import Testing

@Suite("Segments that are given")
struct SegmentFileTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  func read(_ text: String, as name: String, _ encoding: String.Encoding = .utf8) throws -> [GivenSegment] {
    try #require(text.data(using: encoding)).write(to: scratch(name))
    return try SegmentFile.read(scratch(name))
  }

  static let expected = [
    GivenSegment(start: 0.5, end: 1.25, speaker: "Ann"), GivenSegment(start: 1, end: 2.5, speaker: "Bé"),
  ]

  @Test("RTTM: the lines of speakers, in any order")
  func rttm() throws {
    let text = """
      SPKR-INFO call 1 <NA> <NA> <NA> unknown Ann <NA>
      SPEAKER call 1 1.000 1.500 <NA> <NA> Bé <NA> <NA>

      SPEAKER call 1 0.5 0.75 <NA> <NA> Ann <NA> <NA>
      """
    #expect(try read(text, as: "a.rttm") == Self.expected)
    #expect(try read(text.replacing("\n", with: "\r\n"), as: "b.rttm") == Self.expected)
  }

  @Test("CSV: columns by name, quotes and commas in texts")
  func csv() throws {
    let found = try read("text,end,start,speaker\n\"so, \"\"well\"\"\",1.25,0.5,Ann\n,2.5,1,Bé\n", as: "a.CSV")
    #expect(
      found == [
        GivenSegment(start: 0.5, end: 1.25, speaker: "Ann", text: "so, \"well\""),
        GivenSegment(start: 1, end: 2.5, speaker: "Bé"),
      ])
  }

  @Test("SRT: cues with words of several lines")
  func srt() throws {
    let found = try read(
      "\u{FEFF}1\n00:00:00,500 --> 00:00:01,250\nwell,\n42\n\n2\n01:00:01.000 --> 01:00:02.500 X1:0\n", as: "a.srt")
    #expect(
      found == [
        GivenSegment(start: 0.5, end: 1.25, text: "well, 42"), GivenSegment(start: 3601, end: 3602.5),
      ])
  }

  @Test("TextGrid: both forms, UTF-16 too; empty intervals and points are left out")
  func textGrid() throws {
    let long = """
      File type = "ooTextFile"
      Object class = "TextGrid"

      xmin = 0
      xmax = 3
      tiers? <exists>
      size = 2
      item []:
          item [1]:
              class = "IntervalTier"
              name = "Ann"
              xmin = 0
              xmax = 3
              intervals: size = 2
              intervals [1]:
                  xmin = 0
                  xmax = 0.5
                  text = ""
              intervals [2]:
                  xmin = 0.5
                  xmax = 1.25
                  text = "she said ""no"" [1]"
          item [2]:
              class = "TextTier"
              name = "clicks"
              xmin = 0
              xmax = 3
              points: size = 1
              points [1]:
                  number = 2
                  mark = "click"
      """
    let expected = [GivenSegment(start: 0.5, end: 1.25, speaker: "Ann", text: "she said \"no\" [1]")]
    #expect(try read(long, as: "a.TextGrid") == expected)
    #expect(try read(long, as: "b.TextGrid", .utf16) == expected)
    let short = """
      File type = "ooTextFile"
      "TextGrid"

      0
      3
      <exists>
      1
      "IntervalTier"
      "Ann"
      0
      3
      2
      0
      0.5
      ""
      0.5
      1.25
      "she said ""no"" [1]"
      """
    #expect(try read(short, as: "c.TextGrid") == expected)
  }

  @Test(
    "What is wrong is named with its line",
    arguments: [
      ("a.rttm", "SPEAKER call 1 x 2 <NA> <NA> Ann\n", "line 1: a line SPEAKER file channel start duration"),
      ("a.rttm", "\nSPEAKER call 1 1 -2 <NA> <NA> Ann <NA> <NA>\n", "line 2: a segment from 1.0 to -1.0 s can't be"),
      ("a.csv", "begin,end\n1,2\n", "line 1: columns start and end, in seconds, are expected among: begin, end"),
      ("a.csv", "start,end\n1\n", "line 2: 2 fields with numbers for start and end are expected"),
      ("a.csv", "start,end\n1,\"2\n", "line 2: a quote is opened and not closed"),
      ("a.csv", "start,end\nnan,2\n", "line 2: a segment from nan to 2.0 s can't be"),
      ("a.srt", "1\n00:00:01 --> soon\n", "line 2: times as 00:00:01,500 --> 00:00:03,000 are expected"),
      ("a.TextGrid", "Object class = \"PitchTier\"", "is no TextGrid"),
      (
        "a.TextGrid", "\"ooTextFile\" \"TextGrid\" 0 1 <exists> 999999 \"IntervalTier\"", "ends in the middle of a tier"
      ),
      ("a.TextGrid", "\"ooTextFile\" \"TextGrid\" 0 1 <exists> -5", "-5.0 is no count"),
      ("a.txt", "0 1", "is no file of segments; .csv, .rttm, .srt, .textgrid are expected"),
      ("a.rttm", "", "holds no segments; at least one is expected"),
    ])
  func faults(name: String, text: String, message: String) throws {
    let error = try #require(throws: FileError.self) { try read(text, as: name) }
    #expect(error.url.lastPathComponent == name && error.message.hasPrefix(message), "\(error)")
  }

  @Test("Segments are recognised as their samples would be, whoever speaks over whom")
  func recognition() throws {
    let samples = (0..<64_000).map { Float(0.3 * sin(Double($0) * (0.02 + 1e-6 * Double($0 % 16_000)))) }
    try ToneCorpus.wav(samples).write(to: scratch("call.wav"))
    let recognizer = try BatchRecognizer(SmallBundle.make())
    let segments = [
      GivenSegment(start: 0, end: 3.5, speaker: "Ann"), GivenSegment(start: 0.5, end: 1, speaker: "Bé", text: "no"),
      GivenSegment(start: 3.5, end: 4.2, speaker: "Ann"),
    ]
    var found: [RecognizedSegment] = []
    let length = try recognizer.recognize(file: scratch("call.wav"), plan: .given(segments)) { found.append($0) }
    #expect(length == 4)
    #expect(found.map(\.speaker) == ["Ann", "Bé", "Ann"] && found.map(\.text) == [nil, "no", nil])
    // The last one reaches beyond the recording.
    #expect(found.map(\.start) == [0, 0.5, 3.5] && found.map(\.end) == [3.5, 1, 4])
    let decoded = try found.indices.map { try recognizer.recognize(Self.part(scratch("call.wav"), found[$0])) }
    #expect(decoded.map(\.probabilities) == found.map(\.probabilities))
    let late = try #require(throws: WindowError.self) {
      try recognizer.recognize(
        file: scratch("call.wav"), plan: .given(segments + [GivenSegment(start: 9, end: 10)])
      ) { _ in }
    }
    #expect(late.description.hasPrefix("1 of the given segments begin after its end, the first at 9.0 s"))
    #expect(throws: WindowError.self) {
      try recognizer.recognize(file: scratch("call.wav"), plan: .given(segments.reversed())) { _ in }
    }
  }

  static func part(_ url: URL, _ segment: RecognizedSegment) throws -> [Float] {
    let samples = try AudioFile.decode(url).samples
    return Array(samples[Int(segment.start * 16_000)..<Int(segment.end * 16_000)])
  }

  @Test("Stretches that are computed together are recognised as alone")
  func together() throws {
    let recognizer = try BatchRecognizer(SmallBundle.make())
    let stretches = [8_000, 30_000, 401].map { count in
      Stretch(samples: (0..<count).map { Float(0.2 * sin(Double($0) * 0.05)) }, start: Double(count))
    }
    let together = try recognizer.recognize(stretches)
    for (stretch, found) in zip(stretches, together) {
      let alone = try recognizer.recognize([stretch])[0]
      #expect(found.start == alone.start && found.end == alone.end)
      for (a, b) in zip(found.probabilities, alone.probabilities) { #expect(abs(a.probability - b.probability) < 1e-6) }
      #expect(abs(found.entropy - alone.entropy) < 1e-5)
    }
    #expect(try recognizer.recognize([Stretch]()).isEmpty)
  }
}
