import Corpora
import Emotion
import Foundation
import TestSupport
import Testing

@Suite struct CorpusMergeTests {
  /// Writes a corpus of empty audio files in a folder of that name.
  private func corpus(_ name: String, in folder: URL, _ letters: [Character], ratings: [Rating] = []) throws -> URL {
    let output = folder.appending(path: name)
    let writer = try CorpusWriter(folder: output)
    var utterances: [Utterance] = []
    for (index, letter) in letters.enumerated() {
      let file = "\(index).wav"
      try Data().write(to: writer.audio(file))
      utterances.append(
        Utterance(
          fileName: file, audio: output.appending(path: "Audios/\(file)"),
          consensus: try #require(Consensus(letter: letter)),
          speaker: "1", split: index == 0 ? .train : .test1, transcript: "words \(index)",
          ratings: index == 0 ? ratings : [],
          extra: ["Acted": "x"]))
    }
    try writer.write(utterances)
    try writer.finish()
    return output
  }

  @Test func keepsClipsApartAndRecordsWhatEachCorpusKnows() throws {
    let folder = try TemporaryFolder()
    let vote = Rating(rater: "r", primary: .emotion(.fear))
    let a = try corpus("a", in: folder.url, ["A", "N", "O"], ratings: [vote])
    let b = try corpus("b", in: folder.url, ["S", "U"])
    let output = folder.url.appending(path: "merged")
    let report = try CorpusMerge([a, b]).write(to: output)
    #expect(report.parts.map(\.classes) == ["AFN", "SU"])
    let merged = try Corpus(contentsOf: output)
    #expect(merged.utterances.map(\.fileName) == ["a-0.wav", "a-1.wav", "a-2.wav", "b-0.wav", "b-1.wav"])
    #expect(merged.speakers == ["a-1", "b-1"])
    #expect(merged.utterances.map { $0.extra["Corpus"] } == ["a", "a", "a", "b", "b"])
    #expect(merged.utterances.map(\.split) == [.train, .test1, .test1, .train, .test1])
    #expect(merged.utterances.map(\.transcript) == ["words 0", "words 1", "words 2", "words 0", "words 1"])
    #expect(merged.utterances.allSatisfy { $0.extra["Acted"] == "x" })
    #expect(merged.utterances[0].ratings.map(\.rater) == ["a-r"])
    #expect(try merged.utterances[4].knownClasses() == [.sad, .surprise])
    #expect(try merged.utterances[1].knownClasses() == [.angry, .fear, .neutral])
    #expect(
      merged.utterances[3].audio.resolvingSymlinksInPath().path
        == b.appending(path: "Audios/0.wav").resolvingSymlinksInPath().path)
  }

  @Test func refusesNamesThatDoNotTellCorporaApart() throws {
    let folder = try TemporaryFolder()
    let a = try corpus("a", in: folder.url, ["A"])
    let longer = try corpus("a-b", in: folder.url, ["A"])
    #expect(throws: CorporaError.self) { try CorpusMerge([a, a]) }
    #expect(throws: CorporaError.self) { try CorpusMerge([a, longer]) }
    #expect(throws: CorporaError.self) { try CorpusMerge([a]) }
  }

  @Test func refusesAnOutputInsideACorpus() throws {
    let folder = try TemporaryFolder()
    let (a, b) = (try corpus("a", in: folder.url, ["A"]), try corpus("b", in: folder.url, ["S"]))
    #expect(throws: CorporaError.self) { try CorpusMerge([a, b]).write(to: a.appending(path: "merged")) }
  }
}
