import Emotion
import Ensemble
import Evaluation
import Testing

@Suite("Files of scores")
struct ScoreFileTests {
  @Test("Probabilities and logits are told apart; columns may come in any order")
  func kinds() throws {
    let probabilities = try ScoreFile(
      csv: "\u{FEFF}EmoClass,neutral,FileName,angry,EmoAct\nN,0.75,\"a,b.wav\",0.25,4.5\nA,0.1,c.wav,0.9,", source: "p")
    #expect(probabilities.kind == .probabilities && probabilities.classes == [.angry, .neutral])
    #expect(probabilities.fileNames == ["a,b.wav", "c.wav"] && probabilities.scores == [0.25, 0.75, 0.9, 0.1])
    #expect(probabilities.decisions == [.neutral, .angry])
    let logits = try ScoreFile(csv: "FileName,angry,neutral\r\na,-1.5,2e1\r\n", source: "l")
    #expect(logits.kind == .logits && logits.scores == [-1.5, 20] && logits.decisions == nil)
    #expect(try ScoreFile(csv: "FileName,angry,neutral\na,0.5,0.6\n", source: "l").kind == .logits)
    #expect(probabilities.wholeAttributes == [])
    let rated = try ScoreFile(csv: "FileName,EmoVal,angry,neutral,EmoAct\na,3,0.5,0.6,1.5\nb,,1,2,2\n", source: "a")
    #expect(rated.wholeAttributes == [.arousal])
  }

  @Test("Predictions at hand are taken as their file is read")
  func predictions() throws {
    let rows = [
      Prediction(fileName: "x", probabilities: [0.2, 0.8], emotion: .angry, attributes: [.arousal: 2]),
      Prediction(fileName: "y", probabilities: [0.6, 0.4], emotion: .sad),
    ]
    let predictions = try Predictions(classes: [.sad, .angry], rows: rows)
    let model = try ModelScores(name: "m", predictions: predictions)
    let read = try ModelScores(
      name: "m", files: [ScoreFile(csv: predictions.csv, source: "the predictions of m")])
    #expect(model == read && model.table.scores == [0.8, 0.2, 0.4, 0.6] && model.table.classes == [.angry, .sad])
    #expect(model.table.decisions == [.angry, .sad])
    #expect(throws: EnsembleError.self) {
      try ModelScores(name: "m", predictions: Predictions(classes: [.sad], rows: []))
    }
  }

  @Test(
    "What is wrong is named with its place",
    arguments: [
      ("", "f.csv: is empty; a header row with the names of the columns is expected"),
      ("FileName,angry,sad\n", "f.csv: has a header, but no row of scores"),
      ("angry,sad\n1,2\n", "f.csv: has 0 columns FileName, one is expected; its columns are angry, sad"),
      ("FileName,angry\na,1\n", "f.csv: has 1 columns of classes; a column of scores for each is expected"),
      ("FileName,angry,angry,sad\na,1,1,1\n", "f.csv: has 2 columns angry, one is expected"),
      (
        "FileName,angry,sad,calm\na,1,2,3\n", "f.csv: has an unknown column 'calm'; known are FileName, EmoClass, angry"
      ),
      ("FileName,angry,sad\na,1\n", "f.csv: row 2 has 2 fields, but the header has 3"),
      ("FileName,angry,sad\na,1,nan\n", "f.csv, row 2, column sad: 'nan' is not a score; a finite number is expected"),
      ("FileName,angry,sad\na,1,\n", "f.csv, row 2, column sad: '' is not a score; a finite number is expected"),
      (
        "FileName,angry,sad\na,1,1e39\n", "f.csv, row 2, column sad: '1e39' is not a score; a finite number is expected"
      ),
      ("FileName,angry,sad\na,1,2\n,1,2\n", "f.csv, row 3, column FileName: '' is empty"),
      ("FileName,angry,sad\na,1,2\na,1,2\n", "f.csv, row 3, column FileName: 'a' is already in row 2"),
      ("FileName,angry,sad,EmoClass\na,1,2,N\n", "f.csv, row 2, column EmoClass: 'N' is not a class of the file"),
      (
        "FileName,angry,sad,EmoVal\na,1,2,\nb,1,2,x\n",
        "f.csv, row 3, column EmoVal: 'x' is not an attribute; a finite number is expected, or nothing"
      ),
      ("FileName,angry,sad,EmoVal\na,1,2,nan\n", "f.csv, row 2, column EmoVal: 'nan' is not an attribute"),
      ("FileName,angry,sad\n\"a,1,2\n", "f.csv: has an odd number of quotation marks; one of them is never closed"),
    ])
  func faults(_ text: String, _ message: String) {
    #expect {
      try ScoreFile(csv: text, source: "f.csv")
    } throws: {
      "\($0)".hasPrefix(message)
    }
  }
}
