import Emotion
import Evaluation
import Foundation
import Testing

@Suite struct EvaluationReportTests {
  static let predictions = """
    FileName,angry,sad,neutral,EmoClass,EmoAct
    a,0.8,0.1,0.1,A,5
    b,0.1,0.8,0.1,S,2
    c,0.2,0.2,0.6,N,3
    d,0.5,0.25,0.25,A,4
    e,0.1,0.1,0.8,N,3.5
    f,0.1,0.1,0.8,N,3
    """
  static let labels = """
    FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set
    a,A,5.5,3,4,1,F,Development
    b,S,1.5,3,4,1,F,Development
    c,N,4,3,4,1,F,Development
    d,N,3,3,4,2,M,Development
    e,O,4,3,4,2,M,Development
    f,X,3,3,4,2,M,Development
    g,H,3,3,4,2,M,Train
    h,X,3,3,4,2,M,Development
    """

  static func report(_ predictions: String = Self.predictions) throws -> EvaluationReport {
    try EvaluationReport(
      predictions: Predictions(csv: predictions), labels: ReferenceLabels(csv: labels, split: "Development"))
  }

  @Test func countsAndLeavesOut() throws {
    let report = try Self.report()
    #expect(report.count == 4)
    #expect(report.excluded == .init(other: 1, noAgreement: 1))
    #expect(
      report.confusion == .init(classes: ["angry", "sad", "neutral"], counts: [[1, 0, 0], [0, 1, 0], [1, 0, 1]]))
    #expect(report.accuracy == 0.75)
    #expect(abs(report.macroF1 - (2.0 / 3 + 1 + 2.0 / 3) / 3) < 1e-12)
    #expect(report.perClass["neutral"] == ClassScore(precision: 1, recall: 0.5, f1: 2.0 / 3, support: 2))
    #expect(abs((report.logLoss ?? 0) - -(2 * log(0.8) + log(0.6) + log(0.25)) / 4) < 1e-12)
    #expect(report.ccc?.keys.sorted() == ["arousal"])
    #expect(report.ccc?["arousal"]?.count == 6)
    #expect(report.balancedSubsetF1 == nil)
  }

  @Test func aFixedSetCountsClassesThatDoNotOccur() throws {
    let predictions = try Predictions(csv: Self.predictions)
    let labels = try ReferenceLabels(csv: Self.labels, split: "Development")
    let report = try EvaluationReport(predictions: predictions, labels: labels, over: EmotionClass.allCases)
    #expect(abs(report.macroF1 - (2.0 / 3 + 1 + 2.0 / 3) / 8) < 1e-12)
    #expect(report.confusion.classes == EmotionClass.allCases.map(\.rawValue))
    #expect(report.perClass["fear"] == ClassScore(precision: 0, recall: 0, f1: 0, support: 0))
    let some = try EvaluationReport(predictions: predictions, labels: labels, over: [.sad])
    #expect(some.macroF1 == 1)
    #expect(some.confusion.classes == ["angry", "sad", "neutral"])
  }

  @Test func aLabelThatTheModelDoesNotKnowIsAnError() throws {
    let predictions = try Predictions(csv: "FileName,sad,neutral,EmoClass\na,1,0,S\nb,1,0,S\n")
    let labels = try ReferenceLabels(csv: "FileName,EmoClass\na,S\nb,H\n")
    let report = try EvaluationReport(predictions: predictions, labels: labels)
    #expect(report.accuracy == 0.5)
    #expect(report.logLoss == nil)
    #expect(report.confusion.classes == ["sad", "happy"])
  }

  @Test func oneSideAloneIsEnoughToMismatch() throws {
    #expect(
      throws: EvaluationError.mismatch(
        predictions: "predictions", labels: "labels", [Mismatch(.withoutPrediction, ["d"])])
    ) {
      try Self.report(Self.predictions.replacing("\nd,0.5,0.25,0.25,A,4", with: ""))
    }
    #expect(
      throws: EvaluationError.mismatch(predictions: "predictions", labels: "labels", [Mismatch(.withoutLabel, ["z"])])
    ) {
      try Self.report(Self.predictions + "\nz,1,0,0,A,")
    }
  }

  @Test func listsEveryFileThatDoesNotMatch() throws {
    let error = #expect(throws: EvaluationError.self) {
      try Self.report(Self.predictions.replacing("\nb,", with: "\ny,") + "\nz,1,0,0,A,")
    }
    #expect(
      error?.description == """
        the predictions predictions and the labels labels do not fit together:
          2 files with a prediction but no label: y, z
          1 file with a label but no prediction: b
        """)
  }

  @Test(arguments: [
    (
      "FileName,EmoClass\na,Q",
      "l.csv, row 2, column EmoClass: 'Q' is not a label; one of A angry, S sad, H happy, U surprise, F fear, D disgust, C contempt, N neutral, O other, X no agreement is expected"
    ),
    ("FileName,EmoClass\na,A\na,A", "l.csv, row 3, column FileName: 'a' is already in row 2; each file has one row"),
    (
      "FileName,EmoClass,EmoVal\na,A,high",
      "l.csv, row 2, column EmoVal: 'high' is not a finite number; leave the field empty where there is no rating"
    ),
    ("FileName,Emotion\na,A", "l.csv: has no column EmoClass; its columns are FileName, Emotion"),
  ])
  func namesThePlaceOfEachFaultInLabels(csv: String, message: String) {
    let error = #expect(throws: EvaluationError.self) { try ReferenceLabels(csv: csv, source: "l.csv") }
    #expect(error?.description == message)
  }

  @Test func namesTheSplitsThereAre() {
    let error = #expect(throws: EvaluationError.self) {
      try ReferenceLabels(csv: Self.labels, split: "Test", source: "l.csv")
    }
    #expect(error?.description == "l.csv: has no row of split 'Test'; Split_Set holds Development, Train")
  }

  @Test func nothingToEvaluateIsAnError() throws {
    let error = #expect(throws: EvaluationError.self) {
      try EvaluationReport(
        predictions: Predictions(csv: "FileName,sad,EmoClass\na,1,S\n"),
        labels: ReferenceLabels(csv: "FileName,EmoClass\na,X\n"))
    }
    #expect(
      error?.description == "there is nothing to evaluate: metrics need at least one utterance with a label")
  }

  @Test func jsonKeysAreStable() throws {
    let report = try Self.report()
    let json = try #require(try JSONSerialization.jsonObject(with: report.json()) as? [String: Any])
    #expect(
      json.keys.sorted() == [
        "accuracy", "ccc", "confusion", "count", "excluded", "logLoss", "macroF1", "microF1", "perClass", "uar",
        "weightedF1",
      ])
    let neutral = try #require((json["perClass"] as? [String: [String: Any]])?["neutral"])
    #expect(neutral.keys.sorted() == ["f1", "precision", "recall", "support"])
    #expect((json["confusion"] as? [String: Any])?.keys.sorted() == ["classes", "counts", "shares"])
    #expect(report.confusion.shares == [[1, 0, 0], [0, 1, 0], [0.5, 0, 0.5]])
    #expect((json["excluded"] as? [String: Int]) == ["other": 1, "noAgreement": 1, "withheld": 0])
    #expect(try JSONDecoder().decode(EvaluationReport.self, from: report.json()) == report)
  }

  @Test func textIsAligned() throws {
    #expect(
      try Self.report().text == """
        4 utterances; left out: 1 labelled O (other), 1 labelled X (no agreement)
        Macro-F1     0.7778
        Micro-F1     0.7500
        Weighted F1  0.7500
        Accuracy     0.7500
        UAR          0.8333
        Log-loss     0.5859

        Attribute     CCC  Count
        arousal    0.8070      6

        Class    Precision  Recall      F1  Support
        angry       0.5000  1.0000  0.6667        1
        sad         1.0000  1.0000  1.0000        1
        neutral     1.0000  0.5000  0.6667        2

        Confusion: rows are labels, columns predictions
                 angry  sad  neutral
        angry        1    0        0
        sad          0    1        0
        neutral      1    0        1

        """)
  }
}
