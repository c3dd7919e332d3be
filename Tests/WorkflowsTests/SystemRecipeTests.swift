import Foundation
import Fusion
import TestSupport
import Testing
import Workflows

@Suite("Recipes of systems")
struct SystemRecipeTests {
  static let yaml = """
    system: small
    encoders: {voice: log-mel-80, prosody: {encoder: prosody-10ms, stack: 4}}
    stream: {dtype: float32, stack: 8}
    base:
      model: {width: 16, heads: 2}
      training: {stages: [{name: one, epochs: 3}, {name: two, epochs: 2}]}
    designs:
      plain: {}
      hot: {targets.votes: consensus, training.stages.0.epochs: 5}
    models:
      - {id: a, streams: [voice, prosody], design: plain, seed: 7}
      - {id: b, streams: [prosody], design: hot, set: {training.stages.1.epochs: 0}, published: {macro_f1: 0.4}}
      - {id: c, streams: [voice], seeds: [1, 2]}
    stacks:
      - {id: all, method: majority}
    final: all
    """

  func system(_ settings: String...) throws -> SystemRecipe {
    try SystemRecipe(yaml: Self.yaml, source: "s.yaml", settings: settings)
  }

  func error(_ settings: String...) throws -> String {
    try #require(throws: RecipeError.self) {
      try SystemRecipe(yaml: Self.yaml, source: "s.yaml", settings: settings)
    }.description
  }

  @Test("A row is the shared recipe with its design's changes, its own, its streams and its seed")
  func rows() throws {
    let system = try system()
    #expect(system.models.map(\.id) == ["a", "b", "c-seed1", "c-seed2"])
    #expect(system.models.map(\.group) == ["a", "b", "c", "c"])
    let (a, b) = (system.models[0].recipe, system.models[1].recipe)
    #expect(a.streams.map(\.encoder) == ["log-mel-80", "prosody-10ms"])
    #expect(a.streams.map(\.stack) == [8, 4] && a.streams.allSatisfy { $0.dtype == "float32" })
    #expect(a.training.seed == 7 && a.targets.votes == "primary" && a.training.stages.map(\.epochs) == [3, 2])
    #expect(b.training.seed == 1 && b.targets.votes == "consensus" && b.training.stages.map(\.epochs) == [5, 0])
    #expect(b.model.width == 16 && system.models[1].published.macroF1 == 0.4)
    #expect(system.models[2...].map(\.recipe.training.seed) == [1, 2])
    #expect(system.final == "all" && system.stacks[0].method == "majority")
  }

  @Test("--set reaches encoders, the shared recipe, designs, rows and stacks")
  func settings() throws {
    let changed = try system(
      "encoders.voice=/models/wavlm", "base.model.width=8", "designs.hot.training.stages.0.epochs=9",
      "models.1.set.training.stages.1.epochs=4", "stream.normalisation=none", "stacks.0.method=majority")
    #expect(changed.models[0].recipe.streams[0].encoder == "/models/wavlm")
    #expect(changed.models.allSatisfy { $0.recipe.model.width == 8 })
    #expect(changed.models[1].recipe.training.stages.map(\.epochs) == [9, 4])
    #expect(changed.models[0].recipe.streams.allSatisfy { $0.normalisation.rawValue == "none" })
    let mapped = try system("encoders={voice: prosody-10ms, prosody: log-mel-80}")
    #expect(mapped.models[0].recipe.streams.map(\.encoder) == ["prosody-10ms", "log-mel-80"])
  }

  @Test("The resolved text reads back as an equal system")
  func roundTrip() throws {
    for settings in [[], ["designs.hot.training.stages.0.epochs=9", "encoders.voice=x"]] {
      let system = try SystemRecipe(yaml: Self.yaml, settings: settings)
      #expect(try SystemRecipe(yaml: system.yaml()) == system)
    }
    for name in ["unicamp", "medusa", "medusa-ablations", "affect"] {
      let system = try TrainCommand.system(name)
      #expect(try SystemRecipe(yaml: system.yaml()) == system)
    }
  }

  @Test(
    "What can't be is named with what could",
    arguments: [
      (
        "models.0.streams.0=face",
        "the recipe's models.0.streams.0: there is no encoder 'face'; there are prosody, voice"
      ),
      ("models.0.design=cold", "the recipe's models.0.design: there is no design 'cold'; there are hot, plain"),
      ("models.1.id=a", "the recipe's id: 'a' is there twice"),
      ("models.1.id=a/b", "the recipe's id: 'a/b' can't name a folder; letters, digits, '-', '_' and '.' can"),
      (
        "models.1.idd=x",
        "the recipe's key 'models.1.idd' is not known; there are design, id, published, seed, seeds, streams"
      ),
      (
        "base.model.widht=3", "the recipe's key 'model a: model.widht' is not known; there are \(RecipeTests.modelKeys)"
      ),
      ("base.model.heads=3", "the recipe's model a: model: 3 heads do not divide the width 16"),
      (
        "designs.hot.training.stages.5.epochs=1",
        "--set designs.hot.training.stages.5.epochs: '5' is not a position in the list; there are 0 to 1"
      ),
      ("stacks.0.method=magic", "the recipe's stacks.0.method: 'magic' is none of "),
      (
        "stacks.0.models=[a, z]",
        "the recipe's stacks.0.models.1: there is no model 'z'; there are a, b, c-seed1, c-seed2"
      ),
      ("stacks.0.top=9", "the recipe's stacks.0.top: 9 of 4 models can't be kept"),
      ("stacks.0.inputs=none", "the recipe's stacks.0.inputs: 'none' is none of held-out, in-sample, out-of-fold"),
      (
        "stacks.0.scores=ranks",
        "the recipe's stacks.0.scores: 'ranks' is none of log-probabilities, logits, probabilities"
      ),
      (
        "stacks.0.decision=macro-f1",
        "the recipe's stacks.0.decision: factors are found for soft votes, and for forests and meta-classifiers that are "
          + "fitted on in-sample scores"
      ),
      ("stacks.0.trees=0", "the recipe's stacks.0.trees: 1 or more is expected"),
      ("final=best", "the recipe's final: there is no stack or model 'best'; there are a, all, b, c-seed1, c-seed2"),
      ("folds.by=age", "the recipe's folds.by: 'age' is none of clips, speakers"),
      ("folds.count=1", "the recipe's folds.count: 2 or more are expected"),
      (
        "model.width=3",
        "the recipe's key 'model' is not known; there are base, calibration, designs, encoders, final, folds, models, "
          + "notes, stacks, stream, student, system"
      ),
      ("encoders=voice", "the recipe's encoders: names with encoders are expected, not 'voice'"),
      ("models=[]", "the recipe's models: at least one model is expected"),
      ("system=", "the recipe's system: a name is expected"),
    ])
  func impossible(setting: String, message: String) throws {
    let found = try error(setting)
    #expect(found.hasPrefix(message), "\(found)")
  }

  @Test("System A has the twelve rows of its paper with the released hyperparameters")
  func unicamp() throws {
    let system = try TrainCommand.system("unicamp")
    #expect(system.models.count == 12)
    #expect(Set(system.models.map { $0.streams + [$0.design] }).count == 12)
    #expect(system.models.count { $0.design == "WCE" } == 6)
    for model in system.models {
      let (recipe, stage) = (model.recipe, model.recipe.training.stages[0])
      #expect(recipe.model.kind == "crossmodal" && recipe.model.width == 512 && recipe.model.dropout == 0.5)
      #expect(recipe.targets.votes == "consensus" && recipe.training.weightDecay == 1e-6 && recipe.training.seed == 7)
      #expect(stage.batchSize == 64 && stage.learningRate == 1e-5 && (20...30).contains(stage.epochs))
      #expect(abs(stage.learningRate * stage.floor - 1e-6) < 1e-18 && stage.schedule == "cosine")
      #expect(stage.classWeightExponent == 1 && stage.classWeightScale == "absolute" && stage.loss == "cross-entropy")
      let isSecond = model.design == "WCE+SML"
      #expect(recipe.training.neutralWeight == (isSecond ? 1 : 0))
      #expect(stage.sampling == (isSecond ? "neutral-expressive" : "natural"))
    }
    #expect(system.stacks.count == 1 && system.stacks[0].perClass == 1120 && system.stacks[0].folds == 5)
  }

  @Test("System B has the fourteen rows of its paper, and ablations that differ in one thing")
  func medusa() throws {
    let system = try TrainCommand.system("medusa")
    #expect(system.models.count == 14)
    #expect(system.models[4..<8].allSatisfy { $0.streams == ["wavlm-large", "roberta-large"] })
    #expect(Set(system.models.map(\.recipe.training.seed)).count == 14)
    for model in system.models {
      let stages = model.recipe.training.stages
      #expect(model.recipe.model == Recipe.Model() && (2...3).contains(model.streams.count))
      #expect(stages.map(\.sampling) == ["natural", "balanced"] && stages.map(\.classWeightExponent) == [0.5, 0])
      #expect(stages.allSatisfy { $0.batchSize == 16 && $0.learningRate == 1e-5 && $0.mixupProbability == 0.3 })
    }
    #expect(system.stacks.count == 12 && Set(system.stacks.map(\.top)) == [0, 5, 7])
    let ablations = try TrainCommand.system("medusa-ablations")
    #expect(ablations.models.count == 18 && Set(ablations.models.map(\.group)).count == 6)
    let published = ablations.models[0].recipe
    #expect(published == system.models[4].recipe.with(seed: 42))
    for model in ablations.models[3...] { #expect(model.recipe.with(seed: 42) != published) }
  }

  @Test("Our own system learns from smoothed votes with MixUp, and decides by factors found on development")
  func affect() throws {
    let system = try TrainCommand.system("affect")
    #expect(Set(system.models.map(\.design)) == ["natural", "weighted", "convolutions"])
    #expect(Set(system.models.map { $0.streams + [$0.design] }).count == system.models.count)
    for recipe in system.models.map(\.recipe) {
      #expect(recipe.targets.votes == "primary" && recipe.targets.smoothing == 0.05)
      #expect(recipe.training.averaging == 0 && recipe.training.stages.map(\.mixupProbability) == [0.3])
    }
    let final = try #require(system.stacks.first { $0.id == system.final })
    #expect(final.method == "soft" && final.inputs == "held-out" && final.decision == "macro-f1")
  }
}

extension Recipe {
  fileprivate func with(seed: UInt64) -> Recipe {
    var recipe = self
    recipe.training.seed = seed
    return recipe
  }
}
