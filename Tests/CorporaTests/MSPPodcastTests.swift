import Corpora
import Emotion
import Foundation
import Testing

/// No release of MSP-Podcast is at hand: these miniatures hold each of its shapes as they are described.
enum MSPPodcastShapes {
  static let files = ["MSP-PODCAST_0001_0008.wav", "MSP-PODCAST_0001_0019.wav", "MSP-PODCAST_0002_0033.wav"]
  static let consensus = """
    FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set
    MSP-PODCAST_0001_0008.wav,N,2.2,4,2.6,127,Male,Test1
    MSP-PODCAST_0001_0019.wav,X,4.5,3.25,4,Unknown,Unknown,Train
    MSP-PODCAST_0002_0033.wav,O,5,2,5,8,Female,SPLIT

    """

  /// Ratings in the words of the raters, the same in every shape.
  static let ratings: [(file: Int, rater: String, major: String, second: String, values: [Int])] = [
    (0, "WORKER0000001", "Neutral", "Neutral,Confused", [1, 4, 1]),
    (0, "WORKER0000002", "Neutral", "", [3, 4, 4]),
    (1, "WORKER0000001", "Happy", "Happy,Amused,Excited", [5, 6, 5]),
    (1, "WORKER0000003", "Dissapointed", "Sad,Dissapointed,Other-a bit, tired", [4, 2, 3]),
    (2, "WORKER0000004", "Other-bored", "Frustrated", [2, 3, 4]),
    (2, "WORKER0000005", "Other", "Contempt,Other", [6, 1, 6]),
  ]

  static let expected: [[Rating]] = {
    func values(_ a: Double, _ v: Double, _ d: Double) -> AttributeValues {
      AttributeValues(arousal: a, valence: v, dominance: d)
    }
    return [
      [
        Rating(
          rater: "WORKER0000001", primary: .emotion(.neutral), secondary: [.emotion(.neutral), .other],
          attributes: values(1, 4, 1), secondaryTexts: ["Confused"]),
        Rating(rater: "WORKER0000002", primary: .emotion(.neutral), attributes: values(3, 4, 4)),
      ],
      [
        Rating(
          rater: "WORKER0000001", primary: .emotion(.happy), secondary: [.emotion(.happy), .other, .other],
          attributes: values(5, 6, 5), secondaryTexts: ["Amused", "Excited"]),
        Rating(
          rater: "WORKER0000003", primary: .other, secondary: [.emotion(.sad), .other, .other],
          attributes: values(4, 2, 3), primaryText: "Disappointed", secondaryTexts: ["Disappointed", "a bit, tired"]),
      ],
      [
        Rating(
          rater: "WORKER0000004", primary: .other, secondary: [.other], attributes: values(2, 3, 4),
          primaryText: "bored", secondaryTexts: ["Frustrated"]),
        Rating(
          rater: "WORKER0000005", primary: .other, secondary: [.emotion(.contempt), .other],
          attributes: values(6, 1, 6)),
      ],
    ]
  }()

  static func quoted(_ cell: String) -> String { cell.contains(",") ? "\"\(cell)\"" : cell }

  /// Columns, as releases 1.6 (`Workers`) and 2.0 (`WorkerID`) have them.
  static func columns(rater: String, order: [String]) -> String {
    let rows = ratings.map { rating in
      let cells = [
        "FileName": files[rating.file], rater: rating.rater, "EmoClass_Major": rating.major,
        "EmoClass_Second": rating.second, "EmoAct": "\(rating.values[0])", "EmoVal": "\(rating.values[1]).0",
        "EmoDom": "\(rating.values[2])",
      ]
      return order.map { quoted(cells[$0] ?? "") }.joined(separator: ",")
    }
    return ([order.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
  }

  static func detail(_ index: Int) -> String {
    let rating = ratings[index]
    let values = zip(["A", "V", "D"], rating.values).map { "\($0):\($1).000000;" }.joined(separator: " ")
    return "\(rating.rater); \(rating.major); \(rating.second); \(values)"
  }

  static var details: String {
    let rows = ratings.indices.map { "\(files[ratings[$0].file]),\"\(detail($0))\"" }
    return (["FileName,EmoDetail"] + rows).joined(separator: "\n") + "\n"
  }

  static var text: String {
    let head = ["N; A:2.200000; V:4.000000; D:2.600000;", "X; A:4.5; V:3.25; D:4.0;", "O; A:5.0; V:2.0; D:5.0;"]
    return files.indices.map { file in
      (["\(files[file]); \(head[file])"] + ratings.indices.filter { ratings[$0].file == file }.map(detail))
        .joined(separator: "\n")
    }.joined(separator: "\n\n") + "\n"
  }

  static func json(_ value: Any) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value, options: .sortedKeys), as: UTF8.self)
  }

  static func detailedJSON(nested: Bool) throws -> String {
    var byFile = [String: Any]()
    for (number, file) in files.enumerated() {
      let objects = ratings.filter { $0.file == number }.map { rating -> [String: Any] in
        [
          "Name": rating.rater, "EmoClass_Major": rating.major, "EmoClass_Second": rating.second,
          "EmoAct": Double(rating.values[0]), "EmoVal": "\(rating.values[1])", "EmoDom": "\(rating.values[2]).0",
        ]
      }
      byFile[file] =
        nested
        ? ["Workers": objects]
        : Dictionary(uniqueKeysWithValues: objects.map { ($0["Name"] as? String ?? "", $0 as Any) })
    }
    return try json(byFile)
  }

  static func consensusJSON() throws -> String {
    let rows = consensus.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    return try json(
      Dictionary(
        uniqueKeysWithValues: rows.dropFirst().map { row in
          (row[0], Dictionary(uniqueKeysWithValues: zip(rows[0].dropFirst(), row.dropFirst())) as Any)
        }))
  }

  struct Shape: Sendable, CustomStringConvertible {
    let description: String
    let split: String
    let audios: String
    let files: [String: String]
  }

  static let shapes: [Shape] = {
    func consensus(_ split: String) -> String { Self.consensus.replacingOccurrences(of: "SPLIT", with: split) }
    let order = ["EmoClass_Major", "EmoClass_Second", "EmoAct", "EmoVal", "EmoDom"]
    return [
      Shape(
        description: "1.6: label/, concensus, Workers", split: "Validation", audios: "Audio",
        files: [
          "label/labels_concensus.csv": consensus("Validation"),
          "label/labels_detailed.csv": columns(rater: "Workers", order: ["FileName", "Workers"] + order),
        ]),
      Shape(
        description: "1.7: concensus, EmoDetail", split: "Validation", audios: "Audios/Audio",
        files: [
          "Labels/labels_concensus.csv": consensus("Validation"), "Labels/labels_detailed.csv": details,
        ]),
      Shape(
        description: "1.10 to 1.12 and the challenge: consensus, EmoDetail, CRLF", split: "Development",
        audios: "Audios",
        files: [
          "Labels/labels_consensus.csv": consensus("Development").replacingOccurrences(of: "\n", with: "\r\n"),
          "Labels/labels_detailed.csv": details.replacingOccurrences(of: "\n", with: "\r\n"),
        ]),
      Shape(
        description: "2.0: columns, WorkerID", split: "Development", audios: "Audios",
        files: [
          "Labels/labels_consensus.csv": consensus("Development"),
          "Labels/labels_detailed.csv": columns(
            rater: "WorkerID", order: ["FileName", "WorkerID"] + ["EmoAct", "EmoDom", "EmoVal"] + order.prefix(2)),
        ]),
      Shape(
        description: "JSON by worker", split: "SPLIT", audios: "Audios",
        files: [
          "Labels/labels_consensus.json": (try? consensusJSON()) ?? "",
          "Labels/labels_detailed.json": (try? detailedJSON(nested: false)) ?? "",
          "Partition.txt": "Development; \(Self.files[2])\n",
        ]),
      Shape(
        description: "JSON with a list of Workers", split: "SPLIT", audios: "Audios",
        files: [
          "Labels/labels_concensus.json": (try? consensusJSON()) ?? "",
          "Labels/labels_detailed.json": (try? detailedJSON(nested: true)) ?? "",
          "Partitions.txt": "Development; \(Self.files[2])\n",
        ]),
      Shape(
        description: "labels.txt, Partitions.txt and Speaker_ids.txt", split: "", audios: "Audios",
        files: [
          "Labels/Labels.txt": text,
          "Partitions.txt": "Test1; \(files[0])\nTrain; \(files[1])\nDevelopment; \(files[2])\n",
          "Speaker_ids.txt": "\(files[0]); 127\n\(files[1]); Unknown\n\(files[2]); 8\n",
        ]),
    ]
  }()

}

@Suite("MSP-Podcast, every release")
struct MSPPodcastTests {
  typealias Shape = MSPPodcastShapes.Shape
  static let files = MSPPodcastShapes.files

  func run(_ shape: Shape, _ more: [String: String] = [:]) throws -> (ImportReport, Corpus, Scratch) {
    let scratch = try Scratch()
    for file in Self.files { try scratch.write("sound of \(file)", to: "source/\(shape.audios)/\(file)") }
    for (name, text) in shape.files.merging(more, uniquingKeysWith: { $1 }) {
      try scratch.write(text, to: "source/\(name)")
    }
    let output = scratch.url.appending(path: "corpus")
    let report = try Importers.named("msp-podcast").importCorpus(
      from: scratch.url.appending(path: "source"), to: output)
    return (report, try Corpus(contentsOf: output), scratch)
  }

  @Test("Each release's shape gives the same corpus", arguments: MSPPodcastShapes.shapes)
  func shapes(shape: Shape) throws {
    let (report, corpus, _) = try run(shape)
    // The JSON's own split is not one; the partition says it, and the finding says so.
    #expect(report.faults.map(\.kind) == (shape.split == "SPLIT" ? [.unknownSplit] : []), "\(report)")
    #expect(corpus.utterances.map(\.fileName) == Self.files)
    #expect(corpus.utterances.map(\.consensus) == [.emotion(.neutral), .noAgreement, .other])
    #expect(corpus.utterances.map(\.speaker) == ["127", nil, "8"])
    #expect(corpus.utterances.map(\.split) == [.test1, .train, .development])
    #expect(
      corpus.utterances.map(\.attributes) == [
        AttributeValues(arousal: 2.2, valence: 4, dominance: 2.6),
        AttributeValues(arousal: 4.5, valence: 3.25, dominance: 4),
        AttributeValues(arousal: 5, valence: 2, dominance: 5),
      ])
    #expect(corpus.utterances.map(\.ratings) == MSPPodcastShapes.expected)
    #expect(report.unknownWords.isEmpty)
    #expect(report.votes.first { $0.label == "Dissapointed" }?.clips == 2)
  }

  @Test("Test3 has no labels; unknown words, strays and wrong rows are reported; transcripts come in any encoding")
  func oddities() throws {
    let scratch = try Scratch()
    for name in Self.files + [
      "MSP-PODCAST_test3_0001.wav", "MSP-PODCAST_0900_0001.wav", "MSP-PODCAST_0900_0002.wav",
      "MSP-PODCAST_0900_0003.wav",
    ] {
      try scratch.write("sound of \(name)", to: "source/Audios/\(name)")
    }
    try scratch.write(
      MSPPodcastShapes.consensus.replacingOccurrences(of: "SPLIT", with: "Development") + """
        MSP-PODCAST_0001_0008.wav,A,2,2,2,127,Male,Train
        MSP-PODCAST_0077_0001.wav,A,2,2,2,127,Male,Train
        MSP-PODCAST_0900_0002.wav,Q,2,2,2,127,Male,Train
        """, to: "source/Labels/labels_consensus.csv")
    try scratch.write(
      MSPPodcastShapes.details + """
        MSP-PODCAST_0001_0008.wav,"WORKER7; Grumpy; ; A:2.0; V:NaN; D:9.0;"
        MSP-PODCAST_0001_0008.wav,"WORKER8; Other-mad; sad; Happy; A:2.0; V:3.0; D:4.0;"
        MSP-PODCAST_0001_0008.wav,"WORKER9"
        MSP-PODCAST_0077_0001.wav,"WORKER8; Happy; Happy; A:2.0; V:3.0; D:4.0;"

        """, to: "source/Labels/labels_detailed.csv")
    try scratch.write("Test3; MSP-PODCAST_0900_0001.wav\nnonsense\n", to: "source/Partitions.txt")
    try scratch.write("Plain, \"quoted\" words.\n", to: "source/Transcripts/MSP-PODCAST_0001_0008.txt")
    try scratch.write(Data([0x63, 0x61, 0x66, 0xE9]), to: "source/Transcripts/MSP-PODCAST_0001_0019.txt")
    try scratch.write(
      Data([0xFF, 0xFE, 0x68, 0, 0x69, 0]), to: "source/Transcripts/MSP-PODCAST_0002_0033.txt")
    let output = scratch.url.appending(path: "corpus")
    let report = try Importers.named("msp-podcast").importCorpus(
      from: scratch.url.appending(path: "source"), to: output)
    let corpus = try Corpus(contentsOf: output)

    #expect(corpus.utterances.map(\.name).suffix(2) == ["MSP-PODCAST_0900_0001", "MSP-PODCAST_test3_0001"])
    #expect(corpus[.test3].allSatisfy { $0.consensus == .unlabelled && $0.speaker == nil && $0.ratings.isEmpty })
    #expect(
      try scratch.text("corpus/Labels/labels_consensus.csv").contains("_test3_0001.wav,,,,,Unknown,Unknown,Test3"))
    #expect(corpus.utterances.prefix(3).map(\.transcript) == ["Plain, \"quoted\" words.", "café", "hi"])
    #expect(report.labelsWithoutFile == ["MSP-PODCAST_0077_0001.wav"])
    #expect(report.filesWithoutLabel == ["Audios/MSP-PODCAST_0900_0003.wav"])
    #expect(report.unknownWords == ["Grumpy": 1])
    #expect(
      report.faults.map(\.description) == [
        "Partitions.txt, row 2: is \"nonsense\"; allowed is a split, a semicolon and a file",
        "Labels/labels_consensus.csv, row 5: FileName is \"MSP-PODCAST_0001_0008.wav\"; allowed is one row for each file",
        "Labels/labels_consensus.csv, row 7: EmoClass is \"Q\"; allowed is one of A S H U F D C N, O (other) or X "
          + "(no agreement)",
        "Labels/labels_detailed.csv, row 10: EmoDetail is \"WORKER9\"; allowed is "
          + "WORKERnnn; Primary; sec1,sec2; A:x; V:y; D:z;",
      ])
    let added = corpus.utterances[0].ratings.suffix(2)
    #expect(added.map(\.primaryText) == ["Grumpy", "mad; sad"])
    #expect(added.first?.attributes == AttributeValues(arousal: 2))
    #expect(added.last?.secondary == [.emotion(.happy)])
    #expect(
      report.notes == [
        "1 ratings are of files without a label or audio and were left out", "2 clips of Test3 have no label",
        "2 transcripts are not UTF-8 and were rewritten, such as MSP-PODCAST_0001_0019.txt",
      ])
  }

  @Test("A user's map decides what secondary words stand for")
  func ownMap() throws {
    let scratch = try Scratch()
    for file in Self.files { try scratch.write("sound of \(file)", to: "source/Audios/\(file)") }
    for (name, text) in MSPPodcastShapes.shapes[2].files { try scratch.write(text, to: "source/\(name)") }
    let map = Vote.all.map { "\($0.word),\($0.consensus.letter),same" } + ["Amused,H,near to happy"]
    try scratch.write("label,class,reason\n" + map.joined(separator: "\n") + "\n", to: "map.csv")
    var options = ImportOptions()
    options.labelMap = scratch.url.appending(path: "map.csv")
    let output = scratch.url.appending(path: "corpus")
    let report = try Importers.named("msp-podcast").importCorpus(
      from: scratch.url.appending(path: "source"), to: output, options: options)
    let ratings = try Corpus(contentsOf: output).utterances[1].ratings
    #expect(ratings[0].secondary == [.emotion(.happy), .emotion(.happy), .other])
    #expect(report.unknownWords == ["Confused": 1, "Excited": 1, "Dissapointed": 2, "Frustrated": 1])
  }
}
