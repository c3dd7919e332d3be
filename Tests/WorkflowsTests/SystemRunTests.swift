import Corpora
import Emotion
import Ensemble
import Evaluation
import Foundation
import NN
import Recognition
import Tensors
import TestSupport
import Testing
import Workflows

/// Both systems in miniature: all their rows, with encoders and networks of a few numbers.
@Suite("Systems of many models", .serialized)
struct SystemRunTests {
  let scratch: TemporaryFolder

  init() throws {
    scratch = try TemporaryFolder()
    // Other tests want the cores too.
    try Runtime.setThreadCount(1)
  }

  /// Model folders in the published layouts with random weights of a few numbers, made once by the reference.
  private static let oracles: Result<TemporaryFolder, any Error> = Result {
    let scratch = try TemporaryFolder()
    _ = try Peer.python(
      """
      import runpy, sys
      script, folder, *models = sys.argv[1:]
      for model in models:
          sys.argv[1:] = [model, "--out", folder + "/" + model]
          runpy.run_path(script, run_name="__main__")
      """, [SharedData.oracle.path, scratch.url.path] + Set(architectures.values).sorted())
    return scratch
  }

  /// The architecture of each published encoder.
  static let architectures = [
    "wavlm-large": "wavlm", "hubert-xlarge": "hubert", "hubert-large": "hubert", "whisper-large-v3": "whisper",
    "roberta-large": "roberta", "deberta-v2-xxlarge": "deberta-v2", "modernbert-large": "modernbert",
  ]

  /// Settings that put the smallest of encoders and networks in the place of large ones: where the reference is not at
  /// hand, and for what it has no model of, front ends.
  static func miniature(_ encoders: [String]) throws -> [String] {
    let streams = try encoders.enumerated().map { number, name in
      if SharedData.isAvailable, let model = architectures[name] {
        return "\(name): {encoder: \(try oracles.get()(model).path), precision: float32, context: clip}"
      }
      return number.isMultiple(of: 2)
        ? "\(name): {encoder: log-mel-80, stack: 8}" : "\(name): {encoder: prosody-10ms, stack: 8}"
    }
    return [
      "encoders={\(streams.joined(separator: ", "))}", "stream={dtype: float32, normalisation: corpus}",
      "base.model.width=8", "base.training.stages.0.epochs=2", "base.training.stages.0.batch_size=8",
      "base.training.stages.0.learning_rate=0.01",
    ]
  }

  static func unicamp() throws -> [String] {
    try miniature([
      "whisper-large-v3", "roberta-large", "wavlm-large", "deberta-v2-xxlarge", "facodec", "hubert-xlarge",
    ]) + [
      "stacks.0.per_class=0", "stacks.0.folds=2", "stacks.0.trees=20", "stacks.0.min_leaf=1", "stacks.0.min_split=2",
    ] + [1, 2, 5, 7, 8, 11].map { "models.\($0).set.training.stages.0.epochs=2" }
  }

  static func medusa() throws -> [String] {
    try miniature(["whisper-large-v3", "roberta-large", "wavlm-large", "modernbert-large", "hubert-large"]) + [
      "base.model.feed_forward=16", "base.training.stages.1.epochs=1", "base.training.stages.1.batch_size=8",
      "base.training.stages.1.learning_rate=0.01",
    ]
  }

  static func affect() throws -> [String] {
    try miniature([
      "whisper-large-v3", "roberta-large", "wavlm-large", "roberta-middle", "roberta-mean", "prosody", "log-mel",
    ]) + ["convolutions", "natural", "weighted"].map { "designs.\($0).model.width=8" }
      + ["designs.convolutions.model.layers=1", "base.training.stages.0.warmup_steps=0"]
  }

  /// Tones with words.
  func corpus(_ clipsPerClass: Int) throws -> ToneCorpus {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: clipsPerClass)
    for (number, clip) in corpus.clips.enumerated() {
      let words = ["I can't believe you did that!", "well... it's fine, I guess", "a"][number % 3]
      try scratch.write("\(words) \(number)", "corpus/Transcripts/\(clip.fileName.dropLast(4)).txt")
    }
    return corpus
  }

  func run(
    _ name: String, _ settings: [String], _ corpus: ToneCorpus, _ output: String = "run", resume: Bool = false,
    shard: String? = nil
  ) throws -> (result: CommandResult, lines: [String]) {
    var lines: [String] = []
    var options = TrainCommand.Options(recipe: name, corpus: corpus.folder, output: scratch(output))
    options.settings = settings
    options.features = scratch("features")
    options.resume = resume
    options.shard = shard
    let result = try TrainCommand(options) { if case .line(let text) = $0 { lines.append(text) } }.run()
    return (try #require(result), lines)
  }

  /// The fields of the table, by the model's or stack's id and the split.
  func table(_ output: String = "run") throws -> [String: [String: String]] {
    let lines = try scratch.text("\(output)/tables/models.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return Dictionary(
      uniqueKeysWithValues: lines.dropFirst().map { line in
        let fields = Dictionary(uniqueKeysWithValues: zip(lines[0], line))
        return ("\(fields["Id"] ?? "") \(fields["Split"] ?? "")", fields)
      })
  }

  @Test("System A in miniature: twelve models, a forest, tables, predictions and the challenge's file")
  func unicamp() throws {
    let corpus = try corpus(3)
    let (result, lines) = try run("unicamp", Self.unicamp(), corpus)
    #expect(lines.count { $0.contains("number ") && $0.contains(" of 12: ") } == 12)
    let folders = try FileManager.default.contentsOfDirectory(atPath: scratch("run/models").path)
    #expect(folders.count == 12)
    for folder in folders {
      let files = Set(scratch.files("run/models/\(folder)"))
      #expect(
        files.isSuperset(of: [
          "recipe.yaml", "metrics.jsonl", "bundle/config.json", "predictions/Development.csv", "scores/Train.csv",
          "scores/Development.csv", "scores/Test1.csv", "run.json",
        ]), "\(folder)")
    }
    // One store for all: each encoder once.
    let encoders = SharedData.isAvailable ? 6 : 2
    #expect(scratch.files("features").count { $0.hasSuffix("index.sqlite") } == encoders)
    let table = try table()
    #expect(table.count == 26)
    for model in try TrainCommand.system("unicamp").models {
      let row = try #require(table["\(model.id) Development"])
      let report = try EvaluationReport(
        predictions: Predictions(contentsOf: scratch("run/models/\(model.id)/predictions/Development.csv")),
        labels: ReferenceLabels(
          contentsOf: corpus.folder.appending(path: "Labels/labels_consensus.csv"), split: "Development"),
        balancedSubsets: 0)
      #expect(row["MacroF1"] == "\(report.macroF1)" && row["Accuracy"] == "\(report.accuracy)")
      #expect(row["BSF1"] == report.balancedSubsetF1.map { "\($0.mean)" })
      #expect(row["Design"] == model.design && row["Streams"] == model.streams.joined(separator: " "))
    }
    #expect(table["stack Development"]?["PublishedMacroF1"] == "0.379")
    #expect(table["stack Test1"]?["PublishedMacroF1"] == "")
    for word in ["unicamp on corpus, Development", "wavlm-roberta-sml", "0.404 to 0.451", "MSP-Podcast"] {
      #expect(result.text.contains(word), "\(word)")
    }
    // Predictions that evaluate and report take, and a submission that the challenge takes.
    let evaluated = try EvaluateCommand(
      .init(predictions: scratch("run/predictions/Test1.csv"), labels: scratch("run/labels.csv")).of("Test1")
    ).run()
    #expect(evaluated.json.contains("\"macroF1\""))
    let names = try scratch.text("run/submission/Test1.csv").split(separator: "\n").dropFirst().map {
      String($0.split(separator: ",")[0])
    }
    #expect(Set(names) == Set(corpus.clips.filter { $0.split == "Test1" }.map(\.fileName)))
    #expect(try SubmissionCommand.check(scratch("run/submission/Test1.csv"), expecting: nil).succeeded)
    _ = try ReportCommand(scratch("run"), split: nil, corpus: nil, output: nil, resamples: 10) { _ in }()
    let page = try scratch.text("run/report.html")
    #expect(page.contains("hubert-whisper-sml") && page.contains("How its models learned"))
  }

  @Test("Our own system in miniature: seven models, and votes that decide by factors found on development")
  func affect() throws {
    let corpus = try corpus(3)
    _ = try run("affect", Self.affect(), corpus)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("run/models").path).count == 7)
    let stack = try Stack(contentsOf: scratch("run/stacks/affect/stack.safetensors"))
    #expect(stack.factors?.count == stack.classes.count)
    let table = try table()
    #expect(table["soft Development"] != nil && table["affect Development"] == nil && table["affect Test1"] != nil)
    #expect(
      try Predictions(contentsOf: scratch("run/predictions/Test1.csv")).rows.count
        == corpus.clips.count { $0.split == "Test1" })
  }

  @Test("A system that is gone on with keeps finished models, and one that is there is not written over")
  func resumed() throws {
    let corpus = try corpus(2)
    let settings = try Self.medusa() + ["stacks=[{id: vote, method: majority}]", "final=vote"]
    _ = try run("medusa", settings, corpus)
    let before = try scratch.text("run/predictions/Test1.csv")
    #expect(throws: RunError.outputExists(path: scratch("run").path)) { try run("medusa", settings, corpus) }
    // The weights of a finished model are not made anew, those of one that lost its record are.
    let weights = scratch("run/models/model-1/bundle/model.safetensors")
    let date = try weights.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
    try FileManager.default.removeItem(at: scratch("run/models/model-2/run.json"))
    try FileManager.default.removeItem(at: scratch("run/models/model-3"))
    try FileManager.default.removeItem(at: scratch("run/predictions"))
    _ = try run("medusa", settings, corpus, resume: true)
    #expect(try weights.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate == date)
    #expect(try scratch.text("run/predictions/Test1.csv") == before)
    let error = try #require(throws: RunError.self) {
      try run("medusa", settings + ["base.model.width=16"], corpus, resume: true)
    }
    #expect(
      error.description
        == "\(scratch("run").path) was begun with another recipe: base.model.width is 8 there and 16 here; go on with the "
        + "same recipe, or give another --output")
  }

  @Test("Two machines share a system's models, and come to what one comes to")
  func shares() throws {
    let corpus = try corpus(1)
    let settings = try Self.medusa() + ["stacks=[{id: vote, method: majority}]", "final=vote"]
    _ = try run("medusa", settings, corpus, "one")
    let first = try run("medusa", settings, corpus, "two", shard: "0/2")
    #expect(
      first.result.text.contains("model-2, model-4, model-6, model-8, model-10, model-12, model-14 are not finished"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("two/models").path).count == 7)
    _ = try run("medusa", settings, corpus, "two", shard: "1/2")
    for file in ["predictions/Test1.csv", "tables/models.csv", "models/model-4/bundle/model.safetensors"] {
      #expect(try Data(contentsOf: scratch("two/\(file)")) == Data(contentsOf: scratch("one/\(file)")), "\(file)")
    }
  }

  @Test("Scores out of fold are of networks that did not see the clip")
  func outOfFold() throws {
    let corpus = try corpus(3)
    let settings =
      try Self.unicamp() + [
        "models=[{id: one, streams: [wavlm-large, roberta-large], design: WCE}, {id: two, streams: [whisper-large-v3, roberta-large], design: WCE+SML}]",
        "folds.count=3", "stacks.0.inputs=out-of-fold",
      ]
    let kept = settings.filter { !$0.hasPrefix("models.") }
    _ = try run("unicamp", kept, corpus)
    let train = try Corpus(contentsOf: corpus.folder)[.train]
    for model in ["one", "two"] {
      var seen: [String] = []
      for fold in 0..<3 {
        let names = try scratch.text("run/models/\(model)/folds/\(fold)/scores/Test1.csv").split(separator: "\n")
          .dropFirst().map { String($0.split(separator: ",")[0]) }
        // No clip that the network was trained on, nor another of its speaker.
        let trained = try scratch.text("run/models/\(model)/folds/\(fold)/scores/Train.csv").split(separator: "\n")
          .dropFirst().map { String($0.split(separator: ",")[0]) }
        let speakers = { (names: [String]) in
          Set(train.filter { names.contains($0.fileName) }.compactMap(\.speaker))
        }
        #expect(speakers(names).isDisjoint(with: speakers(trained)))
        #expect(Set(names).union(trained) == Set(train.map(\.fileName)))
        seen += names
      }
      #expect(seen.sorted() == train.map(\.fileName).sorted())
    }
    #expect(try table()["stack Test1"] != nil)
    // A stack that is fitted on development says nothing of it.
    _ = try run("unicamp", kept + ["stacks.0.inputs=held-out"], corpus, "held")
    #expect(try table("held")["stack Development"] == nil && table("held")["stack Test1"] != nil)
  }

  @Test("Embeddings are those that a model's scores are made from, and a meta-classifier takes them")
  func embeddings() throws {
    let corpus = try corpus(3)
    let settings =
      try Self.unicamp().filter { !$0.hasPrefix("models.") && !$0.hasPrefix("stacks.") } + [
        "models=[{id: one, streams: [wavlm-large, roberta-large], design: WCE}, {id: two, streams: [whisper-large-v3, roberta-large], design: WCE}]",
        "stacks=[{id: stack, method: meta, scores: probabilities, embeddings: true, epochs: 3}]",
      ]
    _ = try run("unicamp", settings, corpus)
    #expect(try table()["stack Test1"] != nil)
    for split in ["Train", "Development", "Test1"] {
      let rows = try scratch.text("run/models/two/scores/\(split).csv").split(separator: "\n").dropFirst()
      let vectors = try SafeTensors(scratch("run/models/two/scores/\(split).embeddings.safetensors")).tensor(
        "embeddings")
      #expect(vectors.shape == [rows.count, 32])
      let model = try ModelBundle(contentsOf: scratch("run/models/two/bundle")).model
      let logits = try withoutGradients { try model.scores(from: vectors).logits.array(of: Float.self) }
      let written = rows.flatMap { $0.split(separator: ",").dropFirst().compactMap { Float($0) } }
      #expect(logits.count == written.count && zip(logits, written).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    // What is finished lacks nothing: a model without its embeddings is trained again.
    let vectors = scratch("run/models/one/scores/Test1.embeddings.safetensors")
    let before = try Data(contentsOf: vectors)
    try FileManager.default.removeItem(at: vectors)
    _ = try run("unicamp", settings, corpus, resume: true)
    #expect(try Data(contentsOf: vectors) == before)
  }

  @Test("Seeds of one row are summed up by their mean and interval")
  func ablations() throws {
    let corpus = try corpus(1)
    let settings =
      try Self.miniature(["wavlm-large", "roberta-large"]) + [
        "base.model.feed_forward=16", "base.training.stages.1.epochs=1", "base.training.stages.1.batch_size=8",
        "designs.no stage 2.training.stages.0.epochs=2",
      ]
    let (result, _) = try run("medusa-ablations", settings, corpus)
    let table = try table()
    #expect(table.count == 36)
    for group in ["published", "one-hot", "late-fusion", "no-mixup", "no-multitask", "no-stage-2"] {
      let values = try [42, 43, 44].map { seed in
        try #require(table["\(group)-seed\(seed) Development"]?["MacroF1"].flatMap(Double.init))
      }
      let mean = values.reduce(0, +) / 3
      let deviation = (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 2).squareRoot()
      let reach = 4.303 * deviation / 3.0.squareRoot()
      let start = "\(group), mean of 3 seeds: Macro-F1 "
      let line = try #require(result.text.split(separator: "\n").first { $0.hasPrefix(start) })
      let shown = line.dropFirst(start.count).split { " [],".contains($0) }.compactMap { Double($0) }
      #expect(shown.count == 3)
      // Three decimals are shown.
      for (shown, value) in zip(shown, [mean, mean - reach, mean + reach]) { #expect(abs(shown - value) < 0.000501) }
    }
    #expect(!FileManager.default.fileExists(atPath: scratch("run/predictions").path))
    let late = try scratch.text("run/models/late-fusion-seed42/bundle/config.json")
    #expect(late.contains("\"late-fusion\""))
  }

  @Test("System B in miniature: fourteen models, votes, meta-classifiers and soups of all and of the best")
  func medusa() throws {
    let corpus = try corpus(3)
    let (result, _) = try run("medusa", Self.medusa(), corpus)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("run/models").path).count == 14)
    let table = try table()
    #expect(table.count == 2 * (14 + 12))
    #expect(table["soup Development"]?["PublishedBSF1"] == "0.472")
    #expect(result.text.contains("single models 0.368 to 0.440"))
    // What the recipe calls final is what the run predicts.
    #expect(try scratch.text("run/predictions/Test1.csv") == scratch.text("run/stacks/soup/predictions/Test1.csv"))
    #expect(try SubmissionCommand.check(scratch("run/submission/Test1.csv"), expecting: nil).succeeded)
  }
}

extension EvaluateCommand.Options {
  fileprivate func of(_ split: String) -> EvaluateCommand.Options {
    var options = self
    options.split = split
    options.resamples = 10
    return options
  }
}
