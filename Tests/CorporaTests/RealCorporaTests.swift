import Corpora
import Emotion
import Foundation
import TestSupport
import Testing

@Suite("Real corpora import with the counts of their documentation")
struct RealCorporaTests {
  struct Expected: Sendable, CustomStringConvertible {
    let kind: String
    let folder: String
    let clips: Int
    let speakers: Int
    /// Clips per label of the source.
    let labels: [String: Int]
    /// Speakers in Train, Development and Test1.
    let splits: [Int]
    var description: String { kind }
  }

  // Per-label counts taken from the files with `ls` and from data.tsv with `cut`, not with the importers.
  static let expected = [
    Expected(
      kind: "ravdess", folder: "ravdess", clips: 1200, speakers: 20,
      labels: [
        "neutral": 80, "calm": 160, "happy": 160, "sad": 160, "angry": 160, "fearful": 160, "disgust": 160,
        "surprised": 160,
      ], splits: [12, 4, 4]),
    Expected(
      kind: "emodb", folder: "emodb", clips: 535, speakers: 10,
      labels: [
        "anger": 127, "boredom": 81, "disgust": 46, "fear": 69, "happiness": 71, "sadness": 62, "neutral": 79,
      ], splits: [6, 2, 2]),
    Expected(
      kind: "nemo", folder: "nemo", clips: 4481, speakers: 9,
      labels: [
        "neutral": 809, "sadness": 769, "happiness": 749, "anger": 749, "fear": 736, "surprised": 669,
      ], splits: [5, 2, 2]),
    Expected(
      kind: "tess", folder: "tess", clips: 1960, speakers: 2,
      labels: [
        "angry": 280, "disgust": 280, "fear": 280, "happy": 280, "neutral": 280, "sad": 280,
        "pleasant_surprise": 140, "pleasant_surprised": 140,
      ], splits: [1, 1, 1]),
    Expected(
      kind: "crema-d", folder: "cremad", clips: 6212, speakers: 76, labels: CREMADCounts.acted,
      splits: [50, 13, 13]),
  ]

  @Test(
    "Counts, speakers, labels, splits and links", .enabled(if: SharedData.isAvailable, "\(SharedData.comment)"),
    arguments: expected)
  func counts(expected: Expected) async throws {
    let scratch = try Scratch()
    let output = scratch.url.appending(path: "corpus")
    let report = try Importers.named(expected.kind).importCorpus(from: SharedData.url(expected.folder), to: output)
    #expect(report.utterances == expected.clips)
    #expect(Dictionary(uniqueKeysWithValues: report.labels.map { ($0.label, $0.clips) }) == expected.labels)
    #expect(report.unrecognisedFiles.isEmpty && report.filesWithoutLabel.isEmpty && report.renamed.isEmpty)

    let corpus = try Corpus(contentsOf: output)
    #expect(corpus.utterances.count == expected.clips)
    #expect(corpus.speakers.count == expected.speakers)
    #expect(corpus.utterances.allSatisfy { $0.gender != .unknown && $0.transcript?.isEmpty == false })
    let splits = [Split.train, .development, .test1].map { Set(corpus[$0].compactMap(\.speaker)).count }
    #expect(splits == expected.splits)

    // The shared data is not decoded here; that the links lead to bytes is what an import has to get right.
    let check = try await CorpusCheck(probe: nil).run(on: output)
    let surprising = check.findings.filter {
      $0.severity > .note && $0.kind != .duplicateAudio && $0.kind != .speakerInTwoSplits
    }
    #expect(surprising.isEmpty, "\(check.text())")
    #expect(check.findings.count { $0.kind == .speakerInTwoSplits } == (expected.kind == "tess" ? 1 : 0))
  }

  @Test(
    "CREMA-D: the plurality of each clip's ratings is emoVote of the whole voice-only table",
    .enabled(if: SharedData.isAvailable, "\(SharedData.comment)"))
  func plurality() throws {
    let scratch = try Scratch()
    let output = scratch.url.appending(path: "corpus")
    let report = try Importers.named("crema-d").importCorpus(from: SharedData.url("cremad"), to: output)
    let printed = try Peer.python(
      """
      import csv, json, sys
      rows = [r for r in csv.DictReader(open(sys.argv[1])) if r[''].startswith('1')]
      print(json.dumps({r['fileName']: [r['emoVote'], r['numResponses']] for r in rows}))
      """, [SharedData.url("cremad/tabulatedVotes.csv").path])
    let table = try JSONDecoder().decode([String: [String]].self, from: Data(printed.utf8))
    let corpus = try Corpus(contentsOf: output, including: .ratings)
    var ties = 0
    var wrong = [String]()
    for utterance in corpus.utterances {
      let row = try #require(table[utterance.name])
      let isTie = row[0].contains(":")
      ties += isTie ? 1 : 0
      let letter = String(utterance.consensus.letter)
      if letter != (isTie ? "X" : row[0]) || utterance.ratings.count != Int(row[1]) { wrong.append(utterance.name) }
    }
    #expect(wrong.isEmpty)
    #expect(corpus.utterances.count - ties == 5676)
    #expect(table.count == 7442 && report.labelsWithoutFile.count == 7442 - 6212)
    #expect(corpus.utterances.map(\.ratings.count).min() == 4 && corpus.utterances.map(\.ratings.count).max() == 12)
  }

  @Test("Two imports of a source are the same files", .enabled(if: SharedData.isAvailable, "\(SharedData.comment)"))
  func determinism() throws {
    let scratch = try Scratch()
    let importer = try Importers.named("emodb")
    for name in ["one", "two"] {
      try importer.importCorpus(from: SharedData.url("emodb"), to: scratch.url.appending(path: name))
    }
    for file in ["Labels/labels_consensus.csv", "Labels/labels_detailed.csv"] {
      #expect(try scratch.text("one/\(file)") == scratch.text("two/\(file)"))
    }
    #expect(try scratch.files("one/Audios") == scratch.files("two/Audios"))
    #expect(try scratch.files("one/Transcripts") == scratch.files("two/Transcripts"))
  }
}

/// Clips per emotion asked for in the part of CREMA-D that development machines have.
enum CREMADCounts {
  static let acted = ["ANG": 1061, "DIS": 1061, "FEA": 1061, "HAP": 1061, "NEU": 907, "SAD": 1061]
}
