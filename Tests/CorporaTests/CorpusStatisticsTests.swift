import Corpora
import Emotion
import Foundation
import Testing

@Suite("Statistics")
struct CorpusStatisticsTests {
  @Test("Counts of each split and the whole")
  func counts() throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    let corpus = try Corpus(contentsOf: scratch.url)
    let durations: [String: Double] = Dictionary(uniqueKeysWithValues: corpus.utterances.map { ($0.fileName, 1800) })
    let statistics = CorpusStatistics(of: corpus, durations: durations)
    #expect(statistics.all.utterances == 6)
    #expect(statistics.all.hours == 3)
    #expect(statistics.all.classes == ["A": 1, "N": 1, "X": 1, "H": 1, "O": 1, "S": 1])
    #expect(statistics.all.speakers == 4 && statistics.all.utterancesOfUnknownSpeakers == 1)
    #expect(statistics.all.genders == ["Female": 3, "Male": 2, "Unknown": 1])
    #expect(statistics.all.ratings == 4 && statistics.all.fewestRatings == 2 && statistics.all.mostRatings == 2)
    #expect(statistics.all.noAgreement == 1.0 / 6)
    #expect(statistics.all.attributes.arousal == 3.9)
    #expect(Set(statistics.splits.keys) == ["Train", "Development", "Test1", "Test2"])
    #expect(statistics.splits["Train"]?.classes == ["A": 1, "N": 1, "X": 1])
    #expect(statistics.splits["Train"]?.speakers == 2)
    #expect(CorpusStatistics(of: corpus).all.hours == nil)
    #expect(CorpusStatistics(of: corpus, durations: ["a.wav": 1]).all.hours == nil)
    #expect(try JSONDecoder().decode(CorpusStatistics.self, from: JSONEncoder().encode(statistics)) == statistics)
  }

  @Test("The table has a column for each split and aligned rows")
  func table() throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    let lines = CorpusStatistics(of: try Corpus(contentsOf: scratch.url)).description.split(separator: "\n")
    #expect(Set(lines.map(\.count)).count == 1)
    #expect(lines[0].split(separator: " ") == ["Train", "Development", "Test1", "Test2", "all"])
    let angry = try #require(lines.first { $0.hasPrefix("A angry") })
    #expect(
      angry.split(separator: " ").dropFirst(2).joined(separator: " ")
        == "1 (33.3 %) 0 (0.0 %) 0 (0.0 %) 0 (0.0 %) 1 (16.7 %)")
  }
}
