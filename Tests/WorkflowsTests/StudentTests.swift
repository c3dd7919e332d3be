import Audio
import Corpora
import Emotion
import Evaluation
import Foundation
import Recognition
import Tensors
import TestSupport
import Testing
import Workflows

@Suite("A system with a student, on augmented copies", .serialized)
struct StudentTests {
  let scratch: TemporaryFolder

  init() throws {
    scratch = try TemporaryFolder()
    // Other tests want the cores too.
    try Runtime.setThreadCount(1)
  }

  static let yaml = """
    system: small
    encoders: {voice: log-mel-80, prosody: prosody-10ms}
    stream: {dtype: float32, stack: 4, normalisation: corpus}
    base:
      model: {kind: conv-pooling, width: 16, layers: 2, dropout: 0.1}
      augmentation: {copies: 2, voices: 4, effects: {cut_share: 0.05}}
      training:
        attribute_weight: 0
        stages: [{epochs: 8, batch_size: 8, learning_rate: 0.01, sampling: evened, speaker_exponent: 0.5}]
    models:
      - {id: teacher, streams: [voice], seeds: [1, 2]}
    stacks:
      - {id: both, method: soft, scores: probabilities}
    student: {id: pupil, streams: [voice], seed: 3, teacher: both, set: {targets.teacher_share: 1}}
    final: pupil
    calibration: temperature
    """

  func run(
    _ corpus: ToneCorpus, _ output: String = "run", settings: [String] = [], resume: Bool = false
  ) throws -> (text: String, lines: [String]) {
    try scratch.write(Self.yaml, "small.yaml")
    var lines: [String] = []
    var options = TrainCommand.Options(
      recipe: scratch("small.yaml").path, corpus: corpus.folder, output: scratch(output))
    (options.features, options.resume, options.settings) = (scratch("features"), resume, settings)
    let result = try TrainCommand(options) { if case .line(let text) = $0 { lines.append(text) } }.run()
    return (try #require(result).text, lines)
  }

  func error(_ settings: String...) throws -> String {
    try #require(throws: RecipeError.self) {
      try SystemRecipe(yaml: Self.yaml, source: "s.yaml", settings: settings)
    }.description
  }

  @Test("The student learns what its teachers say, and its calibrated bundle is the system's")
  func distilled() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 3)
    let (text, lines) = try run(corpus)
    #expect(lines.contains { $0.hasPrefix("pupil, the student: ") })
    #expect(text.contains("temperature calibration") && text.contains("bundle of pupil"))
    // Clips as they are, and each copy, by every teacher; the copies differ, and are of training clips alone.
    for model in ["teacher-seed1", "teacher-seed2"] {
      let files = ["Train", "Train-1", "Train-2"].map { "run/models/\(model)/scores/\($0).csv" }
      let scores = try files.map { try scratch.text($0) }
      #expect(Set(scores).count == 3)
      for text in scores { #expect(text.split(separator: "\n").count == 28) }
    }
    let folders = try FileManager.default.contentsOfDirectory(atPath: scratch("features").path)
    #expect(folders.count == 3 && folders.count { $0.hasPrefix("log-mel-80-copy-") } == 2)
    // Labels tell the student nothing: what it is, it has from its teachers.
    let predictions = try Predictions(contentsOf: scratch("run/models/pupil/predictions/Test1.csv"))
    let labels = try ReferenceLabels(
      contentsOf: corpus.folder.appending(path: "Labels/labels_consensus.csv"), split: "Test1")
    #expect(try EvaluationReport(predictions: predictions, labels: labels).macroF1 > 0.8)
    let bundle = try ModelBundle.configuration(in: scratch("run/bundle"))
    #expect(bundle.calibration?.method?.name == "temperature" && bundle.classes == [.angry, .sad, .neutral])
    #expect(try ModelBundle.configuration(in: scratch("run/models/pupil/bundle")).calibration == nil)
    // Gone on with, everything is there already and comes to the same.
    let before = try scratch.text("run/predictions/Test1.csv")
    _ = try run(corpus, resume: true)
    #expect(try scratch.text("run/predictions/Test1.csv") == before)
  }

  @Test("Copies are the same whenever they are made, and others for another seed")
  func copies() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let short = ["base.training.stages.0.epochs=1", "models.0.seeds=[1]"]
    _ = try run(corpus, "a", settings: short)
    let scores = try scratch.text("a/models/teacher-seed1/scores/Train-1.csv")
    try FileManager.default.removeItem(at: scratch("features"))
    _ = try run(corpus, "b", settings: short)
    #expect(try scratch.text("b/models/teacher-seed1/scores/Train-1.csv") == scores)
    _ = try run(corpus, "c", settings: short + ["base.augmentation.seed=2"])
    #expect(try scratch.text("c/models/teacher-seed1/scores/Train-1.csv") != scores)
    let folders = try FileManager.default.contentsOfDirectory(atPath: scratch("features").path)
    #expect(folders.count { $0.hasPrefix("log-mel-80-copy-") } == 4)
  }

  @Test("What can't be taught, augmented or calibrated is refused with its key")
  func refused() throws {
    #expect(try error("student.teacher=none").contains("student.teacher: there is no stack 'none'; there are both"))
    #expect(try error("student.set.targets.teacher_share=0").contains("a share above 0 is expected"))
    #expect(try error("student.set.augmentation.copies=3").contains("must be that of its teacher's model"))
    #expect(try error("base.targets.teacher_share=0.5").contains("has no teacher"))
    #expect(try error("student.streams=[nobody]").contains("there is no encoder 'nobody'"))
    #expect(try error("student.id=both").contains("is there twice"))
    #expect(try error("student.seeds=[1, 2]").contains("one student is expected"))
    #expect(try error("student=5").contains("a group of settings is expected"))
    #expect(try error("student.colour=red").contains("colour"))
    #expect(try error("calibration=magic").contains("'magic' is none of isotonic, none, temperature, vector"))
    #expect(try error("final=both").contains("can be calibrated"))
    #expect(try error("base.augmentation.copies=-1").contains("0 to 100"))
    #expect(try error("base.augmentation.effects.noise=2").contains("augmentation.effects.noise: a probability"))
    #expect(
      try error("encoders.voice=microsoft/wavlm-large").contains("augmented copies are made for front ends alone"))
  }

  @Test("A recipe of one model has no teacher")
  func alone() throws {
    let corpus = try ToneCorpus(at: scratch("corpus"), clipsPerClass: 1)
    let recipe = try TrainCommand.recipe("quick", settings: ToneCorpus.settings + ["targets.teacher_share=0.5"])
    let run = try TrainingRun(recipe, corpus: Corpus(contentsOf: corpus.folder), output: scratch("run"))
    #expect(throws: RecipeError.self) { try run.run() }
  }

  @Test("The recipe of the model that ships is one that can be trained")
  func shipped() throws {
    let system = try TrainCommand.system("default")
    #expect(system.student != nil && system.final == system.student?.model.id && system.calibration == "temperature")
    #expect(try SystemRecipe(yaml: system.yaml()) == system)
  }
}
