import Corpora
import Emotion
import Foundation
import Testing

@Suite("A generated release")
struct ReleaseGeneratorTests {
  @Test("It is imported, checked and divided; the same seed makes the same release")
  func pipeline() async throws {
    let scratch = try Scratch()
    let (release, output) = (scratch.url.appending(path: "release"), scratch.url.appending(path: "corpus"))
    try ReleaseGenerator(clips: 2400).write(to: release)
    let report = try Importers.named("msp-podcast").importCorpus(from: release, to: output)
    #expect(report.utterances == 2400 && report.splits["Test3"] == 40)
    #expect(report.faults.isEmpty && report.labelsWithoutFile.isEmpty && report.filesWithoutLabel.isEmpty)
    let check = try await CorpusCheck(probe: nil).run(on: output)
    #expect(check.findings.isEmpty, "\(check.text())")

    let corpus = try Corpus(contentsOf: output)
    #expect(corpus[.test3].allSatisfy { $0.consensus == .unlabelled && $0.transcript == nil && $0.ratings.isEmpty })
    let rated = corpus.utterances.filter { $0.split != .test3 }
    #expect(rated.allSatisfy { (5...8).contains($0.ratings.count) && $0.transcript != nil })
    #expect(rated.allSatisfy { Consensus(pluralityOf: $0.ratings) == $0.consensus })
    let folds = try SpeakerFolds(of: corpus, count: 5)
    #expect(folds.withoutSpeaker.count > 300)
    let statistics = CorpusStatistics(of: corpus)
    #expect((statistics.all.agreement?.fleissKappa ?? 0) > 0.1)
    #expect(abs((statistics.all.agreement?.intervalAlpha["valence"] ?? 1)) < 0.02)
    #expect(statistics.all.classes["?"] == 40)

    try ReleaseGenerator(clips: 2400).write(to: scratch.url.appending(path: "again"))
    for file in ["Labels/labels_detailed.csv", "Audios/MSP-PODCAST_0000_0000.wav", "Partitions.txt"] {
      let (a, b) = (release.appending(path: file), scratch.url.appending(path: "again/\(file)"))
      #expect(FileManager.default.contentsEqual(atPath: a.path, andPath: b.path))
    }
    #expect(throws: CorporaError.self) { try ReleaseGenerator(clips: 2400).write(to: release) }
    #expect(throws: CorporaError.self) {
      try ReleaseGenerator(clips: 3).write(to: scratch.url.appending(path: "small"))
    }
  }
}
