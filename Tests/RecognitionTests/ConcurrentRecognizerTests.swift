import Audio
import Foundation
import Recognition
import Synchronization
import Tensors
import TestSupport
import Testing

/// Sounds that voice activity takes for speech.
enum Voices {
  /// Seconds of syllables of a buzz at a pitch, parted as in speech by what is too short for a pause.
  static func voice(_ seconds: Double, pitch: Double = 150, level: Float = 0.2) -> [Float] {
    (0..<Int(seconds * 16_000)).map { n in
      guard n % 4_000 < 3_200 else { return level / 200 * Float(n % 2 * 2 - 1) }
      return level
        * (1...6).map { Float(sin(2 * Double.pi * pitch * Double($0 * n) / 16_000)) / Float($0) }.reduce(0, +)
        / 2
    }
  }

  /// Seconds of soft noise.
  static func pause(_ seconds: Double, seed: UInt64 = 1) -> [Float] {
    var state = seed
    return (0..<Int(seconds * 16_000)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return 0.0005 * (Float(state >> 40) / Float(1 << 23) - 1)
    }
  }
}

@Suite("A recognizer for many tasks")
struct ConcurrentRecognizerTests {
  let scratch: TemporaryFolder
  init() throws {
    scratch = try TemporaryFolder()
    try Runtime.setThreadCount(1)
    try SmallBundle.make().write(to: scratch("bundle"))
  }

  static let talk =
    Voices.pause(1) + Voices.voice(2) + Voices.pause(1.5) + Voices.voice(1, pitch: 220) + Voices.pause(3)
    + Voices.voice(1.5, pitch: 110) + Voices.pause(1)

  func segments(_ sequence: RecognizedSegments) async throws -> [RecognizedSegment] {
    var found: [RecognizedSegment] = []
    for try await segment in sequence { found.append(segment) }
    return found
  }

  @Test("Segments of a file are those of the engine on one thread, for eight tasks at once", .timeLimit(.minutes(5)))
  func tasks() async throws {
    try ToneCorpus.wav(Self.talk).write(to: scratch("talk.wav"))
    let plans: [SegmentationPlan] = [
      .utterances(whole: 0), .windows(WindowPlan(window: 1, hop: 0.5, whole: 1)), .utterances(),
      .given([GivenSegment(start: 1, end: 2, speaker: "Ann", text: "so")]),
    ]
    var expected: [[RecognizedSegment]] = []
    let engine = try BatchRecognizer(bundle: scratch("bundle"))
    for plan in plans {
      var found: [RecognizedSegment] = []
      try engine.recognize(file: scratch("talk.wav"), plan: plan) { found.append($0) }
      expected.append(found)
    }
    #expect(expected.map(\.count) == [3, 21, 1, 1])
    let recognizer = try await Recognizer(bundle: scratch("bundle"))
    let talk = scratch("talk.wav")
    try await withThrowingTaskGroup(of: (Int, [RecognizedSegment]).self) { group in
      for number in 0..<8 {
        group.addTask {
          (number % 4, try await segments(recognizer.segments(of: .file(talk), plan: plans[number % 4])))
        }
      }
      for try await (number, found) in group { #expect(found == expected[number], "plan \(number)") }
    }
    // Samples at another rate are the same sound.
    let samples = try AudioFile.decode(talk, sampleRate: 48_000).samples
    let resampled = try await segments(
      recognizer.segments(of: .samples(samples, sampleRate: 48_000), plan: .utterances(whole: 0)))
    #expect(resampled.count == 3)
    for (a, b) in zip(resampled, expected[0]) {
      #expect(abs(a.start - b.start) <= 0.02 && a.emotion == b.emotion)
    }
  }

  @Test("What is wrong is thrown where it is read, and ends the sequence", .timeLimit(.minutes(5)))
  func errors() async throws {
    let recognizer = try await Recognizer(bundle: scratch("bundle"))
    var reading = recognizer.segments(of: .file(scratch("none.wav"))).makeAsyncIterator()
    await #expect(throws: AudioError.missing(path: scratch("none.wav").path)) { try await reading.next() }
    #expect(try await reading.next() == nil)
    await #expect(throws: WindowError.self) {
      try await segments(recognizer.segments(of: .samples([0]), plan: .windows(WindowPlan(window: -1))))
    }
    await #expect(throws: WindowError.self) {
      try await segments(recognizer.segments(of: .samples([0]), options: RecognitionOptions(abstainBelow: 2)))
    }
    await #expect(throws: (any Error).self) { try await segments(recognizer.segments(of: .samples([0, .nan]))) }
    await #expect(throws: (any Error).self) { try await Recognizer(bundle: scratch("nowhere")) }
    #expect(try await segments(recognizer.segments(of: .samples([]))).isEmpty)
    // Who stops reading can read again.
    let sequence = recognizer.segments(of: .samples(Self.talk), plan: .utterances(whole: 0))
    for try await segment in sequence {
      #expect(abs(segment.start - 0.9) < 0.05)
      break
    }
    #expect(try await segments(sequence).count == 3)
  }

  @Test("A task that is cancelled stops reading, and the others go on", .timeLimit(.minutes(5)))
  func cancellation() async throws {
    let recognizer = try await Recognizer(bundle: scratch("bundle"))
    // Ten minutes in 6000 windows: far more than are read.
    let long = recognizer.segments(
      of: .samples([Float](repeating: 0.1, count: 9_600_000)), plan: .windows(WindowPlan(window: 0.1, whole: 0.1)))
    let count = Mutex(0)
    let (begun, signal) = AsyncStream.makeStream(of: Void.self)
    let reader = Task {
      for try await _ in long {
        count.withLock { $0 += 1 }
        signal.yield()
      }
    }
    for await _ in begun { break }
    reader.cancel()
    await #expect(throws: CancellationError.self) { try await reader.value }
    let read = count.withLock { $0 }
    #expect(read < 6000)
    #expect(try await segments(recognizer.segments(of: .samples(Self.talk))).count == 1)
  }

  @Test("A job whose turn has not come is dropped, one that runs is told", .timeLimit(.minutes(5)))
  func jobs() async throws {
    let thread = WorkThread(name: "test")
    let (started, signal) = AsyncStream.makeStream(of: Void.self)
    let running = Task {
      try await thread.run { cancellation in
        signal.yield()
        while !cancellation.isCancelled { usleep(1000) }
        throw CancellationError()
      }
    }
    for await _ in started { break }
    let hasRun = Atomic(false)
    let waiting = Task { try await thread.run { _ in hasRun.store(true, ordering: .relaxed) } }
    waiting.cancel()
    // It ends although the thread is busy.
    await #expect(throws: CancellationError.self) { try await waiting.value }
    running.cancel()
    await #expect(throws: CancellationError.self) { try await running.value }
    #expect(try await thread.run { _ in 3 } == 3)
    let ran = hasRun.load(ordering: .relaxed)
    #expect(!ran)
  }
}
