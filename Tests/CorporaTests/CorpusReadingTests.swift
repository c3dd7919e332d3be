import Corpora
import Emotion
import Foundation
import Testing

@Suite("Reading and writing a corpus")
struct CorpusReadingTests {
  @Test("Every cell of both label files and the transcripts are read")
  func reading() throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    let corpus = try Corpus(contentsOf: scratch.url)
    #expect(corpus.utterances.map(\.fileName) == ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav", "f.wav"])
    #expect(String(corpus.utterances.map(\.consensus.letter)) == "ANXHOS")
    #expect(
      corpus.utterances[0]
        == Utterance(
          fileName: "a.wav", audio: scratch.url.appending(path: "Audios").appending(path: "a.wav"),
          consensus: .emotion(.angry), attributes: AttributeValues(arousal: 5.5, valence: 2, dominance: 6),
          speaker: "1", gender: .female, split: .train, transcript: "words of a",
          ratings: [
            Rating(
              rater: "W1", primary: .emotion(.angry), secondary: [.emotion(.angry), .emotion(.disgust)],
              attributes: AttributeValues(arousal: 6, valence: 2, dominance: 7)),
            Rating(
              rater: "W2", primary: .emotion(.angry),
              attributes: AttributeValues(arousal: 5, valence: 2, dominance: 5)),
          ]))
    #expect(corpus.utterances[2].attributes.isEmpty)
    #expect(corpus.utterances[2].ratings.map(\.secondary) == [[.other], []])
    #expect(corpus.utterances[5].speaker == nil)
    #expect(corpus.speakers == ["1", "2", "3", "4"])
    #expect(corpus[.train].map(\.name) == ["a", "b", "c"])
    #expect(corpus[.test3].isEmpty)
  }

  @Test("Parts that are not asked for are not read")
  func parts() throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch, ratings: ["a.wav,W1,Nonsense,,,,"])
    let corpus = try Corpus(contentsOf: scratch.url, including: [])
    #expect(corpus.utterances.allSatisfy { $0.ratings.isEmpty && $0.transcript == nil })
  }

  @Test("What is written is read back, with quotes, commas, line ends, extra columns and odd numbers")
  func roundTrip() throws {
    let scratch = try Scratch()
    let output = scratch.url.appending(path: "corpus")
    try scratch.write("sound", to: "sound.wav")
    let audios = output.appending(path: "Audios")
    let utterances = [
      Utterance(
        fileName: "one, \"two\".wav", audio: audios.appending(path: "one, \"two\".wav"), consensus: .noAgreement,
        attributes: AttributeValues(arousal: 1.0 / 3 + 3), speaker: "Müller, Änne", gender: .female, split: .test3,
        transcript: "Wörter", ratings: [Rating(primary: .other), Rating(rater: "r", primary: .emotion(.fear))],
        extra: ["Acted": "line\nend", "B": "x"]),
      Utterance(fileName: "plain.wav", audio: audios.appending(path: "plain.wav"), consensus: .other, split: .train),
    ]
    let writer = try CorpusWriter(folder: output)
    for utterance in utterances {
      try writer.link(scratch.url.appending(path: "sound.wav"), as: utterance.fileName)
    }
    try writer.write(utterances)
    #expect(!FileManager.default.fileExists(atPath: output.path))
    try writer.finish()
    #expect(try Corpus(contentsOf: output).utterances == utterances)
    #expect(try String(contentsOf: utterances[0].audio, encoding: .utf8) == "sound")

    var corpus = try Corpus(contentsOf: output)
    corpus.utterances[1].split = .development
    try corpus.writeLabels()
    #expect(try Corpus(contentsOf: output).utterances == corpus.utterances)
    #expect(try scratch.files("corpus/Labels") == ["labels_consensus.csv", "labels_detailed.csv"])
    #expect(try scratch.files("") == ["corpus", "sound.wav"])
  }

  @Test("A corpus is replaced only when asked for, and only if it is one")
  func replacing() throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    try scratch.write("precious", to: "other/file")
    #expect(throws: CorporaError.exists(path: scratch.url.standardizedFileURL.path)) {
      try CorpusWriter(folder: scratch.url)
    }
    #expect(throws: CorporaError.self) {
      try CorpusWriter(folder: scratch.url.appending(path: "other"), replacing: true)
    }
    #expect(try scratch.text("other/file") == "precious")

    let place = try Scratch()
    try SmallCorpus.write(to: place)
    let writer = try CorpusWriter(folder: place.url, replacing: true)
    try writer.write([])
    try writer.finish()
    #expect(try Corpus(contentsOf: place.url).utterances.isEmpty)
  }

  @Test("A byte order mark, CRLF and quoted cells are read")
  func dialects() throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch)
    let lines = [SmallCorpus.header, "\"a.wav\",\"A\",,,,\"1\",,Train", "", " b.wav , N ,, 4 ,,,Male,Train"]
    try scratch.write("\u{FEFF}" + lines.joined(separator: "\r\n"), to: "Labels/labels_consensus.csv")
    let corpus = try Corpus(contentsOf: scratch.url, including: [])
    #expect(corpus.utterances.map(\.fileName) == ["a.wav", "b.wav"])
    #expect(corpus.utterances.map(\.gender) == [.unknown, .male])
    #expect(corpus.utterances[1].attributes == AttributeValues(valence: 4))
  }

  @Test(
    "A fault is named with its file, row, column, value and what is allowed",
    arguments: [
      ("g.wav,Q,,,,1,Male,Train", "row 8: EmoClass is \"Q\"; allowed is one of A S H U F D C N, O (other) or X"),
      ("g.wav,,,,,1,Male,Train", "row 8: EmoClass is empty; allowed is one of A S H U F D C N"),
      ("g.wav,A,7.5,,,1,Male,Train", "row 8: EmoAct is \"7.5\"; allowed is a number from 1 to 7"),
      ("g.wav,A,,nan,,1,Male,Train", "row 8: EmoVal is \"nan\"; allowed is a number from 1 to 7"),
      ("g.wav,A,,,high,1,Male,Train", "row 8: EmoDom is \"high\"; allowed is a number from 1 to 7"),
      (
        "g.wav,A,,,,1,Male,Dev",
        "row 8: Split_Set is \"Dev\"; allowed is Train, Development, Test1, Test2, Test3"
      ),
      ("g.wav,A,,,,1,m,Train", "row 8: Gender is \"m\"; allowed is Female, Male, Unknown or nothing"),
      ("a.wav,A,,,,1,Male,Train", "row 8: FileName is \"a.wav\", as in row 2 already; each file may have one row"),
      ("../g.wav,A,,,,1,Male,Train", "row 8: FileName is \"../g.wav\"; allowed is the name of a file in Audios/"),
      ("g.wav,A,,,,1,Male", "row 8: has 7 fields; the header has 8"),
      ("g.wav,\"A,,,,1,Male,Train", "row 8: a quote opens a field and none closes it"),
      ("g.wav,\"A\"B,,,,1,Male,Train", "row 8: text follows a closing quote"),
    ])
  func strict(row: String, message: String) throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch, rows: SmallCorpus.rows + [row])
    let error = #expect(throws: CorporaError.self) { try Corpus(contentsOf: scratch.url) }
    let said = try #require(error).description
    #expect(said.contains("Labels/labels_consensus.csv, " + message), "\(said)")
  }

  @Test("Ratings are read as strictly")
  func strictRatings() throws {
    let scratch = try Scratch()
    try SmallCorpus.write(to: scratch, ratings: SmallCorpus.ratings + ["b.wav,W9,Bored,,8,1,1"])
    let error = #expect(throws: CorporaError.self) { try Corpus(contentsOf: scratch.url) }
    let said = try #require(error).description
    #expect(said.contains("labels_detailed.csv, row 6: EmoAct is \"8\""), "\(said)")
    #expect(said.contains("(and 1 more;"), "\(said)")
  }

  @Test("Missing folders, files and columns are named")
  func missing() throws {
    let scratch = try Scratch()
    #expect(throws: CorporaError.self) { try Corpus(contentsOf: scratch.url.appending(path: "nowhere")) }
    let none = #expect(throws: CorporaError.self) { try Corpus(contentsOf: scratch.url) }
    #expect(try #require(none).description.contains("Labels/labels_consensus.csv: the file is missing"))
    try SmallCorpus.write(to: scratch, rows: [], header: "FileName,EmoClass")
    let columns = #expect(throws: CorporaError.self) { try Corpus(contentsOf: scratch.url) }
    #expect(try #require(columns).description.contains("row 1: the column EmoAct is missing"))
  }
}
