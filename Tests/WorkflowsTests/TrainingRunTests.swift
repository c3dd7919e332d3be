import Audio
import Corpora
import Emotion
import Evaluation
import Foundation
import Recognition
import Tensors
import TestSupport
import Testing
import Training
import Workflows

@Suite("Training runs", .serialized)
struct TrainingRunTests {
  let scratch: TemporaryFolder
  init() throws {
    scratch = try TemporaryFolder()
    // Other tests want the cores too.
    try Runtime.setThreadCount(1)
  }

  /// What a run said, by kind.
  final class Log {
    var messages: [String] = []
    var extracted: [Int] = []
    func callAsFunction(_ event: TrainingRun.Event) {
      switch event {
      case .message(let text): messages.append(text)
      case .fetching: break
      case .extraction(let progress): extracted.append(progress.total)
      case .training: break
      }
    }
  }

  func recipe(_ settings: String...) throws -> Recipe {
    try TrainCommand.recipe("quick", settings: ToneCorpus.settings + settings)
  }

  func run(
    _ recipe: Recipe, _ corpus: ToneCorpus, _ output: String = "run", resume: Bool = false
  ) throws -> (TrainingRun.Outcome, Log) {
    let log = Log()
    let outcome = try TrainingRun(
      recipe, corpus: Corpus(contentsOf: corpus.folder), output: scratch(output), features: scratch("features")
    ) { log($0) }.run(resume: resume)
    return (outcome, log)
  }

  @Test("A run learns, leaves its files, and its bundle scores recordings as its predictions say")
  func wholeStory() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"))
    let recipe = try recipe()
    let (outcome, log) = try run(recipe, corpus)
    #expect(outcome.evaluation.macroF1 > 0.8)
    #expect(outcome.split == .test1)
    #expect(outcome.failures.isEmpty)
    #expect(log.extracted.last == 54)
    #expect(
      scratch.files("run") == [
        "bundle/config.json", "bundle/model.safetensors", "checkpoints/best.safetensors",
        "checkpoints/last.safetensors", "events/events.out.tfevents.0000000001.affect", "labels.csv", "metrics.jsonl",
        "predictions/Development.csv", "predictions/Test1.csv", "recipe.yaml", "run.json",
      ])
    #expect(try Recipe(contentsOf: scratch("run/recipe.yaml")) == recipe)
    let lines = try scratch.text("run/metrics.jsonl").split(separator: "\n")
    #expect(try lines.map { try JSONDecoder().decode(EpochRecord.self, from: Data($0.utf8)) } == outcome.history)
    #expect(outcome.history.contains { $0.stage == "stage 2" })

    let predictions = try Predictions(contentsOf: scratch("run/predictions/Test1.csv"))
    #expect(predictions.rows.count == 18)
    #expect(predictions.classes == [.angry, .sad, .neutral])
    let recognizer = try BatchRecognizer(bundle: scratch("run/bundle"))
    for row in predictions.rows {
      var found: [RecognizedSegment] = []
      try recognizer.recognize(file: corpus.folder.appending(path: "Audios/\(row.fileName)")) { found.append($0) }
      let segment = try #require(found.first)
      for (one, two) in zip(segment.probabilities, row.probabilities) { #expect(abs(one.probability - two) < 1e-5) }
      let arousal = try #require(row.attributes[.arousal])
      #expect(abs(try #require(segment.attributes["arousal"]) - arousal) < 1e-4)
    }

    // A second run makes no features, and is refused where there is one already.
    let again = try run(recipe, corpus, "again")
    #expect(again.1.extracted.isEmpty)
    #expect(try scratch.text("again/predictions/Test1.csv") == scratch.text("run/predictions/Test1.csv"))
    #expect(throws: RunError.outputExists(path: scratch("run").path)) { try run(recipe, corpus) }
    // A finished run that is gone on with comes to the same.
    let before = try scratch.text("run/predictions/Test1.csv")
    #expect(try run(recipe, corpus, resume: true).0.evaluation == outcome.evaluation)
    #expect(try scratch.text("run/predictions/Test1.csv") == before)
  }

  @Test(
    "Every kind of network learns by a recipe, and its bundle scores recordings as its predictions say",
    arguments: ["crossmodal", "baseline", "late-fusion", "conv-pooling", "mlp"])
  func kinds(kind: String) throws {
    let corpus = try ToneCorpus(at: scratch("corpus"))
    var settings = ["model.kind=\(kind)", "streams.0.normalisation=none"]
    if kind == "crossmodal" {
      settings += [
        "training.neutral_weight=1", "training.stages.1.sampling=neutral-expressive", "training.stages.1.loss=focal",
        "training.stages.0.schedule_per=epoch", "training.stages.0.warmup_steps=0", "training.selection=balanced",
      ]
    }
    let recipe = try TrainCommand.recipe("quick", settings: ToneCorpus.settings + settings)
    let (outcome, _) = try run(recipe, corpus)
    #expect(outcome.evaluation.macroF1 > 0.8)
    let recognizer = try BatchRecognizer(bundle: scratch("run/bundle"))
    #expect(recognizer.configuration.attributes == (kind == "crossmodal" ? [] : [.arousal]))
    for row in try Predictions(contentsOf: outcome.predictions).rows.prefix(4) {
      var found: [RecognizedSegment] = []
      try recognizer.recognize(file: corpus.folder.appending(path: "Audios/\(row.fileName)")) { found.append($0) }
      let segment = try #require(found.first)
      for (one, two) in zip(segment.probabilities, row.probabilities) { #expect(abs(one.probability - two) < 1e-5) }
    }
    #expect(try Recipe(contentsOf: scratch("run/recipe.yaml")) == recipe)
  }

  @Test("A network that is trained without attributes estimates none")
  func withoutAttributes() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let short = ["training.stages.0.epochs=1", "training.stages.1.epochs=0"]
    let outcome = try run(recipe(short[0], short[1], "training.attribute_weight=0"), corpus).0
    #expect(outcome.history.count == 1)
    #expect(try Predictions(contentsOf: outcome.predictions).rows.allSatisfy { $0.attributes.isEmpty })
  }

  @Test("A clip that can't be used is left out with its reason, and the rest goes on")
  func unusable() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"))
    let (broken, missing) = (corpus.audio(corpus.clips[0]), corpus.audio(corpus.clips[53]))
    try Data("words".utf8).write(to: broken)
    try FileManager.default.removeItem(at: missing)
    let (outcome, log) = try run(recipe("training.stages.0.epochs=1", "training.stages.1.epochs=1"), corpus)
    #expect(outcome.failures.map(\.fileName) == [corpus.clips[0].fileName, corpus.clips[53].fileName])
    #expect(
      log.messages.prefix(2) == [
        "left out \(corpus.clips[0].fileName): \(broken.path): "
          + "this is no audio file in any format that the installed FFmpeg knows",
        "left out \(corpus.clips[53].fileName): \(missing.path): there is no such file",
      ])
    #expect(try Predictions(contentsOf: outcome.predictions).rows.count == 17)
  }

  @Test("A corpus of which no clip can be used is refused with the first reason")
  func nothingUsable() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    for clip in corpus.clips { try FileManager.default.removeItem(at: corpus.audio(clip)) }
    let error = try #require(throws: RunError.self) { try run(recipe(), corpus) }
    let first = corpus.audio(corpus.clips[0]).path
    #expect(
      error.description == "\(corpus.folder.path): no clip could be used; the first: \(first): there is no such file")
    #expect(scratch.files("run").isEmpty)
  }

  @Test("A class that no training clip has is stated, and so is one that the recipe leaves out")
  func absentClass() throws {
    let corpus = try ToneCorpus(at: scratch("corpus")) { $0.split != "Train" || $0.letter != "S" }
    let short = ["training.stages.0.epochs=1", "training.stages.1.epochs=1"]
    let (outcome, log) = try run(recipe(short[0], short[1]), corpus)
    let consequence = ": clips of these classes outside the training split will count as mistakes"
    #expect(log.messages.contains("no training clip is of sad" + consequence))
    #expect(outcome.evaluation.perClass["sad"]?.recall == 0)
    #expect(try Predictions(contentsOf: outcome.predictions).classes == [.angry, .neutral])
    let full = try ToneCorpus(at: scratch("full"))
    let (_, other) = try run(recipe(short[0], short[1], "targets.classes=[sad, neutral]"), full, "two")
    #expect(other.messages.contains("the recipe leaves out angry" + consequence))
  }

  @Test("Fewer than two classes, and a split without labels, are refused before training")
  func tooLittle() throws {
    let one = try ToneCorpus(at: scratch("one")) { $0.letter == "A" }
    let error = try #require(throws: RunError.self) { try run(recipe(), one) }
    #expect(
      error.description
        == "\(one.folder.path): the training split has clips of angry; at least two classes are needed")
    let noDev = try ToneCorpus(at: scratch("noDev")) { $0.split != "Development" }
    let second = try #require(throws: TrainingError.self) { try run(recipe(), noDev, "other") }
    #expect(
      second.description
        == "the development set holds no clip with a class; check the corpus's Split_Set and EmoClass columns")
    let unknown = try #require(throws: (any Error).self) { try run(recipe("streams.0.encoder=wavlm"), one, "third") }
    #expect("\(unknown)".hasPrefix("there is no encoder 'wavlm'; there are log-mel-80"))
  }

  @Test("A run is not gone on with under another recipe, nor on other labels, and stays as it was")
  func foreign() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let (one, two) = ("training.stages.0.epochs=1", "training.stages.1.epochs=1")
    _ = try run(recipe(one, two), corpus)
    let before = try scratch.text("run/recipe.yaml")
    let error = try #require(throws: RunError.self) {
      try run(recipe(one, two, "training.seed=9", "training.weight_decay=0.5"), corpus, resume: true)
    }
    #expect(
      error.description
        == "\(scratch("run").path) was begun with another recipe: training.seed is 1 there and 9 here; "
        + "go on with the same recipe, or give another --output")
    #expect(try scratch.text("run/recipe.yaml") == before)
    let labels = "corpus/Labels/labels_consensus.csv"
    try scratch.write(try scratch.text(labels).replacingOccurrences(of: ",6,", with: ",7,"), labels)
    let data = try #require(throws: TrainingError.self) { try run(recipe(one, two), corpus, resume: true) }
    #expect(data.description.contains("belongs to another training: its recipe or its data differ"))
  }

  @Test("Features of one more encoder do not make those of the others again, and a changed clip is extracted anew")
  func incremental() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let (one, two) = ("training.stages.0.epochs=1", "training.stages.1.epochs=1")
    let mel = "streams=[{encoder: log-mel-80, dtype: float32, stack: 4}]"
    #expect(try run(recipe(one, two, mel), corpus, "a").1.extracted.last == 27)
    let shards = { scratch.files("features").filter { $0.hasSuffix(".safetensors") } }
    #expect(shards().count == 1)
    #expect(try run(recipe(one, two), corpus, "b").1.extracted.last == 27)
    #expect(shards().count == 2)
    let clip = corpus.audio(corpus.clips[3])
    try ToneCorpus.wav([Float](repeating: 0.1, count: 9000)).write(to: clip)
    #expect(try run(recipe(one, two), corpus, "c").1.extracted == [1])
    #expect(shards().count == 4)
  }

  @Test("What a killed process left aside is removed when its run is gone on with")
  func leftovers() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    try scratch.write("half", "run/checkpoints/.last.safetensors.X.part")
    _ = try run(recipe("training.stages.0.epochs=1", "training.stages.1.epochs=1"), corpus, resume: true)
    #expect(!scratch.files("run").contains { $0.contains(".part") })
  }
}
