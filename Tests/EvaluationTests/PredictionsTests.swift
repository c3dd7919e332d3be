import Basics
import Emotion
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct PredictionsTests {
  static let header = "FileName,angry,happy,neutral,EmoClass,EmoAct,EmoVal,EmoDom"

  static func error(_ csv: String) -> String {
    do {
      _ = try Predictions(csv: csv, source: "p.csv")
      return "no error"
    } catch { return error.description }
  }

  @Test func readsWhatIsThere() throws {
    let predictions = try Predictions(csv: Self.header + "\r\na.wav,0.2,0.5,0.3,H,4.5,,3\r\n\"b, c.wav\",1,0,0,N,,,")
    #expect(predictions.classes == [.angry, .happy, .neutral])
    #expect(
      predictions.rows == [
        Prediction(
          fileName: "a.wav", probabilities: [0.2, 0.5, 0.3], emotion: .happy,
          attributes: [.arousal: 4.5, .dominance: 3]),
        Prediction(fileName: "b, c.wav", probabilities: [1, 0, 0], emotion: .neutral),
      ])
  }

  @Test func columnsMayComeInAnyOrder() throws {
    let predictions = try Predictions(csv: "EmoClass,neutral,FileName,sad\nS,0.25,a,0.75\n")
    #expect(predictions.classes == [.sad, .neutral])
    #expect(predictions.rows.map(\.probabilities) == [[0.75, 0.25]])
  }

  @Test(arguments: [
    ("a.wav,0.2,0.5,0.3,H,,", "p.csv, row 2: has 7 fields, but the header has 8"),
    ("a.wav,0.2,0.5,0.3,H,,,,", "p.csv, row 2: has 9 fields, but the header has 8"),
    ("a.wav,1,0,0,A,,,\n\na.wav,1,0,0,A,,,", "p.csv, row 3: is empty; rows follow one another without blank lines"),
    (
      "a,1,0,0,A,,,\nb,1,0,0,A,,,\na,1,0,0,A,,,",
      "p.csv, row 4, column FileName: 'a' is already in row 2; each file has one row"
    ),
    (",1,0,0,A,,,", "p.csv, row 2, column FileName: '' is empty; the name of the utterance is expected"),
    ("a,1.2,0,-0.2,A,,,", "p.csv, row 2, column angry: '1.2' is not a probability; a number from 0 to 1 is expected"),
    (
      "a,1,0,-1e-9,A,,,",
      "p.csv, row 2, column neutral: '-1e-09' is not a probability; a number from 0 to 1 is expected"
    ),
    ("a,nan,0,0,A,,,", "p.csv, row 2, column angry: 'nan' is not a probability; a number from 0 to 1 is expected"),
    ("a,,0.5,0.5,H,,,", "p.csv, row 2, column angry: '' is not a probability; a number from 0 to 1 is expected"),
    (
      "a,0.5,0.25,0.25,anger,,,",
      "p.csv, row 2, column EmoClass: 'anger' is not a class; one of A angry, H happy, N neutral is expected"
    ),
    (
      "a,0.5,0.25,0.25,S,,,",
      "p.csv, row 2, column EmoClass: 'S' is not one of the classes that have a column (A angry, H happy, N neutral)"
    ),
    (
      "a,0.5,0.25,0.25,X,,,",
      "p.csv, row 2, column EmoClass: 'X' is not a class; one of A angry, H happy, N neutral is expected"
    ),
    (
      "a,0.5,0.25,0.25,A,inf,,",
      "p.csv, row 2, column EmoAct: 'inf' is not a finite number; leave the field empty where there is no prediction"
    ),
    ("\"a,0.5,0.25,0.25,A,,,", "p.csv, row 2: has a quotation mark that is never closed"),
    ("\"a\"b\",0.5,0.25,0.25,A\",,,", "p.csv: is not CSV after row 1: a field in quotation marks must end at a comma"),
  ])
  func namesThePlaceOfEachFault(rows: String, message: String) {
    #expect(Self.error(Self.header + "\n" + rows) == message)
  }

  @Test func sumsMustBeOneWithinOneInAThousand() throws {
    #expect(Self.error(Self.header + "\na,0.5,0.25,0.249001,A,,,") == "no error")
    #expect(
      Self.error(Self.header + "\na,0.5,0.25,0.2489,A,,,")
        == "p.csv, row 2: the probabilities of 'a' sum to 0.9989; they must sum to 1 within 0.001")
    #expect(Self.error(Self.header + "\na,0.5,0.25,0.2511,A,,,").contains("they must sum to 1 within 0.001"))
  }

  @Test(arguments: [
    ("", "p.csv: is empty; a header row with the names of the columns is expected"),
    ("angry,EmoClass", "p.csv: has no column FileName; its columns are angry, EmoClass"),
    ("FileName;angry;EmoClass", "p.csv: has fields parted by ';', where commas are expected"),
    ("FileName\tangry\tEmoClass", "p.csv: has fields parted by tabs, where commas are expected"),
    ("FileName,angry", "p.csv: has no column EmoClass; its columns are FileName, angry"),
    ("FileName,angry,angry,EmoClass", "p.csv: has two columns 'angry'; each column has a name of its own"),
    (
      "FileName,anger,EmoClass",
      "p.csv: has an unknown column 'anger'; the columns are FileName, angry, sad, happy, surprise, fear, disgust, contempt, neutral, EmoClass, EmoAct, EmoVal, EmoDom"
    ),
    (
      "FileName,EmoClass",
      "p.csv: has no column of probabilities; the columns are FileName, angry, sad, happy, surprise, fear, disgust, contempt, neutral, EmoClass, EmoAct, EmoVal, EmoDom"
    ),
  ])
  func saysWhatIsWrongWithTheHeader(header: String, message: String) {
    #expect(Self.error(header) == message)
  }

  @Test func filesThatAreNoTextAreNamed() throws {
    func message(_ url: URL) -> String {
      do { _ = try Predictions(contentsOf: url) } catch { return "\(error)" }
      return "no error"
    }
    let folder = try TemporaryFolder()
    #expect(message(folder("")).hasSuffix("is a folder; a CSV file is expected"))
    let text = Data("FileName,angry,EmoClass\na,1,A\n".utf8)
    try (text + [0x66, 0xE4, 0x2C] + Data("1,A\n".utf8)).write(to: folder("latin.csv"))
    #expect(
      message(folder("latin.csv")).hasSuffix("latin.csv, row 3: is not UTF-8 text; a CSV file in UTF-8 is expected"))
    try (text + Data("\"b,1,A\n\"c\",1,A\n".utf8)).write(to: folder("quote.csv"))
    #expect(message(folder("quote.csv")).hasSuffix("quote.csv, row 3: has a quotation mark that is never closed"))
  }

  @Test func writingAndReadingGivesTheSameBits() throws {
    var generator = CaseGenerator(state: 3)
    let odd = [
      "plain.wav", "with, comma", "with \"quotes\"", " leading", "trailing ", "line\nbreak", "crlf\r\nbreak", "żółć-é",
      "\u{301}mark",
    ]
    let rows = odd.map { name in
      Prediction(
        fileName: name, probabilities: generator.distribution(8), emotion: .fear,
        attributes: name.count % 2 == 0 ? [.valence: 1 + 6 * generator.unit()] : [:])
    }
    let predictions = try Predictions(classes: EmotionClass.allCases, rows: rows)
    let folder = FileManager.default.temporaryDirectory.appending(path: "predictions-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appending(path: "deep/p.csv")
    try predictions.write(to: url)
    try predictions.write(to: url)
    #expect(try Predictions(contentsOf: url) == predictions)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "deep").path) == ["p.csv"])
  }

  @Test func aFailedWriteLeavesNothingBehind() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "predictions-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    // A folder stands where the file should: the rename fails after the file aside is complete.
    try FileManager.default.createDirectory(at: folder.appending(path: "p.csv/x"), withIntermediateDirectories: true)
    let predictions = try Predictions(classes: [.sad], rows: [])
    #expect(throws: FileError.self) { try predictions.write(to: folder.appending(path: "p.csv")) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["p.csv"])
  }

  @Test func checksRowsThatNoFileHolds() {
    #expect(
      throws: EvaluationError.file("predictions", problem: "must have at least one class, each once; there are []")
    ) {
      try Predictions(classes: [], rows: [])
    }
    #expect(throws: EvaluationError.row(file: "predictions", row: 2, problem: "has 1 probabilities for 2 classes")) {
      try Predictions(classes: [.sad, .fear], rows: [Prediction(fileName: "a", probabilities: [1], emotion: .sad)])
    }
    #expect(throws: EvaluationError.self) {
      try Predictions(classes: [.sad], rows: [Prediction(fileName: "a", probabilities: [.nan], emotion: .sad)])
    }
  }
}
