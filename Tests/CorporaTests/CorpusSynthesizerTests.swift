import Corpora
import Emotion
import Foundation
import Testing

@Suite("Synthetic corpus")
struct CorpusSynthesizerTests {
  static let comment: Comment = "needs the command espeak-ng"

  func options(clips: Int = 48, speakers: Int = 12, seed: UInt64 = 1) -> CorpusSynthesizer.Options {
    var options = CorpusSynthesizer.Options()
    options.clips = clips
    options.speakers = speakers
    options.seed = seed
    return options
  }

  @Test(
    "The corpus is clean, speaker-disjoint, has every class in every split, and says what it is",
    .enabled(if: CorpusSynthesizer.isAvailable, comment))
  func whole() async throws {
    let scratch = try Scratch()
    let output = scratch.url.appending(path: "corpus")
    let corpus = try await CorpusSynthesizer(options: options(clips: 160, speakers: 16)).synthesize(to: output)
    #expect(corpus.utterances.count == 160)
    #expect(corpus.speakers.count == 16)
    for split in [Split.train, .development, .test1] {
      #expect(Set(corpus[split].compactMap(\.consensus.emotion)).count == 8, "\(split)")
    }
    let counts = Dictionary(grouping: corpus.utterances.compactMap(\.consensus.emotion), by: \.self).mapValues(\.count)
    #expect((counts[.neutral] ?? 0) > 3 * (counts[.fear] ?? 0))
    #expect(corpus.utterances.contains { $0.consensus == .noAgreement })
    #expect(corpus.utterances.allSatisfy { $0.ratings.count == 5 && Set($0.ratings.map(\.rater)).count == 5 })
    #expect(corpus.utterances.allSatisfy { Consensus(pluralityOf: $0.ratings) == $0.consensus })
    #expect(corpus.utterances.contains { $0.ratings.contains { !$0.secondary.isEmpty } })
    #expect(try scratch.text("corpus/README.md").contains("not a recording of people"))

    let report = try await CorpusCheck(probe: wavProbe).run(on: output)
    let findings = report.findings.filter { $0.severity > .note && $0.kind != .duplicateAudio }
    #expect(findings.isEmpty, "\(report.text())")
  }

  @Test(
    "The same seed makes the same files, byte for byte; another seed others",
    .enabled(if: CorpusSynthesizer.isAvailable, comment))
  func determinism() async throws {
    let scratch = try Scratch()
    for (name, seed) in [("one", 1), ("two", 1), ("three", 2)] as [(String, UInt64)] {
      _ = try await CorpusSynthesizer(options: options(seed: seed)).synthesize(to: scratch.url.appending(path: name))
    }
    let label = "Labels/labels_detailed.csv"
    #expect(try scratch.text("one/\(label)") == scratch.text("two/\(label)"))
    #expect(try scratch.text("one/\(label)") != scratch.text("three/\(label)"))
    for file in try scratch.files("one/Audios") {
      let one = try Data(contentsOf: scratch.url.appending(path: "one/Audios/\(file)"))
      #expect(one == (try Data(contentsOf: scratch.url.appending(path: "two/Audios/\(file)"))))
    }
  }

  @Test("Options outside their range are refused")
  func refusals() throws {
    let error = #expect(throws: CorporaError.self) { try CorpusSynthesizer(options: options(speakers: 4)) }
    #expect(try #require(error).description == "the number of speakers is 4; allowed is 12 to 96")
    #expect(throws: CorporaError.self) { try CorpusSynthesizer(options: options(clips: 10)) }
  }
}

/// The duration and peak of a WAV file of 16 bits and one channel with a header of 44 bytes, as espeak-ng writes them.
let wavProbe: AudioProbe = { url in
  let data = try Data(contentsOf: url)
  let peak = data.withUnsafeBytes { bytes in
    stride(from: 44, to: bytes.count - 1, by: 2).reduce(0) { most, offset in
      max(most, abs(Int(bytes.loadUnaligned(fromByteOffset: offset, as: Int16.self))))
    }
  }
  let rate = data.withUnsafeBytes { Double($0.loadUnaligned(fromByteOffset: 24, as: UInt32.self)) }
  return AudioFacts(duration: Double(data.count - 44) / 2 / rate, sampleRate: rate, peak: Double(peak) / 32768)
}
