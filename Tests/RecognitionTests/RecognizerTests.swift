import Audio
import Basics
import Emotion
import Foundation
import Fusion
import Recognition
import Tensors
import TestSupport
import Testing

@Suite("Recognition of recordings")
struct RecognizerTests {
  let scratch: TemporaryFolder
  init() throws {
    scratch = try TemporaryFolder()
    // Other tests want the cores too.
    try Runtime.setThreadCount(1)
  }

  /// Writes a sweep of so many seconds.
  func recording(_ seconds: Double) throws -> URL {
    let samples = (0..<Int(seconds * 16_000)).map { i in
      Float(0.3 * sin(Double(i) * (0.02 + 1e-7 * Double(i % 160_000))))
    }
    try ToneCorpus.wav(samples).write(to: scratch("clip.wav"))
    return scratch("clip.wav")
  }

  func segments(_ url: URL, _ plan: WindowPlan = WindowPlan()) throws -> [RecognizedSegment] {
    var found: [RecognizedSegment] = []
    try BatchRecognizer(SmallBundle.make()).recognize(file: url, plan: .windows(plan)) { found.append($0) }
    return found
  }

  @Test("A short recording is one segment, the same as its samples")
  func whole() throws {
    let url = try recording(3)
    let samples = try AudioFile.decode(url).samples
    #expect(try segments(url) == [BatchRecognizer(SmallBundle.make()).recognize(samples)])
  }

  @Test("A long recording comes in windows, each the same as its samples on their own")
  func windows() throws {
    let url = try recording(33)
    let found = try segments(url)
    #expect(found.map(\.start) == [0, 5, 10, 15, 20, 25, 30])
    #expect(found.map(\.end) == [5, 10, 15, 20, 25, 30, 33])
    let samples = try AudioFile.decode(url).samples
    #expect(
      found[2] == (try BatchRecognizer(SmallBundle.make()).recognize(Array(samples[160_000..<240_000]), start: 10)))
    let overlapping = try segments(url, WindowPlan(window: 10, hop: 5, whole: 10))
    #expect(overlapping.map(\.start) == [0, 5, 10, 15, 20, 25])
    #expect(overlapping.last?.end == 33)
  }

  @Test("Windows that can't be, missing files, folders and other files are named")
  func errors() throws {
    let url = try recording(1)
    let window = try #require(throws: WindowError.self) { try segments(url, WindowPlan(window: -1)) }
    #expect(window.description == "a window of -1.0 s can't be; from 0.1 to 3600 s can")
    #expect(throws: AudioError.isFolder(path: scratch.url.path(percentEncoded: false))) { try segments(scratch.url) }
    #expect(throws: AudioError.missing(path: scratch("none.wav").path)) { try segments(scratch("none.wav")) }
    try scratch.write("words", "text.wav")
    #expect(throws: AudioError.notAudio(path: scratch("text.wav").path)) { try segments(scratch("text.wav")) }
  }

  @Test("A bundle of frames that this Affect does not make is refused")
  func otherFrames() throws {
    let made = try SmallBundle.make()
    var configuration = made.configuration
    configuration.streams[0].encoder = "log-mel-128"
    let error = try #require(throws: TensorError.self) {
      try BatchRecognizer(ModelBundle(configuration: configuration, model: made.model, preparations: made.preparations))
    }
    #expect(
      error.description
        == "loading a bundle: its stream log-mel-128 has 80 numbers a frame, this Affect's 128")
  }

  @Test(
    "24 minutes of talk are recognised window by window",
    .enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)))
  func podcast() throws {
    var (count, end, most) = (0, 0.0, 0.0)
    let recognizer = try BatchRecognizer(SmallBundle.make())
    try recognizer.recognize(file: SharedData.url("speech/podcast.m4a"), plan: .windows(WindowPlan())) { segment in
      #expect(segment.start == end)
      (count, end, most) = (count + 1, segment.end, max(most, segment.end - segment.start))
    }
    #expect(end > 1400)
    #expect(count > 280)
    #expect(most <= 6.25)
  }

  @Test(
    "24 minutes of talk come apart into utterances, one after the other, none too long",
    .enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)))
  func utterances() throws {
    var (count, end, spoken, most) = (0, 0.0, 0.0, 0.0)
    var overlaps = 0
    let length = try BatchRecognizer(SmallBundle.make()).recognize(file: SharedData.url("speech/podcast.m4a")) {
      segment in
      if segment.start < end - 1e-9 { overlaps += 1 }
      spoken += segment.end - segment.start
      (count, end, most) = (count + 1, segment.end, max(most, segment.end - segment.start))
    }
    #expect(overlaps == 0)
    #expect(end <= length + 1e-9 && length > 1400)
    // A talk: it is spoken most of the time, in utterances of some seconds.
    #expect(spoken > length / 2 && count > 200 && count < 1500)
    // The longest utterance, and a margin on either side.
    #expect(most <= 15.2 + 1e-9)
  }

  @Test(
    "A conversation with its RTTM gives the speakers and segments that it names, each as its samples alone",
    .enabled(if: SharedData.isAvailable, Comment(rawValue: SharedData.comment)))
  func conversation() throws {
    let file = SharedData.url("speech/conversation.flac")
    let turns = try SegmentFile.read(SharedData.url("speech/conversation.rttm"))
    let lines = try String(contentsOf: SharedData.url("speech/conversation.rttm"), encoding: .utf8).split(
      separator: "\n"
    )
    .map { $0.split(separator: " ").map(String.init) }.filter { $0[0] == "SPEAKER" }
    let recognizer = try BatchRecognizer(SmallBundle.make())
    var found: [RecognizedSegment] = []
    try recognizer.recognize(file: file, plan: .given(turns)) { found.append($0) }
    #expect(found.count == lines.count && Set(found.map(\.speaker)).count > 1)
    #expect(found.map(\.speaker) == lines.map { $0[7] })
    let samples = try AudioFile.decode(file).samples
    for (segment, line) in zip(found, lines) {
      let (start, length) = (try #require(Double(line[3])), try #require(Double(line[4])))
      #expect(segment.start == start && abs(segment.end - start - length) < 1e-3)
      #expect(segment.notes == (length < 0.5 ? [.tooShort] : []), "\(segment.start): \(segment.notes)")
      let first = Int((start * 16_000).rounded())
      let part = Array(samples[first..<min(Int(((start + length) * 16_000).rounded()), samples.count)])
      #expect(try recognizer.recognize(part, start: start).probabilities == segment.probabilities)
    }
  }

  @Test("Whoever stops at a segment stops the decoder, and what is wrong at the end comes after the segments before")
  func stopping() throws {
    struct Enough: Error {}
    let recognizer = try BatchRecognizer(SmallBundle.make())
    var count = 0
    #expect(throws: Enough.self) {
      try recognizer.recognize(
        .samples([Float](repeating: 0.1, count: 9_600_000)), plan: .windows(WindowPlan(window: 0.1, whole: 0.1))
      ) { _ in
        count += 1
        if count == 3 { throw Enough() }
      }
    }
    #expect(count == 3)
    let url = try recording(12)
    try Data(contentsOf: url).dropLast(64_000).write(to: scratch("cut.wav"))
    var starts: [Double] = []
    #expect(throws: AudioError.self) {
      try recognizer.recognize(file: scratch("cut.wav"), plan: .windows(WindowPlan(window: 2, whole: 2))) {
        starts.append($0.start)
      }
    }
    // Two windows are kept back until the end is known, which never comes.
    #expect(starts == [0, 2, 4])
    var length = 0.0
    length = try recognizer.recognize(file: scratch("cut.wav"), damaged: .keep) { _ in }
    #expect(length == 10)
  }
}
