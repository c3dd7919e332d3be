import Audio
import Emotion
import Evaluation
import Foundation
import Recognition
import Tensors
import TestSupport
import Testing

@Suite("Channels as speakers")
struct ChannelTests {
  let scratch: TemporaryFolder
  init() throws {
    scratch = try TemporaryFolder()
    try Runtime.setThreadCount(1)
  }

  /// Two who take turns, each on a channel.
  static let left = Voices.pause(1) + Voices.voice(2) + Voices.pause(4, seed: 3) + Voices.voice(1) + Voices.pause(1)
  static let right = Voices.pause(3.5, seed: 2) + Voices.voice(2, pitch: 230) + Voices.pause(3.5)

  func recognise(
    _ file: URL, _ plan: SegmentationPlan = .utterances(), _ channels: ChannelPlan = .speakers
  ) throws -> [RecognizedSegment] {
    var found: [RecognizedSegment] = []
    let length = try BatchRecognizer(SmallBundle.make()).recognize(.file(file), plan: plan, channels: channels) {
      found.append($0)
    }
    #expect(length == 9)
    return found
  }

  @Test("Each channel is cut and recognised alone; segments come in the order of their beginnings")
  func stereo() throws {
    try ToneCorpus.wav(zip(Self.left, Self.right).flatMap { [$0, $1] }, channels: 2).write(to: scratch("call.wav"))
    try ToneCorpus.wav(Self.left).write(to: scratch("left.wav"))
    try ToneCorpus.wav(Self.right).write(to: scratch("right.wav"))
    let found = try recognise(scratch("call.wav"))
    #expect(found.map(\.speaker) == ["channel 1", "channel 2", "channel 1"])
    #expect(found.map(\.channel) == [1, 2, 1])
    #expect(zip(found.map(\.start), [0.9, 3.4, 6.9]).allSatisfy { abs($0 - $1) < 0.1 }, "\(found.map(\.start))")
    for (file, channel) in [("left.wav", 1), ("right.wav", 2)] {
      // As if the channel were all there is.
      let alone = try recognise(scratch(file), .utterances(whole: 0), .mix)
      let same = found.filter { $0.channel == channel }
      #expect(same.map(\.probabilities) == alone.map(\.probabilities) && same.map(\.start) == alone.map(\.start))
      #expect(alone.allSatisfy { $0.speaker == nil && $0.channel == nil })
    }
    // The mix is one recording.
    #expect(try recognise(scratch("call.wav"), .utterances(), .mix).count == 1)
    let windows = try recognise(scratch("call.wav"), .windows(WindowPlan(window: 3, whole: 3)))
    #expect(windows.map(\.start) == [0, 0, 3, 3, 6, 6] && Set(windows.prefix(2).map(\.channel)) == [1, 2])
    let tiers = try TimelineFormat.textgrid.text(of: [Timeline(file: "call.wav", segments: found)])
    #expect(tiers.contains("name = \"channel 1\"") && tiers.contains("name = \"channel 2\""))
  }

  @Test("Segments that are given say who speaks; more channels than speakers are refused")
  func refusals() throws {
    try ToneCorpus.wav(Self.left).write(to: scratch("call.wav"))
    let error = #expect(throws: WindowError.self) {
      try recognise(scratch("call.wav"), .given([GivenSegment(start: 0, end: 1)]))
    }
    #expect(error?.description.hasPrefix("segments that are given say who speaks") == true)
    try ToneCorpus.wav([Float](repeating: 0, count: 17_000), channels: 17).write(to: scratch("many.wav"))
    #expect(throws: RecognitionError.channels(path: scratch("many.wav").path, count: 17, most: 16)) {
      try recognise(scratch("many.wav"))
    }
  }
}

@Suite("Abstention and notes")
struct AbstentionTests {
  static let voice = Voices.voice(2) + Voices.pause(0.5)

  @Test("An answer below the threshold is withheld; the bundle's own threshold serves where none is asked for")
  func thresholds() throws {
    let made = try SmallBundle.make()
    let plain = try BatchRecognizer(made)
    let free = try plain.recognize(Self.voice)
    #expect(free.abstains == nil && free.notes.isEmpty)
    let top = free.confidence
    func abstains(_ recognizer: BatchRecognizer, _ below: Double?) throws -> Bool? {
      try recognizer.recognize(Self.voice, options: RecognitionOptions(abstainBelow: below)).abstains
    }
    #expect(try abstains(plain, top - 1e-6) == false)
    #expect(try abstains(plain, top + 1e-6) == true)
    var configuration = made.configuration
    configuration.calibration = .init(classes: configuration.classes, method: nil, abstainBelow: top + 1e-6)
    #expect(configuration.fault == nil)
    let own = try BatchRecognizer(
      ModelBundle(configuration: configuration, model: made.model, preparations: made.preparations))
    #expect(try abstains(own, nil) == true)
    #expect(try abstains(own, 0) == false)
    configuration.calibration?.abstainBelow = 1.5
    #expect(configuration.fault?.contains("withheld below a probability of 1.5") == true)
  }

  @Test("Silence, noise and slivers are noted, and no answer is given to them where answers may be withheld")
  func notes() throws {
    let recognizer = try BatchRecognizer(SmallBundle.make())
    let always = RecognitionOptions(abstainBelow: 0)
    let silence = try recognizer.recognize([Float](repeating: 0, count: 32_000), options: always)
    #expect(silence.notes == [.noSpeech] && silence.abstains == true && silence.signalToNoise == nil)
    let noise = try recognizer.recognize(Voices.pause(3).map { $0 * 400 }, options: always)
    #expect(noise.notes == [.noSpeech] && noise.abstains == true)
    #expect(try #require(noise.signalToNoise) < 0)
    let sliver = try recognizer.recognize(
      Voices.pause(0.1) + Voices.voice(0.2) + Voices.pause(0.1), options: always)
    #expect(sliver.notes == [.tooShort] && sliver.abstains == true)
    let speech = try recognizer.recognize(Self.voice, options: always)
    #expect(speech.notes.isEmpty && speech.abstains == false)
    #expect(try #require(speech.signalToNoise) > 20)
  }

  @Test("A segment reads back from JSON as it was, and one from before these fields were there reads too")
  func coding() throws {
    let whole = RecognizedSegment(
      start: 1, end: 2, probabilities: [.init(.happy, 0.75), .init(.sad, 0.25)], attributes: ["valence": 5],
      speaker: "channel 2", channel: 2, text: "ha", candidates: [.happy], abstains: true, signalToNoise: 12.5,
      notes: [.tooNoisy, .noTranscript],
      explanation: Explanation(
        emotion: .happy, streams: [.init(name: "wavlm", reads: false, weight: 0.5)],
        seconds: [.init(start: 1, end: 2, weight: 1, attention: 1)], words: [.init(text: "ha", weight: 1)]),
      isPartial: true)
    #expect(try JSONDecoder().decode(RecognizedSegment.self, from: JSONEncoder().encode(whole)) == whole)
    let old =
      #"{"start": 0, "end": 1, "probabilities": [{"emotion": "sad", "probability": 1}], "entropy": 0, "attributes": {}}"#
    let read = try JSONDecoder().decode(RecognizedSegment.self, from: Data(old.utf8))
    #expect(read.emotion == .sad && read.notes.isEmpty && read.abstains == nil && !read.isPartial)
  }
}
