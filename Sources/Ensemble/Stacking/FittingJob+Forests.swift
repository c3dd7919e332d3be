import Basics
import Emotion

extension FittingJob {
  /// Grows a forest for each fold of a balanced subset.
  func forests(_ labelled: LabelledUtterances, _ configuration: StackConfiguration) throws -> Result {
    let classes = configuration.classes
    let rows = labelled.withClass
    guard !rows.isEmpty else { throw EnsembleError.division("no utterance has a label that is one of the classes") }
    let truth = rows.map { row in row.label.consensus.emotion.flatMap { classes.firstIndex(of: $0) } ?? 0 }
    let chosen = try subset(truth, classes)
    let features = try inputs.features(settings.scale, configuration.models, of: chosen.map { rows[$0].place })
    let targets = chosen.map { truth[$0] }
    let (forests, heldOut, order) = try grow(features, targets, classes)
    var configuration = configuration
    configuration.parts = forests.count
    return Result(
      stack: Stack(configuration: configuration, forests: forests), labelledCount: rows.count,
      perClass: Self.counts(targets, classes), heldOut: heldOut,
      heldOutFiles: order.map { rows[chosen[$0]].label.fileName })
  }

  private func subset(_ truth: [Int], _ classes: [EmotionClass]) throws(EnsembleError) -> [Int] {
    let perClass: Int?
    switch settings.subset {
    case .all: return Array(truth.indices)
    case .rarest: perClass = nil
    case .perClass(let count): perClass = count
    }
    var generator = generator(.subset)
    return try Division.balanced(truth, classCount: classes.count, perClass: perClass, &generator) {
      classes[$0].rawValue
    }
  }

  private func grow(
    _ features: FeatureMatrix, _ targets: [Int], _ classes: [EmotionClass]
  ) throws -> (forests: [RandomForest], heldOut: HeldOutScores?, order: [Int]) {
    guard settings.folds > 1 else {
      return ([try forest(features, targets, Array(targets.indices), 0, classes.count)], nil, [])
    }
    var generator = generator(.folds)
    let folds = try Division.stratified(targets, classCount: classes.count, folds: settings.folds, &generator) {
      classes[$0].rawValue
    }
    var forests: [RandomForest] = []
    var probabilities: [[Double]] = []
    var order: [Int] = []
    for fold in 0..<settings.folds {
      let grown = try forest(features, targets, folds.indices.filter { folds[$0] != fold }, fold, classes.count)
      let rest = folds.indices.filter { folds[$0] == fold }
      let told = try grown.probabilities(of: features.rows(rest), threads: threads)
      for (row, place) in rest.enumerated() {
        probabilities.append(Array(told[row * classes.count..<(row + 1) * classes.count]))
        order.append(place)
      }
      forests.append(grown)
    }
    return (forests, try HeldOutScores(probabilities, order.map { targets[$0] }), order)
  }

  private func forest(
    _ features: FeatureMatrix, _ targets: [Int], _ rows: [Int], _ fold: Int, _ classCount: Int
  ) throws -> RandomForest {
    let chosen = features.rows(rows)
    let labels = rows.map { targets[$0] }
    let seed = seed(.forest, fold)
    var name: String?
    if let finished {
      var digest = FinishedParts.Digest()
      try digest.add(settings.forest)
      try digest.add(seed)
      digest.add([classCount, chosen.columnCount])
      digest.add(chosen.values)
      digest.add(labels)
      name = digest.name
      if let found = try finished.find(digest.name, Int.self) {
        report(.forest(fold + 1, of: settings.folds, wasFinished: true))
        return try RandomForest(found.file, "", columnCount: chosen.columnCount, classCount: classCount)
      }
    }
    let grown = try RandomForest(
      chosen, labels: labels, classCount: classCount, settings: settings.forest, seed: seed, threads: threads)
    if let finished, let name { try finished.keep(name, grown.tensors(""), note: fold) }
    report(.forest(fold + 1, of: settings.folds, wasFinished: false))
    return grown
  }
}
