import Basics
import Emotion
import Ensemble
import Evaluation
import Foundation
import TestSupport
import Testing

/// Scores of three models, which are noise with some of the truth, for as many utterances of each of four classes.
enum MetaProblem {
  static let classes: [EmotionClass] = [.angry, .sad, .happy, .neutral]

  /// - Parameters:
  ///   - lifts: how much each model knows
  ///   - first: the number of the first utterance
  static func models(
    _ count: Int, lifts: [Double] = [0.4, 0.8, 1.2], seed: UInt64 = 1, first: Int = 0, prefix: String = "u",
    attributes: Bool = false
  ) throws -> [ModelScores] {
    try lifts.enumerated().map { m, lift in
      var generator = SeededGenerator(seed: seed, m, first)
      var lines = ["FileName,angry,sad,happy,neutral" + (attributes ? ",EmoAct,EmoVal" : "")]
      for i in first..<first + count {
        var row = (0..<4).map { "\(generator.normal(mean: $0 == i % 4 ? lift : 0))" }
        if attributes { row += (0..<2).map { "\(arousal(i) + Double($0) + generator.normal(deviation: 0.8))" } }
        lines.append("\(prefix)\(i)," + row.joined(separator: ","))
      }
      return try ModelScores(
        name: "m\(m)", files: [ScoreFile(csv: lines.joined(separator: "\n") + "\n", source: "m\(m).csv")])
    }
  }

  /// An attribute that has nothing to do with the class.
  static func arousal(_ i: Int) -> Double { 2 + Double(i / 4 % 5) * 0.75 }

  static func rows(
    _ count: Int, first: Int = 0, prefix: String = "u", speakers: Int? = nil,
    _ change: (Int, inout StackLabels.Row) -> Void = { _, _ in }
  ) -> [StackLabels.Row] {
    (first..<first + count).map { i in
      var row = StackLabels.Row(fileName: "\(prefix)\(i)", consensus: .emotion(classes[i % 4]))
      row.attributes = AttributeValues(arousal: arousal(i), valence: arousal(i) + 1)
      if let speakers { row.group = "s\(i / 4 * 7 % speakers)" }
      change(i, &row)
      return row
    }
  }

  /// Settings that train quickly on small sets.
  static func settings(_ method: StackMethod) -> StackSettings {
    var settings = StackSettings(method)
    settings.isOutOfFold = true
    settings.meta.learningRate = 0.02
    settings.meta.epochs = 12
    settings.meta.leastBatches = 5
    settings.meta.runs = 4
    return settings
  }
}

@Suite("Meta-classifiers")
struct MetaTests {
  let scratch: TemporaryFolder
  init() throws { scratch = try TemporaryFolder() }

  @Test("It knows more than each of its models, and a seed gives the same stack on any number of threads")
  func fits() throws {
    let models = try MetaProblem.models(800)
    let labels = try StackLabels(rows: MetaProblem.rows(800))
    let settings = MetaProblem.settings(.meta)
    let fit = try Stack.fit(models, labels: labels, settings: settings, threads: 1)
    #expect(fit.utteranceCount == 800 && fit.labelledCount == 800 && fit.withoutConsensus == 0)
    #expect(fit.stack.classifiers.count == 1 && fit.stack.forests.isEmpty && fit.stack.importances.isEmpty)
    #expect(fit.runs.count == 1 && fit.runs[0].isIngredient && (1...12).contains(fit.runs[0].bestEpoch))
    // A tenth, each class alike.
    #expect(fit.heldOutFiles.count == 80 && fit.heldOut?.count == 80)
    let unseen = try MetaProblem.models(800, first: 800)
    let truth = try ReferenceLabels(
      rows: MetaProblem.rows(800, first: 800).map { .init(fileName: $0.fileName, consensus: $0.consensus) })
    let told = try fit.stack.predictions(unseen)
    let score = try EvaluationReport(predictions: told, labels: truth).macroF1
    for model in unseen {
      let alone = try Stack.fit([model], labels: nil, settings: StackSettings(.soft)).stack.predictions([model])
      #expect(try score > EvaluationReport(predictions: alone, labels: truth).macroF1 + 0.03)
    }
    #expect(try Stack.fit(models, labels: labels, settings: settings, threads: 3).stack == fit.stack)
    #expect(try fit.stack.predictions(unseen, threads: 1) == told)
    let part = try fit.stack.predictions(MetaProblem.models(1, first: 800))
    #expect(part.rows[0] == told.rows[0])
    var other = settings
    other.seed = 1
    #expect(try Stack.fit(models, labels: labels, settings: other).stack != fit.stack)
  }

  @Test("The mean of equal classifiers is the classifier; log-odds of a soup of linear ones are the mean of theirs")
  func soups() throws {
    let models = try MetaProblem.models(400)
    let labels = try StackLabels(rows: MetaProblem.rows(400))
    var settings = MetaProblem.settings(.meta)
    let made = try (0..<3).map { seed in
      settings.seed = UInt64(seed)
      return try Stack.fit(models, labels: labels, settings: settings).stack.classifiers[0]
    }
    #expect(made[0] != made[1] && made[1] != made[2])
    for count in [1, 3, 6, 7] {
      #expect(try MetaClassifier.soup([MetaClassifier](repeating: made[0], count: count)) == made[0])
    }
    let soup = try MetaClassifier.soup(made)
    var generator = SeededGenerator(seed: 4)
    let features = try FeatureMatrix((0..<50 * 12).map { _ in Float(generator.uniform()) }, columns: 12)
    let each = try made.map { try $0.probabilities(of: features) }
    let told = try soup.probabilities(of: features)
    for row in 0..<50 {
      for c in 1..<4 {
        func odds(_ p: [Double]) -> Double { log(p[row * 4 + c] / p[row * 4]) }
        #expect(abs(odds(told) - each.map(odds).reduce(0, +) / 3) < 1e-5)
      }
    }
    #expect(throws: EnsembleError.self) { try MetaClassifier.soup([]) }
  }

  @Test("A soup of one run is the meta-classifier; a soup's runs are its ingredients")
  func uniform() throws {
    let models = try MetaProblem.models(400)
    let labels = try StackLabels(rows: MetaProblem.rows(400))
    let meta = try Stack.fit(models, labels: labels, settings: MetaProblem.settings(.meta))
    for method in [StackMethod.soup, .greedySoup] {
      var settings = MetaProblem.settings(method)
      let several = try Stack.fit(models, labels: labels, settings: settings)
      #expect(several.runs.count == 4 && several.runs[0].balancedMacroF1 == meta.runs[0].balancedMacroF1)
      #expect(Set(several.runs.map(\.balancedMacroF1)).count > 1 || Set(several.runs.map(\.logLoss)).count > 1)
      if method == .soup { #expect(several.runs.allSatisfy { $0.isIngredient }) }
      settings.meta.runs = 1
      let one = try Stack.fit(models, labels: labels, settings: settings)
      #expect(one.stack.classifiers == meta.stack.classifiers)
    }
  }

  @Test("A greedy soup is never worse on its held-out set than its best run, by either figure")
  func greedy() throws {
    var ingredientCounts: Set<Int> = []
    for (seed, selection) in [
      (0, MetaSettings.Selection.macroF1), (1, .macroF1), (2, .macroF1), (3, .logLoss), (4, .logLoss),
    ] {
      // By Macro-F1, the best of many epochs on few utterances is luck that no mean has; steps that are too large leave
      // weights around the best ones, of which the mean is nearer.
      let lifts = selection == .macroF1 ? [0.3, 0.3, 0.3] : [0.4, 0.8, 1.2]
      let models = try MetaProblem.models(300, lifts: lifts, seed: UInt64(seed))
      let labels = try StackLabels(rows: MetaProblem.rows(300))
      var settings = MetaProblem.settings(.greedySoup)
      settings.meta.heldOutShare = 0.3
      settings.meta.selection = selection
      settings.meta.learningRate = selection == .macroF1 ? 0.02 : 0.3
      settings.meta.runs = 6
      let fit = try Stack.fit(models, labels: labels, settings: settings)
      let heldOut = try #require(fit.heldOut)
      if selection == .macroF1 {
        #expect(heldOut.balancedMacroF1 >= (fit.runs.map(\.balancedMacroF1).max() ?? 1))
        settings.method = .soup
        settings.meta.runs = 6
        let uniform = try Stack.fit(models, labels: labels, settings: settings)
        #expect(uniform.heldOutFiles == fit.heldOutFiles)
      } else {
        // The classes are alike in number, so that both losses are the same.
        #expect(heldOut.logLoss <= (fit.runs.map(\.logLoss).min() ?? 0) + 1e-9)
      }
      ingredientCounts.insert(fit.runs.filter(\.isIngredient).count)
    }
    // Some runs are left out, and some soups have several.
    #expect(ingredientCounts.contains { $0 < 6 } && ingredientCounts.contains { $0 > 1 })
  }

  @Test("Nothing is selected on what networks were trained on, or on what the stack is fitted on")
  func honesty() throws {
    let models = try MetaProblem.models(200)
    let labels = try StackLabels(rows: MetaProblem.rows(200))
    var settings = MetaProblem.settings(.meta)
    settings.isOutOfFold = false
    func message(_ settings: StackSettings, _ heldOut: StackHeldOut? = nil) -> String {
      do {
        _ = try Stack.fit(models, labels: labels, settings: settings, heldOut: heldOut)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(message(settings).hasPrefix("a meta-classifier is selected on utterances that no network was trained on"))
    var best = StackSettings(.soft)
    best.topModels = 2
    #expect(message(best).hasPrefix("the best models are selected on utterances that no network was trained on"))
    #expect(message(StackSettings(.forest)) == "accepted")
    let held = try StackHeldOut(
      models: MetaProblem.models(80, first: 200), labels: StackLabels(rows: MetaProblem.rows(80, first: 200)))
    #expect(message(settings, held) == "accepted" && message(best, held) == "accepted")
    let overlapping = try StackHeldOut(
      models: MetaProblem.models(80, first: 199), labels: StackLabels(rows: MetaProblem.rows(80, first: 199)))
    #expect(
      message(settings, overlapping)
        == "'u199' is in m0.csv, which is held out, and among what the stack is fitted on; an utterance is one or the other"
    )
    let fewer = try StackHeldOut(
      models: Array(MetaProblem.models(80, first: 200).prefix(2)),
      labels: StackLabels(rows: MetaProblem.rows(80, first: 200)))
    #expect(
      message(settings, fewer).hasPrefix("the models m0, m1, m2 are fitted on, but held out are scores of m0, m1"))
    settings.folds = 3
    #expect(message(settings, held).hasPrefix("the number of folds is 3; allowed is 1 where"))
  }

  @Test("Folds are held out in turn, and no speaker is on both sides")
  func speakers() throws {
    let models = try MetaProblem.models(240)
    let rows = MetaProblem.rows(240, speakers: 11)
    let labels = try StackLabels(rows: rows)
    let speaker = Dictionary(uniqueKeysWithValues: rows.map { ($0.fileName, $0.group ?? "") })
    var settings = MetaProblem.settings(.meta)
    settings.meta.heldOutShare = 0.3
    let once = try Stack.fit(models, labels: labels, settings: settings)
    let held = Set(once.heldOutFiles)
    #expect((50...110).contains(held.count))
    let outside = Set(rows.map(\.fileName).filter { !held.contains($0) }.compactMap { speaker[$0] })
    #expect(outside.isDisjoint(with: held.compactMap { speaker[$0] }))
    settings.folds = 4
    let turns = try Stack.fit(models, labels: labels, settings: settings)
    #expect(turns.stack.classifiers.count == 4 && turns.runs.map(\.fold) == [0, 1, 2, 3])
    #expect(turns.heldOutFiles.count == 240 && Set(turns.heldOutFiles).count == 240)
    #expect(turns.heldOut?.count == 240)
    let places = Dictionary(uniqueKeysWithValues: turns.heldOutFiles.enumerated().map { ($1, $0) })
    for name in Set(speaker.values) {
      // Folds follow one another: what lies between a speaker's first and last is of the speaker's own fold.
      let own = rows.filter { $0.group == name }.compactMap { places[$0.fileName] }
      #expect((own.max() ?? 0) - (own.min() ?? 0) < 100)
    }
    settings.folds = 12
    #expect(throws: EnsembleError.division("there are 11 speakers, too few for 12 folds that share none")) {
      try Stack.fit(models, labels: labels, settings: settings)
    }
  }

  @Test("Utterances without consensus are learnt from by their votes, in the share that is asked for")
  func withoutConsensus() throws {
    let models = try MetaProblem.models(400)
    let rows = MetaProblem.rows(400) { i, row in
      guard i < 100 else { return }
      row.consensus = i % 2 == 0 ? .noAgreement : .other
      // Votes on a class that no model scores do not count, and a row of nothing else has no target.
      let votes: [EmotionClass: Double] = i < 4 ? [.disgust: 1] : [MetaProblem.classes[i % 4]: 2, .disgust: 1]
      row.target = Distribution(weights: votes)
    }
    var settings = MetaProblem.settings(.meta)
    let labels = try StackLabels(rows: rows)
    let some = try Stack.fit(models, labels: labels, settings: settings)
    #expect(some.labelledCount == 300 && some.withoutConsensus == 96 && some.perClass[.sad] == 75)
    #expect(some.heldOutFiles.allSatisfy { (Int($0.dropFirst()) ?? 0) >= 100 })
    settings.meta.noConsensusShare = 0
    let none = try Stack.fit(models, labels: labels, settings: settings)
    #expect(none.stack != some.stack)
    // Without them, the same comes out as where they have no votes.
    let bare = try StackLabels(
      rows: rows.map { row in
        var row = row
        if row.consensus.emotion == nil { row.target = nil }
        return row
      })
    #expect(try Stack.fit(models, labels: bare, settings: settings).stack.classifiers == none.stack.classifiers)
  }

  @Test("Attributes are inputs and targets, and come out on their scale")
  func attributes() throws {
    let models = try MetaProblem.models(600, attributes: true)
    let labels = try StackLabels(
      rows: MetaProblem.rows(600) { i, row in if i % 10 == 3 { row.attributes = .init() } })
    var settings = MetaProblem.settings(.soup)
    settings.meta.usesAttributes = true
    settings.meta.learningRate = 0.05
    settings.meta.epochs = 60
    let fit = try Stack.fit(models, labels: labels, settings: settings)
    let file = scratch("stack.safetensors")
    try fit.stack.write(to: file)
    #expect(try Stack(contentsOf: file) == fit.stack)
    let unseen = try MetaProblem.models(300, first: 600, attributes: true)
    let told = try fit.stack.predictions(unseen)
    for (attribute, shift) in [(Attribute.arousal, 0.0), (.valence, 1)] {
      let values = told.rows.compactMap { $0.attributes[attribute] }
      #expect(values.count == 300 && values.allSatisfy { (1...7).contains($0) })
      let truth = (600..<900).map { MetaProblem.arousal($0) + shift }
      let agreement = try #require(try ScoreMetrics.concordance(values, truth))
      #expect(agreement > 0.8, "\(attribute) \(agreement)")
    }
    #expect(told.rows[0].attributes[.dominance] == nil)
    #expect(throws: EnsembleError.models("attributes are asked for, but no model has an attribute for every utterance"))
    {
      try Stack.fit(MetaProblem.models(600), labels: labels, settings: settings)
    }
    let without = try MetaProblem.models(300, first: 600)
    #expect {
      try fit.stack.predictions(without)
    } throws: {
      "\($0)" == "m0.csv has no EmoAct for 'u600'; the stack takes it from every utterance of m0"
    }
  }

  @Test("A hidden layer learns what no linear layer can")
  func hidden() throws {
    // One score for each of two classes; the class is whether the scores' signs differ.
    var generator = SeededGenerator(seed: 3)
    var lines = ["FileName,angry,sad"]
    var rows: [StackLabels.Row] = []
    for i in 0..<600 {
      let (a, b) = (generator.uniform() < 0.5 ? -1.0 : 1, generator.uniform() < 0.5 ? -1.0 : 1)
      let (x, y) = (a + generator.normal(deviation: 0.2), b + generator.normal(deviation: 0.2))
      lines.append("u\(i),\(x),\(y)")
      rows.append(.init(fileName: "u\(i)", consensus: .emotion(a == b ? .angry : .sad)))
    }
    let models = [
      try ModelScores(name: "m", files: [ScoreFile(csv: lines.joined(separator: "\n") + "\n", source: "m.csv")])
    ]
    var settings = MetaProblem.settings(.meta)
    settings.scale = .asIs
    settings.meta.epochs = 60
    let labels = try StackLabels(rows: rows)
    let linear = try Stack.fit(models, labels: labels, settings: settings)
    settings.meta.hiddenWidths = [16, 8]
    let deep = try Stack.fit(models, labels: labels, settings: settings)
    #expect(try #require(linear.heldOut).accuracy < 0.8)
    #expect(try #require(deep.heldOut).accuracy > 0.97)
    let file = scratch("stack.safetensors")
    try deep.stack.write(to: file)
    #expect(try Stack(contentsOf: file).predictions(models) == deep.stack.predictions(models))
  }

  @Test("The best models are kept, and the stack takes all of them or these alone")
  func top() throws {
    let models = try MetaProblem.models(600)
    let labels = try StackLabels(rows: MetaProblem.rows(600))
    for method in [StackMethod.meta, .forest, .majority] {
      var settings = MetaProblem.settings(method)
      settings.topModels = 2
      settings.forest.trees = 10
      let fit = try Stack.fit(models, labels: labels, settings: settings)
      #expect(fit.ranking.map(\.name) == ["m2", "m1", "m0"] && fit.ranking.map(\.isKept) == [true, true, false])
      #expect(fit.stack.modelNames == ["m1", "m2"])
      let file = scratch("stack.safetensors")
      try fit.stack.write(to: file)
      let stack = try Stack(contentsOf: file)
      #expect(try stack.predictions(models) == stack.predictions(Array(models.dropFirst().reversed())))
      #expect(throws: EnsembleError.self) { try stack.predictions(Array(models.prefix(2))) }
    }
    var settings = MetaProblem.settings(.soft)
    settings.topModels = 4
    #expect(throws: EnsembleError.setting(name: "the number of models to keep", value: "4", allowed: "1 to 3")) {
      try Stack.fit(models, labels: labels, settings: settings)
    }
  }

  @Test("Finished parts are taken up by a later fit, and by other methods of the same settings")
  func finished() throws {
    let models = try MetaProblem.models(300)
    let labels = try StackLabels(rows: MetaProblem.rows(300))
    let folder = scratch("parts")
    func fit(_ settings: StackSettings, _ finished: URL?) throws -> (StackFit, [Bool]) {
      var taken: [Bool] = []
      let fit = try Stack.fit(models, labels: labels, settings: settings, finished: finished) { event in
        switch event {
        case .run(_, let wasFinished), .forest(_, _, let wasFinished): taken.append(wasFinished)
        case .epoch: break
        }
      }
      return (fit, taken)
    }
    #expect(try fit(MetaProblem.settings(.meta), folder).1 == [false])
    let soup = try fit(MetaProblem.settings(.soup), folder)
    #expect(soup.1 == [true, false, false, false])
    let fresh = try fit(MetaProblem.settings(.soup), nil)
    #expect(soup.0.stack == fresh.0.stack && soup.0.runs == fresh.0.runs && soup.0.heldOut == fresh.0.heldOut)
    #expect(try fit(MetaProblem.settings(.greedySoup), folder).1 == [true, true, true, true])
    var other = MetaProblem.settings(.meta)
    other.meta.batchSize = 64
    #expect(try fit(other, folder).1 == [false])
    other.seed = 9
    #expect(try fit(other, folder).1 == [false])
    var forest = StackSettings(.forest)
    (forest.forest.trees, forest.folds) = (5, 3)
    let grown = try fit(forest, folder)
    #expect(grown.1 == [false, false, false])
    let again = try fit(forest, folder)
    #expect(again.1 == [true, true, true] && again.0.stack == grown.0.stack && again.0.heldOut == grown.0.heldOut)
    let files = scratch.files("parts")
    #expect(files.count == 9)
    for file in files { try Data("no tensors".utf8).write(to: folder.appending(path: file)) }
    #expect(throws: (any Error).self) { try fit(forest, folder) }
  }

  @Test("What can't be is refused in words")
  func refusals() throws {
    let models = try MetaProblem.models(100)
    let labels = try StackLabels(rows: MetaProblem.rows(100))
    func message(_ change: (inout StackSettings) -> Void, _ labels: StackLabels?) -> String {
      var settings = MetaProblem.settings(.meta)
      change(&settings)
      do {
        _ = try Stack.fit(models, labels: labels, settings: settings)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(message({ _ in }, nil) == "the method meta needs labels to learn from; there are none")
    #expect(message({ $0.meta.batchSize = 0 }, labels) == "the batch size is 0; allowed is 1 or more")
    #expect(message({ $0.meta.learningRate = -1 }, labels) == "the learning rate is -1.0; allowed is above 0")
    #expect(message({ $0.meta.heldOutShare = 0.6 }, labels) == "the share held out is 0.6; allowed is above 0, to 0.5")
    #expect(
      message({ $0.meta.hiddenWidths = [0] }, labels) == "the width of a hidden layer is 0; allowed is 1 to 65536")
    #expect(message({ $0.folds = 0 }, labels) == "the number of folds is 0; allowed is 1 to 10000")
    #expect(
      message({ $0.meta.learningRate = 1e38 }, labels).hasPrefix("the meta-classifier's weights are no longer finite"))
    let one = try StackLabels(rows: MetaProblem.rows(100) { _, row in row.consensus = .emotion(.sad) })
    #expect(message({ _ in }, one).hasPrefix("what is left to train on has the class sad alone"))
    let none = try StackLabels(rows: MetaProblem.rows(100) { _, row in row.consensus = .noAgreement })
    #expect(message({ _ in }, none) == "0 utterances have a class, too few for 10 folds")
    #expect(throws: EnsembleError.arguments("'u0' has two labels; each utterance has one")) {
      try StackLabels(rows: MetaProblem.rows(1) + MetaProblem.rows(1))
    }
  }
}
