import Corpora
import Emotion
import Foundation
import Synchronization
import Testing

@Suite("Leaks between splits")
struct LeakTests {
  /// Something like speech: tones that come and go at random, different for each seed.
  static func speech(_ seed: UInt64, seconds: Double = 3) -> [Float] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func draw() -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) * 0x1p-53
    }
    let count = Int(seconds * Double(AudioFingerprint.sampleRate))
    var samples = [Float](repeating: 0, count: count)
    for _ in 0..<Int(seconds * 40) {
      let (frequency, start, length) = (200 + 2200 * draw(), draw() * seconds, 0.05 + 0.25 * draw())
      let level = 0.02 + 0.1 * draw()
      let first = Int(start * 8000)
      for i in first..<min(count, first + Int(length * 8000)) {
        let place = Double(i - first) / (length * 8000)
        samples[i] += Float(level * sin(.pi * place) * sin(2 * .pi * frequency * Double(i) / 8000))
      }
    }
    return samples
  }

  static func noise(_ count: Int, level: Float) -> [Float] {
    var state: UInt64 = 99
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Float(state >> 40) / 0x1p24 - 0.5) * 2 * level
    }
  }

  /// 300 different recordings, and at the end copies of the first few with what happens to copies.
  static let recordings: [[Float]] = {
    let originals = (0..<300).map { speech(UInt64($0 + 1)) }
    return originals + [
      originals[0].map { $0 * 0.2 },  // gain
      [Float](repeating: 0, count: 410) + originals[1],  // begins 51 ms later
      zip(originals[2], noise(24_000, level: 0.002)).map { $0 + $1 },  // noise
      Array(originals[3].dropFirst(1001).dropLast(3000)).map { -1.5 * $0 },  // trimmed, louder, turned
      originals[4].map { ($0 * 512).rounded() / 512 },  // coarse steps
    ]
  }()

  static func corpus(_ scratch: Scratch, count: Int) throws -> Corpus {
    let folder = scratch.url
    let utterances = try (0..<count).map { index in
      let name = "clip-\(index).wav"
      try scratch.write("\(index)", to: "Audios/\(name)")
      return Utterance(
        fileName: name, audio: folder.appending(path: "Audios/\(name)"), consensus: .emotion(.neutral),
        speaker: index < 2 ? nil : "s\(index % 50)", split: index < 300 ? .train : .test1)
    }
    return Corpus(folder: folder, utterances: utterances)
  }

  /// Stands for a decoder: the file holds the number of the recording.
  static let blocks: AudioBlocks = { url, body in
    let index = Int(try String(contentsOf: url, encoding: .utf8)) ?? 0
    for start in stride(from: 0, to: recordings[index].count, by: 1000) {
      body(Array(recordings[index][start..<min(start + 1000, recordings[index].count)]))
    }
  }

  @Test("Copies are found through gain, noise, trimming and a later start; different recordings are not")
  func nearDuplicates() async throws {
    let scratch = try Scratch()
    let corpus = try Self.corpus(scratch, count: Self.recordings.count)
    let report = try await LeakCheck(blocks: Self.blocks).run(on: corpus)
    #expect(
      report.audio.map { "\($0.first.fileName) \($0.second.fileName) \($0.isLeak)" }
        == (0..<5).map { "clip-\($0).wav clip-\(300 + $0).wav true" })
    try #require(report.audio.count == 5)
    #expect(report.audio[0].difference < 0.01)
    #expect(abs(report.audio[1].offset + 0.051) < 0.03)
    #expect(report.audio.allSatisfy { $0.difference < 0.25 })
    #expect(!report.isClean)
    #expect(report.description.contains("clip-0.wav (Train) and clip-300.wav (Test1), 0.0 % of bits differ"))
  }

  @Test("Fingerprints are made once for a file, and again when it changes; a file that fails is named")
  func cache() async throws {
    let scratch = try Scratch()
    let corpus = try Self.corpus(scratch, count: 12)
    let heard = Mutex(0)
    let check = LeakCheck(blocks: { url, body in
      heard.withLock { $0 += 1 }
      if url.lastPathComponent == "clip-3.wav" { throw NotAudio() }
      try Self.blocks(url, body)
    })
    let first = try await check.run(on: corpus)
    #expect(first.notCompared == ["clip-3.wav: no audio stream"])
    #expect(heard.withLock { $0 } == 12)
    let again = try await check.run(on: corpus)
    #expect(again == first)
    #expect(heard.withLock { $0 } == 13)
    try scratch.write("300", to: "Audios/clip-5.wav")
    let changed = try await check.run(on: corpus)
    #expect(changed.audio.map { "\($0.first.fileName) \($0.second.fileName)" } == ["clip-0.wav clip-5.wav"])
    #expect(heard.withLock { $0 } == 15)
  }

  @Test("Speakers and texts in two splits are named with their clips; unknown speakers and short texts are not")
  func speakersAndTexts() async throws {
    func utterance(_ name: String, _ speaker: String?, _ split: Split, _ text: String?) -> Utterance {
      Utterance(
        fileName: name, audio: URL(filePath: "/c/\(name)"), consensus: .other, speaker: speaker, split: split,
        transcript: text)
    }
    let corpus = Corpus(
      folder: URL(filePath: "/c"),
      utterances: [
        utterance("a", "1", .train, "So, what do YOU think?"), utterance("b", nil, .train, "I don't know."),
        utterance("c", nil, .test1, "so what do you think"), utterance("d", "1", .development, "Yes."),
        utterance("e", "2", .test1, "I don't know!"), utterance("f", "2", .test1, "Nobody says this sentence twice"),
        utterance("g", "3", .train, "the same words in one split"),
        utterance("h", "3", .train, "The same words in one split."),
      ])
    let report = try await LeakCheck(blocks: nil).run(on: corpus)
    #expect(report.speakers.map { "\($0.speaker) \($0.clips.map(\.fileName))" } == ["1 [\"a\", \"d\"]"])
    #expect(report.texts.map(\.text) == ["so what do you think"])
    #expect(report.texts.first?.clips.map(\.fileName) == ["a", "c"])
    var loose = LeakCheck(blocks: nil)
    loose.fewestWords = 1
    #expect(try await loose.run(on: corpus).texts.map(\.text) == ["i don't know", "so what do you think"])
    #expect(try JSONDecoder().decode(LeakReport.self, from: JSONEncoder().encode(report)) == report)
  }
}
