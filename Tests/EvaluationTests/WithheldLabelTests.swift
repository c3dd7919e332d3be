import Emotion
import Evaluation
import Foundation
import Testing

/// MSP-Podcast's Test3 has no labels: its predictions are read, counted, and enter no metric.
@Suite struct WithheldLabelTests {
  static let predictions = """
    FileName,sad,fear,EmoClass,EmoAct
    a,0.9,0.1,S,2
    b,0.3,0.7,F,4
    c,0.6,0.4,S,3
    d,0.2,0.8,F,5
    """

  @Test func theyAreCountedAndLeftOut() throws {
    let labels = """
      FileName,EmoClass,EmoAct,Gender,Split_Set
      a,S,2,Female,Test1
      b,S,5,Male,Test1
      c,,,Female,Test3
      d,X,5,Male,Test1
      """
    let clips = try JudgedClips(PredictionColumns(csv: Self.predictions), LabelColumns(csv: labels))
    #expect(clips.truth == [1, 1, 10, 9])
    let judged = try Judgement(
      clips, Resampling(count: 20), groupings: [Grouping("Gender", texts: clips.columns["Gender"] ?? [])])
    #expect(judged.classes?.count == 2 && judged.classes?.accuracy == 0.5)
    #expect(judged.classes?.excluded == .init(other: 0, noAgreement: 1, withheld: 1))
    #expect(judged.attributes?["arousal"]?.count == 3)
    #expect(judged.groups[0].groups.map(\.count) == [1, 1])
    #expect(
      judged.text.hasPrefix(
        "2 utterances; left out: 0 labelled O (other), 1 labelled X (no agreement), 1 whose label is withheld"))
    // Whole groups are drawn of them too, and the file that is written of them reads back.
    _ = try Judgement(clips, Resampling(unit: .groups(column: "Gender"), count: 20))
  }

  @Test func nothingButThemIsAnErrorThatSaysSo() throws {
    let labels = "FileName,EmoClass,Split_Set\na,,Test3\nb,,Test3\nc,,Test3\nd,,Test3\n"
    let clips = try JudgedClips(PredictionColumns(csv: Self.predictions), LabelColumns(csv: labels))
    let error = #expect(throws: EvaluationError.self) { try Judgement(clips) }
    #expect(error?.description.hasSuffix("; the labels of 4 of 4 predictions are withheld") == true)
    // Without a split there is no reason for an empty label.
    let bare = MismatchTests.message(Self.predictions, "FileName,EmoClass\na,S\nb,S\nc,\nd,S\n")
    #expect(bare.contains("1 label that is none of A S H U F D C N, O other, X no agreement: c (row 4, '')"))
  }
}
