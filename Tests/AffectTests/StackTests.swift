import Emotion
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("affect stack")
struct StackCommandTests {
  let scratch: TemporaryFolder

  /// Logits of two models for 240 utterances, in three files of folds each, and probabilities for 6 others.
  init() throws {
    scratch = try TemporaryFolder()
    let letters = ["A", "S", "N"]
    var labels = "FileName,EmoClass,Split_Set\n"
    for i in 0..<240 { labels += "u\(i),\(letters[i % 3]),Train\n" }
    try scratch.write(labels + "t0,A,Test1\nx,X,Train\n", "labels.csv")
    var folds = "FileName,SpkrID,Fold\n"
    for i in 0..<240 { folds += "u\(i),s\(i / 80),\(i / 80)\n" }
    try scratch.write(folds, "folds.csv")
    for model in 0..<2 {
      for fold in 0..<3 {
        let rows = (fold * 80..<fold * 80 + 80).map { Self.row("u\($0)", $0, model) }
        try scratch.write("FileName,angry,sad,neutral\n" + rows.joined(), "m\(model)-\(fold).csv")
      }
      try scratch.write(
        "FileName,angry,sad,neutral\n" + (0..<6).map { Self.row("v\($0)", $0, model) }.joined(), "t\(model).csv")
    }
  }

  /// The first model tells angry from the others, the second sad.
  private static func row(_ name: String, _ i: Int, _ model: Int) -> String {
    let noise = Double((i * 7919 + model * 104_729) % 101) / 101
    let scores = (0..<3).map { $0 == model && i % 3 == model ? 2 + noise : noise * Double($0 + 1) / 3 }
    return "\(name),\(scores.map { "\($0)" }.joined(separator: ","))\n"
  }

  @Test("A forest is fitted on files of folds, saved, and applied to logits of other utterances")
  func forest() throws {
    let arguments =
      "--predictions first=m0-0.csv,m0-1.csv,m0-2.csv second=m1-0.csv,m1-1.csv,m1-2.csv --labels labels.csv --split Train "
      + "--fold-file folds.csv --trees 20 --output stack.safetensors"
    let fit = try Command.shell("\"$affect\" stack fit \(arguments) --json", in: scratch.url)
    #expect(fit.status == 0, "\(fit.errors)")
    #expect(fit.errors.contains("model first: 240 utterances, logits of"))
    #expect(fit.errors.contains("grew 100 trees in"))
    let json = try #require(fit.json as? [String: Any])
    #expect(json["perClass"] as? [String: Int] == ["angry": 80, "sad": 80, "neutral": 80])
    #expect((json["importances"] as? [String: Double])?.keys.contains("first angry") == true)
    #expect(try #require((json["heldOut"] as? [String: Double])?["accuracy"]) > 0.95)
    #expect((json["settings"] as? [String: Any])?["isOutOfFold"] as? Bool == true)
    let predict = try Command.shell(
      "\"$affect\" stack predict --predictions second=t1.csv first=t0.csv --model stack.safetensors --output out.csv",
      in: scratch.url)
    #expect(predict.status == 0, "\(predict.errors)")
    #expect(predict.output.hasPrefix("6 utterances by forest: "))
    let found = try Predictions(contentsOf: scratch("out.csv"))
    #expect(found.rows.map { String($0.emotion.letter) } == ["A", "S", "N", "A", "S", "N"])
    let text = try Command.shell("\"$affect\" stack fit \(arguments)", in: scratch.url)
    #expect(text.output.contains("grown on 80 angry, 80 sad, 80 neutral of 240 labelled utterances"))
    #expect(text.output.contains("scores are out of fold\nfolds held out: Macro-F1 "))
  }

  @Test("Votes need no labels, and files of one model can be averaged")
  func votes() throws {
    let fit = try Command.shell(
      "\"$affect\" stack fit --predictions t0.csv t1.csv --method soft-vote --output vote.safetensors", in: scratch.url)
    #expect(fit.status == 0 && fit.output.hasPrefix("soft-vote of 2 models: "), "\(fit.errors)")
    let predict = try Command.shell(
      "\"$affect\" stack predict --predictions t0.csv,t0.csv t1.csv,t1.csv --average --model vote.safetensors --output o.csv",
      in: scratch.url)
    #expect(predict.status == 0, "\(predict.errors)")
    #expect(try Predictions(contentsOf: scratch("o.csv")).rows.prefix(2).map(\.emotion) == [.angry, .sad])
  }

  @Test(
    "What is wrong is said in one line, with status 2 for the command line and 1 for the files",
    arguments: [
      ("fit --predictions t0.csv --output s", 2, "Error: a forest needs --labels"),
      ("fit --predictions =t0.csv --labels labels.csv --output s", 2, "[NAME=]FILE[,FILE...] is expected"),
      (
        "fit --predictions t0.csv --labels labels.csv --output s --method boost", 2,
        "--method is boost; allowed is forest"
      ),
      ("fit --predictions t0.csv --labels labels.csv --output s --per-class few", 2, "--per-class is few; allowed is"),
      (
        "fit --predictions t0.csv --labels labels.csv --output s --min-split 1", 2,
        "--min-split is 1; allowed is 2 or more"
      ),
      (
        "fit --predictions m0-0.csv m1-1.csv --labels labels.csv --output s", 1,
        "affect: all files must hold the same utterances, but "
      ),
      ("fit --predictions a=t0.csv t1.csv --method majority --output s", 1, "affect: 1 of 2 models have names"),
      ("fit --predictions none.csv --method majority --output s", 1, "none.csv: cannot be read"),
      ("predict --predictions t0.csv --model labels.csv --output o", 1, "labels.csv: its header claims"),
    ])
  func faults(_ arguments: String, _ status: Int32, _ message: String) throws {
    let result = try Command.shell("\"$affect\" stack \(arguments)", in: scratch.url)
    #expect(result.status == status)
    #expect(result.output.isEmpty && result.errors.contains(message), "\(result.errors)")
    #expect(!scratch.files("").contains("s") && !scratch.files("").contains("o"))
  }
}
