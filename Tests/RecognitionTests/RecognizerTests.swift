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
}
