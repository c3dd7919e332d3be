import Audio
import Encoders
import Foundation
import Recognition
import Tensors
import TestSupport
import Testing

@Suite("Live sound")
struct LiveRecognitionTests {
  let scratch: TemporaryFolder
  init() throws {
    scratch = try TemporaryFolder()
    try Runtime.setThreadCount(1)
    try SmallBundle.make().write(to: scratch("bundle"))
  }

  func push(_ samples: [Float], block: Int, into live: LiveRecognition) async throws -> [RecognizedSegment] {
    var found: [RecognizedSegment] = []
    for start in stride(from: 0, to: samples.count, by: block) {
      found += try await live.push(Array(samples[start..<min(start + block, samples.count)]))
    }
    return found + (try await live.finish())
  }

  @Test("Utterances are those of the whole recording, however it is pushed", .timeLimit(.minutes(5)))
  func utterances() async throws {
    let recognizer = try await Recognizer(bundle: scratch("bundle"))
    var expected: [RecognizedSegment] = []
    for try await segment in recognizer.segments(
      of: .samples(ConcurrentRecognizerTests.talk), plan: .utterances(whole: 0))
    { expected.append(segment) }
    #expect(expected.count == 3)
    for block in [160, 7_777, 200_000] {
      let live = try recognizer.live(partialEvery: nil)
      #expect(try await push(ConcurrentRecognizerTests.talk, block: block, into: live) == expected, "\(block)")
      #expect(await live.seconds == Double(ConcurrentRecognizerTests.talk.count) / 16_000)
    }
  }

  @Test("An utterance that goes on is looked at from time to time, and replaced when it ends", .timeLimit(.minutes(5)))
  func partials() async throws {
    let recognizer = try await Recognizer(bundle: scratch("bundle"))
    let samples = Voices.pause(1) + Voices.voice(8) + Voices.pause(3)
    let found = try await push(samples, block: 1_600, into: recognizer.live(partialEvery: 1))
    let (partial, whole) = (found.filter(\.isPartial), found.filter { !$0.isPartial })
    try #require(whole.count == 1)
    #expect(partial.count >= 5 && partial.allSatisfy { $0.start == whole[0].start })
    #expect(zip(partial, partial.dropFirst()).allSatisfy { $0.end < $1.end })
    let encoded = try JSONEncoder().encode(partial[0])
    #expect(try JSONDecoder().decode(RecognizedSegment.self, from: encoded) == partial[0])
  }

  @Test("Sound at another rate, none at all, what is no sound, and a push after the end", .timeLimit(.minutes(5)))
  func edges() async throws {
    let recognizer = try await Recognizer(bundle: scratch("bundle"))
    let live = try recognizer.live(sampleRate: 48_000)
    // Each sample three times is nearly the same sound at three times the rate.
    let found = try await push(
      ConcurrentRecognizerTests.talk.flatMap { [$0, $0, $0] }, block: 48_000, into: live
    ).filter { !$0.isPartial }
    #expect(found.count == 3)
    await #expect(throws: WindowError.self) { try await live.push([0]) }
    #expect(try await live.finish().isEmpty)
    #expect(try await push([], block: 1, into: recognizer.live()).isEmpty)
    let broken = try recognizer.live()
    _ = try await broken.push([0, 0])
    await #expect {
      try await broken.push([0, .infinity])
    } throws: { error in
      if case .unusable(3, let value) = error as? FrontEndError { value == .infinity } else { false }
    }
    #expect(try await broken.finish().isEmpty)
    #expect(throws: ResamplerError.rate(1)) { try recognizer.live(sampleRate: 1) }
    #expect(throws: WindowError.self) { try recognizer.live(partialEvery: 0) }
  }
}
