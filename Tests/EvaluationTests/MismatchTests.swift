import Emotion
import Evaluation
import Foundation
import Testing

@Suite struct MismatchTests {
  static func message(_ predictions: String, _ labels: String) -> String {
    do {
      _ = try JudgedClips(
        PredictionColumns(csv: predictions, source: "p.csv"), LabelColumns(csv: labels, source: "l.csv"))
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func oneErrorNamesEverythingThatDoesNotFit() {
    let text = Self.message(
      """
      FileName,sad,fear,EmoClass,EmoAct
      a,1,0,S,2
      b,0.5,0.4,S,2
      c,1.2,-0.2,S,2
      d,1,0,joy,2
      e,1,0,S,high
      a,1,0,S,2
      z,1,0,S,2
      f,1,0,A,2
      """,
      """
      FileName,EmoClass,EmoAct
      a,S,2
      b,F,2
      c,Q,2
      d,S,2
      e,S,2
      e,S,2
      f,S,2
      g,F,2
      h,X,2
      """)
    #expect(
      text == """
        the predictions p.csv and the labels l.csv do not fit together:
          1 file with a prediction but no label: z
          1 file with a label but no prediction: g
          1 file predicted twice: a (rows 2 and 7)
          1 file labelled twice: e (rows 6 and 7)
          2 decisions that are not one of the classes: d (row 5, 'joy'), f (row 9, 'A')
          1 label that is none of A S H U F D C N, O other, X no agreement: c (row 4, 'Q')
          1 field that holds no number: e (row 6, EmoAct 'high')
          2 probabilities outside of 0 to 1: c (row 4, sad 1.2), c (row 4, fear -0.2)
          1 row whose probabilities do not sum to 1: b (row 3, sum 0.9)
        """)
  }

  @Test func exchangedColumnsAreNamed() {
    let rows = (0..<40).map { row in
      row % 2 == 0 ? "\(row),0.1,0.9,S,\(row % 7 + 1),\(7 - row % 5)" : "\(row),0.9,0.1,F,\(row % 7 + 1),\(7 - row % 5)"
    }
    let labels = (0..<40).map { "\($0),\($0 % 2 == 0 ? "S" : "F"),\(7 - $0 % 5),\($0 % 7 + 1)" }
    let predicted = "FileName,sad,fear,EmoClass,EmoVal,EmoDom\n" + rows.joined(separator: "\n")
    let labelled = "FileName,EmoClass,EmoVal,EmoDom\n" + labels.joined(separator: "\n")
    let text = Self.message(predicted, labelled)
    #expect(
      text.contains("2 pairs of columns that look exchanged: sad and fear (of 20 utterances decided sad, 20 are most"))
    #expect(text.contains("EmoVal and EmoDom (what is predicted as EmoVal follows the ratings of EmoDom"))
    // Without decisions of its own the table's labels tell.
    let bare =
      "FileName,sad,fear\n" + (0..<40).map { "\($0),\($0 % 2 == 0 ? "0.1,0.9" : "0.9,0.1")" }.joined(separator: "\n")
    #expect(Self.message(bare, labelled).contains("utterances labelled sad, 20 are most probable in the column fear"))
    #expect(throws: Never.self) {
      try JudgedClips(PredictionColumns(csv: bare), LabelColumns(csv: labelled), trustingColumns: true)
    }
    // The voters' shares of the labels, sad under the title of angry.
    let voted = (0..<40).map { "\($0),\($0 % 2 == 0 ? "S,0.8,0.2" : "A,0.3,0.7"),0,0,0,0,0,0" }
    let decided = (0..<40).map { "\($0),\($0 % 2 == 0 ? "0.1,0.9" : "0.9,0.1")" }
    let shares = "FileName,EmoClass,angry,sad,happy,surprise,fear,disgust,contempt,neutral\n"
    #expect(
      Self.message(
        "FileName,angry,sad\n" + decided.joined(separator: "\n"), shares + voted.joined(separator: "\n")
      ).hasSuffix(
        "1 pair of columns that look exchanged: angry and sad (of 20 utterances labelled angry, 20 have most votes in the "
          + "labels' column sad, and 20 of 20 the other way round)"))
    // Names and labels exchanged: nothing fits.
    #expect(Self.message("FileName,EmoClass\nA,a.wav\n", "FileName,EmoClass\na.wav,A\n").contains("'a.wav'"))
    #expect(
      Self.message(labelled.replacing("EmoDom", with: "SpkrID"), predicted).contains("looks like a file of labels"))
  }

  @Test func anyTableWithMappedColumns() throws {
    let columns = try ColumnNames(["FileName=Filename", "sad=class_1_prob", "fear=class_4_prob", "EmoClass=Prediction"])
    let table = "Filename,class_1_prob,class_4_prob,class_7_prob,Prediction\na.wav,2.5,1.5,9,S\nb.wav,-1,1,9,fear\n"
    let found = try PredictionColumns(csv: table, columns: columns, scores: .logits)
    #expect(found.classes == [.sad, .fear])
    #expect(found.decisions == [1, 4])
    #expect(abs(found.probabilities[0] - 1 / (1 + exp(-1.0))) < 1e-12)
    #expect(throws: EvaluationError.self) { try ColumnNames(["joy=x"]) }
    #expect(throws: EvaluationError.self) { try ColumnNames(["sad"]) }
    #expect(throws: EvaluationError.self) { try PredictionColumns(csv: "FileName,sad\n", columns: columns) }
    // A submission without probabilities, and one of attributes alone.
    let letters = try JudgedClips(
      PredictionColumns(csv: "FileName,EmoClass\na,S\nb,F\n"), LabelColumns(csv: "FileName,EmoClass\na,S\nb,S\n"))
    #expect(try Judgement(letters, Resampling(count: 10)).metrics["accuracy"] == 0.5)
    let attributes = try JudgedClips(
      PredictionColumns(csv: "FileName,EmoAct,EmoVal,EmoDom\na,1,2,3\nb,2,3,4\n"),
      LabelColumns(csv: "FileName,EmoClass,EmoAct,EmoVal,EmoDom\na,S,1,2,3\nb,X,3,4,5\n"))
    let judged = try Judgement(attributes, Resampling(count: 10))
    #expect(judged.classes == nil && judged.attributes?["arousal"]?.count == 2)
    #expect(abs((judged.metrics["rmse.arousal"] ?? 0) - 0.5.squareRoot()) < 1e-12)
  }

  @Test func submissionsAreWrittenAndChecked() throws {
    let predictions = try PredictionColumns(
      csv: "FileName,sad,fear,EmoClass,EmoAct,EmoVal,EmoDom\nb.wav,1,0,S,7.25,0.5,4\na.wav,0,1,F,2,3,4.5\n")
    let first = try Submission(.categorical, of: predictions)
    #expect(first.csv == "FileName,EmoClass\na.wav,F\nb.wav,S\n")
    #expect(try Submission.check(csv: first.csv, expecting: ["a.wav", "b.wav"]).task == .categorical)
    let second = try Submission(.attributes, of: predictions)
    #expect(second.csv == "FileName,EmoAct,EmoVal,EmoDom\na.wav,2.0,3.0,4.5\nb.wav,7.0,1.0,4.0\n")
    #expect(try Submission.check(csv: second.csv).count == 2)
    func message(_ csv: String, _ names: [String]? = nil) -> String {
      do { _ = try Submission.check(csv: csv, expecting: names, source: "s.csv") } catch { return "\(error)" }
      return "no error"
    }
    #expect(
      message("FileName,EmoClass\na.wav,X\na.wav,S\nd.wav,S\n", ["a.wav", "b.wav"]) == """
        s.csv is not what the challenge takes:
          1 expected file without a row: b.wav
          1 file that is not expected: d.wav
          1 file predicted twice: a.wav (rows 2 and 3)
          1 decision that is not one of the classes: a.wav (row 2, EmoClass 'X')
        """)
    #expect(message("FileName,EmoVal,EmoAct,EmoDom\na,1,1,1\n").contains("in this order"))
    #expect(message("FileName,EmoAct,EmoVal,EmoDom\na,1,0.2,nan\n").contains("1 attribute outside of its scale"))
    #expect(throws: EvaluationError.self) {
      try Submission(.attributes, of: PredictionColumns(csv: "FileName,EmoClass\na,S\n"))
    }
  }

  /// What the notebook that system A's authors released prints of its stacked forest on MSP-Podcast's development set
  /// (AI-Unicamp/interspeech_ser, test/[EVAL] Bimodal ensemble categorical stacking 1 head - VFINAL.ipynb): the confusion
  /// matrix of cell 30, the scores of cells 40 to 44, the accuracies and counts of cells 49 and 50.
  @Test func releasedFiguresAreReached() throws {
    let names = ["N", "F", "H", "D", "C", "S", "U", "A"]
    let printed = try ConfusionMatrix(
      classes: names,
      counts: [
        [2501, 826, 549, 376, 971, 865, 633, 702], [32, 81, 18, 32, 74, 30, 39, 20],
        [561, 331, 3685, 167, 360, 139, 811, 290], [28, 28, 12, 212, 142, 19, 31, 70],
        [89, 81, 42, 292, 372, 59, 106, 418], [270, 227, 49, 127, 184, 1229, 82, 173],
        [87, 85, 89, 70, 77, 23, 430, 126], [130, 205, 105, 419, 556, 107, 250, 4064],
      ])
    let metrics = try ClassMetrics(printed)
    #expect(abs(metrics.macroF1 - 0.3785077904339177) < 1e-12)
    #expect(abs(metrics.accuracy - 0.4978224720880513) < 1e-12)
    #expect(abs(metrics.microF1 - 0.4978224720880513) < 1e-12)
    let counts = ["N": 7423, "H": 6344, "A": 5836, "S": 2341, "C": 1459, "U": 987, "D": 542, "F": 326]
    for score in metrics.perClass { #expect(score.score.support == counts[score.name]) }

    // 100 subsets of 200 per class: printed are 0.4292 with 0.4038 to 0.4510 and a deviation of 0.00996 for its own draws.
    // Ours are others, of which the mean lies within a few thousandths.
    var (labels, decisions): ([Int], [Int]) = ([], [])
    for (label, row) in printed.counts.enumerated() {
      for (decision, count) in row.enumerated() {
        labels += [Int](repeating: label, count: count)
        decisions += [Int](repeating: decision, count: count)
      }
    }
    let balanced = try BalancedSubsetF1(labels: labels, predictions: decisions)
    #expect(balanced.subsets == 100 && balanced.perClass == 200)
    #expect(abs(balanced.mean - 0.4292336299226378) < 0.004)
    #expect(abs(balanced.lowest - 0.4037795383095361) < 0.015 && abs(balanced.highest - 0.4509996583080222) < 0.015)

    // The accuracies by class of cell 49 are of another run of the cells than the matrix: they are whole numbers of clips,
    // and come to 0.4996 over all, where the matrix and cell 44 have 0.4978.
    let accuracies = [
      "D": 0.4151291512915129, "N": 0.3285733530917419, "F": 0.24846625766871167, "C": 0.24126113776559288,
      "U": 0.4275582573454914, "H": 0.5991488020176545, "A": 0.6958533241946538, "S": 0.5288338316958565,
    ]
    var right = 0
    for (name, accuracy) in accuracies {
      let clips = accuracy * Double(counts[name] ?? 0)
      #expect(abs(clips - clips.rounded()) < 1e-9, "\(name)")
      right += Int(clips.rounded())
    }
    #expect(right == 12_619 && counts.values.reduce(0, +) == 25_258)
    #expect(abs(Double(right) / 25_258 - 0.4996) < 1e-4)
    // From each class's accuracy and count to the accuracy over all, for the matrix that belongs to cell 44.
    let overall = metrics.perClass.reduce(0) { $0 + $1.score.recall * Double($1.score.support) } / 25_258
    #expect(abs(overall - 0.4978224720880513) < 1e-12)
  }
}
