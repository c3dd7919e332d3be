import Corpora
import Emotion
import Foundation
import TestSupport
import Testing

@Suite("Importers on miniature corpora")
struct ImporterTests {
  func run(
    _ kind: String, _ files: [String], tables: [String: String] = [:], options: ImportOptions = ImportOptions()
  ) throws -> (ImportReport, Corpus, Scratch) {
    let scratch = try Scratch()
    for file in files { try scratch.write("sound of \(file)", to: "source/\(file)") }
    for (name, text) in tables { try scratch.write(text, to: "source/\(name)") }
    let output = scratch.url.appending(path: "corpus")
    let report = try Importers.named(kind).importCorpus(
      from: scratch.url.appending(path: "source"), to: output, options: options)
    return (report, try Corpus(contentsOf: output), scratch)
  }

  func summary(_ corpus: Corpus) -> [String] {
    corpus.utterances.map {
      "\($0.name) \($0.consensus.letter) \($0.extra["Acted"] ?? "") \($0.speaker ?? "") \($0.gender.rawValue) "
        + ($0.transcript ?? "")
    }
  }

  @Test("RAVDESS")
  func ravdess() throws {
    let (report, corpus, scratch) = try run(
      "ravdess",
      [
        "Actor_01/03-01-02-01-01-01-01.wav", "Actor_02/03-01-08-02-02-01-02.wav", "Actor_03/03-01-05-02-02-01-03.wav",
        "Actor_03/03-02-05-02-02-01-03.wav", "Actor_03/03-01-09-02-02-01-03.wav", "README.txt",
        "again/Actor_01/03-01-02-01-01-01-01.wav",
      ])
    #expect(
      summary(corpus) == [
        "03-01-02-01-01-01-01 N calm 01 Male Kids are talking by the door.",
        "03-01-08-02-02-01-02 U surprised 02 Female Dogs are sitting by the door.",
        "03-01-05-02-02-01-03 A angry 03 Male Dogs are sitting by the door.",
        "03-01-02-01-01-01-01-2 N calm 01 Male Kids are talking by the door.",
      ])
    #expect(
      report.unrecognisedFiles == [
        "Actor_03/03-01-09-02-02-01-03.wav", "Actor_03/03-02-05-02-02-01-03.wav", "README.txt",
      ])
    #expect(report.renamed == ["again/Actor_01/03-01-02-01-01-01-01.wav -> 03-01-02-01-01-01-01-2.wav"])
    #expect(report.labels.map { "\($0.label) \($0.letter) \($0.clips)" } == ["calm N 2", "angry A 1", "surprised U 1"])
    #expect(Set(corpus.utterances.map(\.split)) == [.train, .development, .test1])
    try #require(!corpus.utterances.isEmpty)
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: corpus.utterances[0].audio.path)
    #expect(link == scratch.url.appending(path: "source/Actor_01/03-01-02-01-01-01-01.wav").path)
  }

  @Test("EMO-DB: boredom is other")
  func emodb() throws {
    let (report, corpus, _) = try run(
      "emodb", ["wav/03a01Fa.wav", "wav/08a02Lb.wav", "wav/16b10Td.wav", "wav/99a01Fa.wav", "wav/03a01Xa.wav"])
    #expect(
      summary(corpus) == [
        "03a01Fa H happiness 03 Male Der Lappen liegt auf dem Eisschrank.",
        "08a02Lb O boredom 08 Female Das will sie am Mittwoch abgeben.",
        "16b10Td S sadness 16 Female Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
      ])
    #expect(report.unrecognisedFiles == ["wav/03a01Xa.wav", "wav/99a01Fa.wav"])
    #expect(report.classes == ["H": 1, "O": 1, "S": 1])
  }

  @Test("nEMO: the table and the audio are joined by name, what has no partner is reported")
  func nemo() throws {
    let table = """
      file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage
      A0_anger_1.wav\tanger\t"Ród" to słowo.\tród\t        A0\tmale\t23
      B0_surprised_2.wav\tsurprised\tDwa.\tdwa\tB0\tfemale\t30
      C0_fear_3.wav\tfear\tTrzy.\ttrzy\tC0\tfemale\t30
      D0_fear_4.wav\tfear\tCztery.\tcztery\tD0\tfemale\t30

      """
    let (report, corpus, _) = try run(
      "nemo",
      ["samples/A0_anger_1.opus", "samples/B0_surprised_2.opus", "samples/C0_fear_3.opus", "samples/E0_fear_5.opus"],
      tables: ["data.tsv": table])
    #expect(
      summary(corpus) == [
        "A0_anger_1 A anger A0 Male \"Ród\" to słowo.", "B0_surprised_2 U surprised B0 Female Dwa.",
        "C0_fear_3 F fear C0 Female Trzy.",
      ])
    #expect(report.labelsWithoutFile == ["D0_fear_4.wav"])
    #expect(report.filesWithoutLabel == ["samples/E0_fear_5.opus"])
  }

  @Test("TESS: the folder gives the label in any spelling; two speakers share no split with the test")
  func tess() throws {
    let words = ["back", "bar", "base", "bath", "bean", "beg"]
    let (report, corpus, _) = try run(
      "tess",
      words.flatMap {
        ["OAF_Fear/OAF_\($0)_fear.wav", "OAF_Pleasant_surprise/OAF_\($0)_ps.wav", "YAF_sad/YAF_\($0)_sad.wav"]
      } + ["notes.txt"])
    #expect(corpus.utterances.count == 18)
    #expect(
      summary(corpus).first == "OAF_back_fear F fear OAF Female Say the word back.")
    #expect(
      corpus.utterances.filter { $0.extra["Acted"] == "pleasant_surprise" }.allSatisfy { $0.consensus.letter == "U" })
    #expect(corpus[.test1].count == 6 && corpus[.test1].allSatisfy { $0.speaker == "YAF" })
    #expect(corpus[.development].map(\.name) == ["OAF_bean_fear", "OAF_bean_ps"])
    #expect(report.notes.count == 1 && report.notes[0].contains("there are 2 speakers"))
    #expect(report.unrecognisedFiles == ["notes.txt"])
  }

  static let votes = """
    "","A","D","F","H","N","S","fileName","numResponses","agreement","emoVote"
    "100001",0,0,0,1,10,0,"1001_IEO_NEU_XX",11,0.9,"N"
    "100002",2,2,0,0,1,0,"1002_TIE_ANG_HI",5,0.4,"A:D"
    "100003",0,0,0,0,0,4,"1003_WSI_SAD_XX",4,1,"S"
    "100004",4,0,0,0,0,0,"1004_WSI_ANG_XX",4,1,"A"
    "200001",9,0,0,0,0,0,"1001_IEO_NEU_XX",9,1,"A"
    "300001",9,0,0,0,0,0,"1002_TIE_ANG_HI",9,1,"A"

    """
  static let actors = """
    "ActorID","Age","Sex","Race","Ethnicity"
    1001,51,"Male","Caucasian","Not Hispanic"
    1002,21,"Female","Caucasian","Not Hispanic"
    1003,21,"Female","Caucasian","Not Hispanic"

    """

  @Test("CREMA-D: the plurality of the voice-only votes is the class, ties are no agreement")
  func cremad() throws {
    let (report, corpus, _) = try run(
      "crema-d",
      [
        "audio/1001_IEO_NEU_XX.opus", "audio/1002_TIE_ANG_HI.opus", "audio/1003_WSI_SAD_XX.opus",
        "audio/1003_DFA_SAD_XX.opus", "audio/1003_QQQ_SAD_XX.opus",
      ], tables: ["tabulatedVotes.csv": Self.votes, "VideoDemographics.csv": Self.actors])
    #expect(
      summary(corpus) == [
        "1001_IEO_NEU_XX N NEU 1001 Male It's eleven o'clock.",
        "1002_TIE_ANG_HI X ANG 1002 Female That is exactly what happened.",
        "1003_WSI_SAD_XX S SAD 1003 Female We'll stop in a couple of minutes.",
      ])
    #expect(corpus.utterances.map(\.ratings.count) == [11, 5, 4])
    try #require(corpus.utterances.count == 3)
    #expect(
      corpus.utterances[1].ratings.map(\.primary.word) == ["Angry", "Angry", "Disgust", "Disgust", "Neutral"])
    #expect(report.labelsWithoutFile == ["1004_WSI_ANG_XX"])
    #expect(report.filesWithoutLabel == ["audio/1003_DFA_SAD_XX.opus"])
    #expect(report.unrecognisedFiles == ["audio/1003_QQQ_SAD_XX.opus"])
    #expect(report.ratings == 20)
  }

  @Test("A wrong cell of a source's table is named")
  func wrongVotes() throws {
    let error = #expect(throws: CorporaError.self) {
      try run(
        "crema-d", ["1001_IEO_NEU_XX.wav"],
        tables: ["tabulatedVotes.csv": Self.votes.replacingOccurrences(of: "1,10,0", with: "1,ten,0")])
    }
    #expect(
      try #require(error).description
        == "tabulatedVotes.csv, row 2: the column N is \"ten\"; allowed is a number of votes")
  }

  @Test("A user's map replaces the built-in one; a label that it does not name stops the import, leaving nothing")
  func labelMaps() throws {
    let scratch = try Scratch()
    try scratch.write("# mine\nlabel,class,reason\ncalm,O,not an emotion\n", to: "map.csv")
    try scratch.write("sound", to: "source/03-01-02-01-01-01-01.wav")
    var options = ImportOptions()
    options.labelMap = scratch.url.appending(path: "map.csv")
    let output = scratch.url.appending(path: "corpus")
    let importer = try Importers.named("ravdess")
    let source = scratch.url.appending(path: "source")
    let report = try importer.importCorpus(from: source, to: output, options: options)
    #expect(report.classes == ["O": 1])
    #expect(report.labelMap == "map.csv")

    try scratch.write("sound", to: "source/03-01-03-01-01-01-02.wav")
    options.replacing = true
    let error = #expect(throws: CorporaError.self) {
      try importer.importCorpus(from: source, to: output, options: options)
    }
    #expect(
      try #require(error).description
        == "03-01-03-01-01-01-02.wav has the label \"happy\", which the label map map.csv "
        + "does not name; it names calm")
    #expect(try scratch.files("") == ["corpus", "map.csv", "source"])
    #expect(try Corpus(contentsOf: output).utterances.count == 1)
  }

  @Test(
    "A label map is read strictly",
    arguments: [
      ("label,class,reason\nx,Q,why\n", "m.csv, row 2: the class of \"x\" is \"Q\""),
      ("label,class,reason\nx,X,why\n", "m.csv, row 2: the class of \"x\" is \"X\""),
      ("#c\nlabel,class,reason\nx,A,why\nx,A,why\n", "m.csv, row 4: \"x\" is there twice"),
      ("label,class\nx,A\n", "m.csv, row 1: the column reason is missing"),
      ("label,class,reason\nx,A\n", "m.csv, row 2: the row has 2 fields"),
    ])
  func strictMaps(text: String, message: String) throws {
    let scratch = try Scratch()
    try scratch.write(text, to: "m.csv")
    let error = #expect(throws: CorporaError.self) { try LabelMap(contentsOf: scratch.url.appending(path: "m.csv")) }
    #expect(try #require(error).description.hasPrefix(message))
  }

  @Test("Every importer has a built-in map with a reason for each label", arguments: Importers.all.map(\.kind))
  func builtIn(kind: String) throws {
    let map = try LabelMap.builtIn(kind)
    #expect(map.entries.count >= 4)
    #expect(map.entries.allSatisfy { !$0.reason.isEmpty })
  }

  @Test("An unknown kind, an empty source and an output around the source are refused")
  func refusals() throws {
    let unknown = #expect(throws: CorporaError.self) { try Importers.named("ravdes") }
    #expect(
      try #require(unknown).description
        == "there is no importer named \"ravdes\"; known are msp-podcast, ravdess, emodb, crema-d, nemo, "
        + "tess, savee, urdu, iemocap, meld, audformat, csv")
    #expect(throws: CorporaError.self) { try run("emodb", ["notes.txt"]) }
    let scratch = try Scratch()
    try scratch.write("sound", to: "source/03a01Fa.wav")
    let importer = try Importers.named("emodb")
    for output in ["", "source", "source/corpus"] {
      #expect(throws: CorporaError.self) {
        try importer.importCorpus(
          from: scratch.url.appending(path: "source"), to: scratch.url.appending(path: output))
      }
    }
    #expect(try scratch.files("source") == ["03a01Fa.wav"])
  }

  @Test("Splits that the user gives are taken, and must name every speaker")
  func givenSplits() throws {
    var options = ImportOptions()
    options.splits = ["03": .test2, "08": .train]
    let (report, corpus, _) = try run("emodb", ["03a01Fa.wav", "08a02Lb.wav"], options: options)
    #expect(corpus.utterances.map(\.split) == [.test2, .train])
    #expect(report.notes.isEmpty)
    options.splits = ["03": .test2]
    let error = #expect(throws: CorporaError.self) {
      try run("emodb", ["03a01Fa.wav", "08a02Lb.wav"], options: options)
    }
    #expect(try #require(error).description.contains("without the speaker 08"))
  }
}
