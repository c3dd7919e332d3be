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
    #expect(text.output.contains("scores are out of fold\nheld out: Macro-F1 "))
  }

  @Test("Votes need no labels, and files of one model can be averaged")
  func votes() throws {
    let fit = try Command.shell(
      "\"$affect\" stack fit --predictions t0.csv t1.csv --method soft --output vote.safetensors", in: scratch.url)
    #expect(fit.status == 0 && fit.output.hasPrefix("soft of 2 models: "), "\(fit.errors)")
    let predict = try Command.shell(
      "\"$affect\" stack predict --predictions t0.csv,t0.csv t1.csv,t1.csv --average --model vote.safetensors --output o.csv",
      in: scratch.url)
    #expect(predict.status == 0, "\(predict.errors)")
    #expect(try Predictions(contentsOf: scratch("o.csv")).rows.prefix(2).map(\.emotion) == [.angry, .sad])
  }

  /// Files of folds, as the other test gives them.
  private static let models =
    "--predictions first=m0-0.csv,m0-1.csv,m0-2.csv second=m1-0.csv,m1-1.csv,m1-2.csv --labels labels.csv --split Train "
    + "--fold-file folds.csv"

  @Test("A soup is trained on files of folds, and selected on speakers of its own", arguments: ["soup", "greedy-soup"])
  func soup(_ method: String) throws {
    // Speakers of twenty clips.
    var labels = "FileName,EmoClass,Split_Set,SpkrID\n"
    for i in 0..<240 { labels += "u\(i),\(["A", "S", "N"][i % 3]),Train,s\(i / 20)\n" }
    try scratch.write(labels, "labels.csv")
    let fit = try Command.shell(
      "\"$affect\" stack fit \(Self.models) --method \(method) --runs 3 --learning-rate 0.05 --epochs 10 --output s --json",
      in: scratch.url)
    #expect(fit.status == 0, "\(fit.errors)")
    #expect(fit.errors.contains("fold 1, run 3 trained for"))
    let json = try #require(fit.json as? [String: Any])
    #expect((json["runs"] as? [[String: Any]])?.count == 3)
    let held = try #require(json["heldOut"] as? [String: Double])
    // One speaker of twelve.
    #expect(held["count"] == 20 && (held["balancedMacroF1"] ?? 0) > 0.9)
    #expect(!FileManager.default.fileExists(atPath: scratch("s.parts").path))
    let predict = try Command.shell(
      "\"$affect\" stack predict --predictions second=t1.csv first=t0.csv --model s --output out.csv", in: scratch.url)
    #expect(predict.status == 0 && predict.output.hasPrefix("6 utterances by \(method): "), "\(predict.errors)")
    let found = try Predictions(contentsOf: scratch("out.csv"))
    #expect(found.rows.map { String($0.emotion.letter) } == ["A", "S", "N", "A", "S", "N"])
  }

  @Test("In-sample scores are selected on files that are held out, the best of the models too")
  func heldOut() throws {
    let fit = try Command.shell(
      "\"$affect\" stack fit --predictions a=m0-0.csv b=m1-0.csv c=m1-0.csv --held-out a=m0-1.csv b=m1-1.csv c=m1-1.csv "
        + "--labels labels.csv --method meta --top 2 --learning-rate 0.05 --epochs 10 --output s",
      in: scratch.url)
    // The labels of other utterances are too many.
    #expect(fit.status == 1 && fit.errors.contains("the labels file has t0, u100, u101"))
    let labels = (0..<80).map { "u\($0),\(["A", "S", "N"][$0 % 3])\n" }.joined()
    try scratch.write("FileName,EmoClass\n" + labels, "train.csv")
    let again = try Command.shell(
      "\"$affect\" stack fit --predictions a=m0-0.csv b=m1-0.csv c=m1-0.csv --held-out a=m0-1.csv b=m1-1.csv c=m1-1.csv "
        + "--labels train.csv --held-out-labels labels.csv --method meta --top 2 --learning-rate 0.05 --epochs 10 "
        + "--output s",
      in: scratch.url)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output.contains("balanced Macro-F1 of each: ") && again.output.contains("(left out)"))
    #expect(again.output.contains("scores are in-sample") && again.output.contains(" on 80 utterances"))
  }

  @Test("A fit that is killed goes on with the runs that it finished, and comes to the same file")
  func killed() throws {
    // Long enough to be met between two runs.
    let arguments = "stack fit \(Self.models) --method greedy-soup --runs 6 --epochs 60 --patience 60"
    let whole = try Command.shell("\"$affect\" \(arguments) --output whole", in: scratch.url)
    #expect(whole.status == 0, "\(whole.errors)")
    let process = Command.process(
      arguments.split(separator: " ").map(String.init) + ["--output", "s"], in: scratch.url)
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.start()
    let end = Date() + 120
    while scratch.files("s.parts").filter({ !$0.hasPrefix(".") }).count < 2, Date() < end, process.isRunning {
      Thread.sleep(forTimeInterval: 0.005)
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && !scratch.files("").contains("s"))
    let rest = try Command.shell("\"$affect\" \(arguments) --output s", in: scratch.url)
    #expect(rest.status == 0 && rest.errors.contains("fold 1, run 2 was finished before"), "\(rest.errors)")
    #expect(rest.errors.contains("fold 1, run 6 trained for"))
    #expect(try Data(contentsOf: scratch("s")) == Data(contentsOf: scratch("whole")))
    #expect(!FileManager.default.fileExists(atPath: scratch("s.parts").path))
  }

  @Test(
    "What is wrong is said in one line, with status 2 for the command line and 1 for the files",
    arguments: [
      ("fit --predictions t0.csv --output s", 2, "Error: the method forest needs --labels"),
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
        "fit --predictions t0.csv --labels labels.csv --output s --method soup", 2,
        "Error: a meta-classifier is selected on utterances that no network was trained on: say --out-of-fold where"
      ),
      (
        "fit --predictions t0.csv --labels labels.csv --output s --method meta --out-of-fold --hidden 8,x", 2,
        "--hidden is 8,x; allowed are numbers joined by commas"
      ),
      (
        "fit --predictions t0.csv --labels labels.csv --output s --method meta --out-of-fold --select-by uar", 2,
        "--select-by is uar; allowed is macro-f1, log-loss"
      ),
      ("fit --predictions t0.csv --output s --method soft --top 1 --out-of-fold", 2, "Error: --top needs --labels"),
      (
        "fit --predictions t0.csv --output s --method soft --decision macro-f1 --out-of-fold", 2,
        "Error: --decision macro-f1 needs --labels"
      ),
      (
        "fit --predictions t0.csv --labels labels.csv --output s --method soft --decision macro-f1", 2,
        "Error: the classes' factors are selected on utterances that no network was trained on: say --out-of-fold"
      ),
      (
        "fit --predictions m0-0.csv --held-out m0-0.csv --labels labels.csv --output s --method meta", 1,
        "m0-0.csv, which is held out, and among what the stack is fitted on"
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
