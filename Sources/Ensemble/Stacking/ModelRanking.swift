import Emotion

/// The models by what each is worth by itself, the best first.
struct ModelRanking {
  let ranks: [ModelRank]

  /// Ranks models by balanced Macro-F1 on utterances that none of them was trained on. Equal ones keep their order.
  ///
  /// - Parameters:
  ///   - keeping: how many are kept
  /// - Throws: `EnsembleError` where utterances do not fit, or none has a class
  init(_ models: [ModelScores], labels: StackLabels, keeping: Int) throws(EnsembleError) {
    let inputs = try StackInputs(models)
    let labelled = try LabelledUtterances(inputs, labels)
    let classes = labelled.classes(inputs.classes)
    let rows = labelled.withClass
    guard !rows.isEmpty else { throw .division("no utterance has a label that is one of the classes") }
    let truth = rows.map { row in row.label.consensus.emotion.flatMap { classes.firstIndex(of: $0) } }
    // Where in all classes the models' own are.
    let places = inputs.classes.compactMap { classes.firstIndex(of: $0) }
    var scores: [(offset: Int, score: Double)] = []
    for m in models.indices {
      var probabilities = [Double](repeating: 0, count: rows.count * classes.count)
      for (i, row) in rows.enumerated() {
        for (c, p) in inputs.probabilities(row.place)[m].enumerated() {
          probabilities[i * classes.count + places[c]] = p
        }
      }
      let score = BalancedScore(
        probabilities: probabilities, labels: truth, classCount: classes.count,
        decisions: rows.map { places[inputs.decision(m, $0.place)] })
      scores.append((m, score.macroF1))
    }
    ranks = scores.sorted { ($1.score, $0.offset) < ($0.score, $1.offset) }.enumerated().map { rank, model in
      ModelRank(name: models[model.offset].name, balancedMacroF1: model.score, isKept: rank < keeping)
    }
  }
}

/// Which utterances of the files have what labels.
struct LabelledUtterances {
  /// In the order of the files.
  let rows: [(place: Int, label: StackLabels.Row)]

  /// Throws `EnsembleError.mismatch` where labels lack an utterance, or have a class for one without scores.
  init(_ inputs: StackInputs, _ labels: StackLabels) throws(EnsembleError) {
    let byName = Dictionary(labels.rows.map { ($0.fileName, $0) }, uniquingKeysWith: { first, _ in first })
    let names = Set(inputs.fileNames)
    let missing = inputs.fileNames.filter { byName[$0] == nil }.sorted()
    let surplus = labels.rows.filter { $0.consensus.emotion != nil && !names.contains($0.fileName) }.map(\.fileName)
    guard missing.isEmpty, surplus.isEmpty else {
      throw .mismatch([UtteranceMismatch(file: "the labels file", missing: missing, surplus: surplus.sorted())])
    }
    rows = inputs.fileNames.enumerated().compactMap { place, name in byName[name].map { (place, $0) } }
  }

  /// Those that have a class.
  var withClass: [(place: Int, label: StackLabels.Row)] { rows.filter { $0.label.consensus.emotion != nil } }

  /// The classes that are scored or occur, in the order of `EmotionClass`.
  func classes(_ scored: [EmotionClass]) -> [EmotionClass] {
    let present = Set(rows.compactMap(\.label.consensus.emotion))
    return EmotionClass.allCases.filter { scored.contains($0) || present.contains($0) }
  }
}
