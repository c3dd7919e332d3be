import Corpora
import Emotion
import Foundation
import Testing

@Suite("Importers of corpora that are not at hand, on miniatures with their naming")
struct MiniatureTests {
  func run(
    _ kind: String, source name: String = "", _ files: [String], tables: [String: String] = [:],
    options: ImportOptions = ImportOptions()
  ) throws -> (ImportReport, Corpus) {
    let scratch = try Scratch()
    for file in files { try scratch.write("sound of \(file)", to: "source/\(file)") }
    for (name, text) in tables { try scratch.write(text, to: "source/\(name)") }
    let output = scratch.url.appending(path: "corpus")
    let report = try Importers.named(kind).importCorpus(
      from: scratch.url.appending(path: name.isEmpty ? "source" : "source/\(name)"), to: output, options: options)
    return (report, try Corpus(contentsOf: output))
  }

  func summary(_ corpus: Corpus, _ column: String) -> [String] {
    corpus.utterances.map {
      [
        $0.fileName, String($0.consensus.letter), $0.extra[column] ?? "-", $0.speaker ?? "-", $0.gender.rawValue,
        $0.split.rawValue, $0.transcript ?? "-",
      ].joined(separator: " ")
    }
  }

  @Test("SAVEE, by folder and by prefix")
  func savee() throws {
    let expected = [
      "DC_a01.wav A a DC Male Train -", "JE_sa02.wav S sa JE Male Train -", "JK_su15.wav U su JK Male Development -",
      "KL_n30.wav N n KL Male Test1 -",
    ]
    let (report, corpus) = try run(
      "savee",
      ["AudioData/DC/a01.wav", "AudioData/JE/sa02.wav", "AudioData/JK/su15.wav", "AudioData/KL/n30.wav"]
        + ["AudioData/KL/x30.wav", "Readme.txt"])
    #expect(summary(corpus, "Acted") == expected)
    #expect(report.unrecognisedFiles == ["AudioData/KL/x30.wav", "Readme.txt"])
    let (_, prefixed) = try run("savee", ["DC_a01.wav", "JE_sa02.wav", "JK_su15.wav", "KL_n30.wav"])
    #expect(summary(prefixed, "Acted") == expected)
  }

  @Test("URDU: speaker, gender and emotion are in the name")
  func urdu() throws {
    let (report, corpus) = try run(
      "urdu",
      [
        "Angry/SM1_F1_A01.wav", "Happy/SF2_F3_H012.wav", "Neutral/SM27_F10_N9.wav", "Sad/SM1_F4_S04.wav",
        "Sad/SX1_F4_S04.wav", "Sad/SM1_F4_Q04.wav",
      ])
    #expect(
      summary(corpus, "Label").map { $0.split(separator: " ").dropLast(2).joined(separator: " ") } == [
        "SM1_F1_A01.wav A A SM1 Male", "SF2_F3_H012.wav H H SF2 Female", "SM27_F10_N9.wav N N SM27 Male",
        "SM1_F4_S04.wav S S SM1 Male",
      ])
    #expect(report.unrecognisedFiles == ["Sad/SM1_F4_Q04.wav", "Sad/SX1_F4_S04.wav"])
  }

  static let evaluation = """
    % [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

    [6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 3.0000, 5.0000]
    C-E2:\tNeutral;\t()
    C-E3:\tNeutral state; Anger;\t()
    C-F1:\tNeutral;\t(curious)
    A-E3:\tval 1; act 3; dom  5;\t()
    A-F1:\tval 3; act 2; dom  ;\t()

    [10.0100 - 11.3925]\tSes01F_impro01_M001\txxx\t[2.5000, 2.5000, 2.5000]
    C-E2:\tFrustration;\t()
    C-E3:\tOther;\t(bored)

    [12.0100 - 13.3925]\tSes01F_impro01_M002\texc\t[4.5000, 2.5000, 2.5000]
    C-E2:\tExcited;\t()
    [14.0 - 15.0]\tSes01F_impro01_M003\tzzz\t[4.5000, 2.5000, 2.5000]
    nonsense

    """

  @Test("IEMOCAP: valence comes first, scales go from 1-5 to 1-7, raters' words and values are joined")
  func iemocap() throws {
    let (report, corpus) = try run(
      "iemocap",
      [
        "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
        "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M001.wav",
        "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M009.wav",
        "Session5/sentences/wav/Ses05M_script01_1/Ses05M_script01_1_F000.wav", "Session1/dialog/wav/Ses01F_impro01.wav",
      ],
      tables: [
        "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt": Self.evaluation,
        "Session1/dialog/EmoEvaluation/Attribute/Ses01F_impro01_e2_a.txt": "Ses01F_impro01_F000 :act 2;",
        "Session5/dialog/EmoEvaluation/Ses05M_script01_1.txt":
          "[1.0 - 2.0]\tSes05M_script01_1_F000\tang\t[1.0000, 5.0000, 4.0000]\n",
        "Session1/dialog/transcriptions/Ses01F_impro01.txt":
          "Ses01F_impro01_F000 [006.2901-008.2357]: Excuse me.\nF: [LAUGHTER]\n",
      ])
    #expect(
      summary(corpus, "Label") == [
        "Ses01F_impro01_F000.wav N neu 01F Female Train Excuse me.", "Ses01F_impro01_M001.wav X xxx 01M Male Train -",
        "Ses05M_script01_1_F000.wav A ang 05F Female Test1 -",
      ])
    try #require(corpus.utterances.count == 3)
    // Valence 2.5, activation 3, dominance 5 of 1 to 5.
    #expect(corpus.utterances[0].attributes == AttributeValues(arousal: 4, valence: 3.25, dominance: 7))
    #expect(
      corpus.utterances[0].ratings == [
        Rating(rater: "E2", primary: .emotion(.neutral)),
        Rating(
          rater: "E3", primary: .emotion(.neutral), secondary: [.emotion(.angry)],
          attributes: AttributeValues(arousal: 4, valence: 1, dominance: 7)),
        Rating(rater: "F1", primary: .emotion(.neutral), attributes: AttributeValues(arousal: 2.5, valence: 4)),
      ])
    #expect(corpus.utterances[1].ratings.map(\.primaryText) == ["Frustration", nil])
    #expect(report.labelsWithoutFile == ["Ses01F_impro01_M002"])
    #expect(report.filesWithoutLabel == ["Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_M009.wav"])
    #expect(report.faults.map(\.row) == [16, 17])
  }

  static func meld(_ rows: [String]) -> String {
    (["Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"] + rows)
      .joined(separator: "\n") + "\n"
  }

  @Test("MELD: names that each split repeats, and quotes that were mangled")
  func meld() throws {
    let (report, corpus) = try run(
      "meld",
      [
        "train/train_splits/dia0_utt0.mp4", "train/train_splits/dia0_utt1.mp4", "dev_splits_complete/dia0_utt0.mp4",
        "output_repeated_splits_test/dia0_utt0.mp4", "output_repeated_splits_test/final_videos_testdia1_utt0.mp4",
        "train/train_splits/dia9_utt9.mp4",
      ],
      tables: [
        "train/train_sent_emo.csv": Self.meld([
          "1,\"It\u{92}s me, really\",Joey,joy,positive,0,0,8,21,\"00:16:16,059\",\"00:16:21,731\"",
          "2,No.,Ross,anger,negative,0,1,8,21,\"00:16:16,059\",\"00:16:21,731\"",
        ]),
        "dev_sent_emo.csv": Self.meld([
          "1,Hm.,Joey,neutral,neutral,0,0,8,21,a,b", "2,Gone.,Joey,neutral,neutral,110,7,8,21,a,b",
        ]),
        "test_sent_emo.csv": Self.meld(["1,\"Say \"\"hi\"\"\",All,surprise,positive,0,0,8,21,a,b"]),
      ])
    #expect(
      summary(corpus, "Label") == [
        "train-dia0_utt0.mp4 H joy Joey Unknown Train It’s me, really",
        "train-dia0_utt1.mp4 A anger Ross Unknown Train No.",
        "dev-dia0_utt0.mp4 N neutral Joey Unknown Development Hm.",
        "test-dia0_utt0.mp4 U surprise All Unknown Test1 Say \"hi\"",
      ])
    #expect(report.labelsWithoutFile == ["dev: dia110_utt7"])
    #expect(report.filesWithoutLabel == ["train/train_splits/dia9_utt9.mp4"])
    #expect(report.unrecognisedFiles == ["output_repeated_splits_test/final_videos_testdia1_utt0.mp4"])
  }

  static let header = """
    name: mini
    source: internal
    usage: research
    languages: [deu]
    raters:
      gold: {type: human}
      r1: {type: human}
      r2: {type: human}
    schemes:
      emotion: {dtype: str, labels: {W: anger, F: happiness, N: neutral}}
      valence: {dtype: float, minimum: 0, maximum: 1}
      speaker: {dtype: int, labels: {3: {gender: male}, 8: {gender: female}}}
      transcription: {dtype: str}
      confidence: {dtype: float}
    splits:
      learn: {type: train}
      proof: {type: test}
    tables:
      emotion.learn:
        type: filewise
        split_id: learn
        columns:
          emotion: {scheme_id: emotion, rater_id: gold}
          certainty: {scheme_id: confidence, rater_id: gold}
      votes:
        type: filewise
        split_id: proof
        columns:
          a: {scheme_id: emotion, rater_id: r1}
          b: {scheme_id: emotion, rater_id: r2}
          v: {scheme_id: valence, rater_id: r1}
          w: {scheme_id: valence, rater_id: r2}
      files:
        type: filewise
        columns:
          speaker: {scheme_id: speaker}
          words: {scheme_id: transcription}
      parts:
        type: segmented
        columns:
          emotion: {scheme_id: emotion}

    """

  @Test("audformat: schemes, raters and splits decide")
  func audformat() throws {
    let tables = [
      "db.yaml": Self.header,
      "db.emotion.learn.csv": "file,emotion,certainty\nwav/a.wav,F,0.9\nwav/b.wav,N,0.5\nwav/gone.wav,N,0.5\n",
      "db.votes.csv": "file,a,b,v,w\nwav/c.wav,W,W,0.5,1\nwav/d.wav,W,N,0,\n",
      "db.files.csv": "file,speaker,words\nwav/a.wav,3,Ja\nwav/b.wav,8,Nein\nwav/c.wav,3,\nwav/e.wav,3,leer\n",
      "db.parts.csv": "file,start,end,emotion\nwav/a.wav,0 days 00:00:01,0 days 00:00:02,N\n",
    ]
    let files = ["a", "b", "c", "d", "e"].map { "wav/\($0).wav" }
    let (report, corpus) = try run("audformat", files, tables: tables)
    #expect(
      summary(corpus, "Label") == [
        "a.wav H happiness 3 Male Train Ja", "b.wav N neutral 8 Female Train Nein", "c.wav A - 3 Male Test1 -",
        "d.wav X - - Unknown Test1 -",
      ])
    #expect(corpus.utterances.map(\.attributes.valence) == [nil, nil, 5.5, 1])
    #expect(corpus.utterances[3].ratings.map(\.rater) == ["r1", "r2"])
    #expect(report.labelsWithoutFile == ["wav/gone.wav"] && report.filesWithoutLabel == ["wav/e.wav"])
    #expect(report.notes == ["1 rows are of segments of files, which are not cut out"])

    var parquet = tables
    parquet["db.votes.csv"] = nil
    parquet["db.votes.parquet"] = "PAR1"
    let error = #expect(throws: CorporaError.self) { try run("audformat", files, tables: parquet) }
    #expect(try #require(error).description.contains("CSV in place of db.votes.parquet"))
  }

  @Test("CSV: columns by role, scales, other words for genders and splits; wrong rows are named")
  func csv() throws {
    var options = ImportOptions()
    options.columns = ["file": "path", "class": "emotion", "arousal": "energy", "speaker": "who", "split": "part"]
    options.scale = -1...1
    let table = """
      path,emotion,energy,who,gender,part,transcript
      clips/a.wav,happy,1,ann,f,train,"Well, ""yes"" so"
      clips/b.wav,X,0,bob,man,val,
      clips/c.wav,Sadness,-1,,,test,word
      clips/a.wav,happy,1,ann,f,train,again
      clips/gone.wav,happy,1,ann,f,train,again
      clips/d.wav,happy,3,ann,q,later,again
      """
    let files = ["a", "b", "c", "d"].map { "clips/\($0).wav" }
    let (report, corpus) = try run(
      "csv", source: "t.csv", files, tables: ["t.csv": table.replacingOccurrences(of: "\n", with: "\r\n")],
      options: options)
    #expect(
      summary(corpus, "Label") == [
        "a.wav H happy ann Female Train Well, \"yes\" so", "b.wav X X bob Male Development -",
        "c.wav S Sadness - Unknown Test1 word",
      ])
    #expect(corpus.utterances.map(\.attributes.arousal) == [7, 4, 1])
    #expect(report.labelsWithoutFile == ["clips/gone.wav"])
    #expect(report.faults.map { "\($0.row ?? 0) \($0.column ?? "")" } == ["5 path", "7 gender", "7 part", "7 energy"])
    #expect(report.notes == ["1 clips are in none of the source's splits and were left out, such as clips/d.wav"])

    options.columns["loudness"] = "energy"
    let error = #expect(throws: CorporaError.self) {
      try run("csv", source: "t.csv", files, tables: ["t.csv": table], options: options)
    }
    #expect(try #require(error).description.hasPrefix("the role of a column is loudness; allowed is file, class,"))
  }

  @Test("Without speakers the default splits are spread over each label, and the report says so")
  func withoutSpeakers() throws {
    let rows = (0..<24).map { "\($0).wav,\($0 % 2 == 0 ? "happy" : "sad")" }
    let (report, corpus) = try run(
      "csv", source: "t.csv", (0..<24).map { "\($0).wav" },
      tables: ["t.csv": (["file,class"] + rows).joined(separator: "\n") + "\n"])
    for split in [Split.development, .test1] {
      #expect(corpus[split].map(\.consensus.letter).sorted() == ["H", "H", "S", "S"])
    }
    #expect(report.notes == ["no speaker is known, so the splits may share speakers"])
  }
}
