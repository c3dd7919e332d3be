import Basics
import Emotion

extension FittingJob {
  /// Trains meta-classifiers, one or several for each fold that is held out, and brings those of a fold together.
  func classifiers(
    _ labelled: LabelledUtterances, _ configuration: StackConfiguration, _ heldOut: StackHeldOut?
  ) throws -> Result {
    var configuration = configuration
    let classes = configuration.classes
    let rows = labelled.rows.filter { row in
      row.label.consensus.emotion != nil || MetaData.shares(row.label, classes) != nil
    }
    if settings.meta.usesAttributes { configuration.attributes = try ratedAttributes(configuration, rows) }
    let all = MetaData(
      try inputs.features(settings.scale, configuration.models, of: rows.map(\.place)), rows.map(\.label),
      classes: classes, attributes: configuration.attributes, settings.meta)
    let sides = try sides(all, rows, classes, heldOut, configuration)
    var classifiers: [MetaClassifier] = []
    var runs: [MetaRun] = []
    for (fold, side) in sides.enumerated() {
      let trained = try train(fold, side.train, side.held)
      classifiers.append(trained.classifier)
      runs += trained.runs
    }
    configuration.parts = classifiers.count
    let labels = all.labels.compactMap(\.self)
    return Result(
      stack: Stack(configuration: configuration, classifiers: classifiers), labelledCount: labels.count,
      perClass: Self.counts(labels, classes), withoutConsensus: all.count - labels.count,
      heldOut: try scores(zip(sides, classifiers).map { ($0.held, $1) }),
      heldOutFiles: sides.flatMap(\.heldFiles), runs: runs)
  }

  /// The attributes that some utterance is rated in. Throws where they can't be used.
  private func ratedAttributes(
    _ configuration: StackConfiguration, _ rows: [(place: Int, label: StackLabels.Row)]
  ) throws(EnsembleError) -> [Attribute] {
    guard configuration.models.contains(where: { !$0.attributes.isEmpty }) else {
      throw .models("attributes are asked for, but no model has an attribute for every utterance")
    }
    let rated = Attribute.allCases.filter { attribute in rows.contains { $0.label.attributes[attribute] != nil } }
    guard !rated.isEmpty else { throw .models("attributes are asked for, but the labels have no ratings of any") }
    return rated
  }

  private typealias Side = (train: MetaData, held: MetaData, heldFiles: [String])

  /// What is trained on and what is held out, for each fold.
  private func sides(
    _ all: MetaData, _ rows: [(place: Int, label: StackLabels.Row)], _ classes: [EmotionClass],
    _ heldOut: StackHeldOut?, _ configuration: StackConfiguration
  ) throws -> [Side] {
    if let heldOut {
      guard settings.folds == 1 else {
        throw EnsembleError.setting(
          name: "the number of folds", value: "\(settings.folds)", allowed: "1 where utterances are held out by files")
      }
      // Their names are known from the files.
      let side: Side = (all, try heldData(heldOut, classes, configuration), [String]())
      try check(side, classes)
      return [side]
    }
    let folds = try folds(all, rows)
    let count = settings.folds == 1 ? 1 : settings.folds
    return try (0..<count).map { fold in
      let held = folds.indices.filter { folds[$0] == fold && all.labels[$0] != nil }
      let side: Side = (
        MetaData(all, folds.indices.filter { folds[$0] != fold }), MetaData(all, held),
        held.map { rows[$0].label.fileName }
      )
      try check(side, classes)
      return side
    }
  }

  private func heldData(
    _ heldOut: StackHeldOut, _ classes: [EmotionClass], _ configuration: StackConfiguration
  ) throws -> MetaData {
    let stack = Stack(configuration: configuration)
    let held = try StackInputs(stack.ordered(heldOut.models))
    let rows = try LabelledUtterances(held, heldOut.labels).withClass
    if let foreign = rows.first(where: { row in row.label.consensus.emotion.map { !classes.contains($0) } ?? false }) {
      throw EnsembleError.selection(
        "'\(foreign.label.fileName)' is held out and of a class that nothing the stack is fitted on has")
    }
    return MetaData(
      try held.features(settings.scale, configuration.models, of: rows.map(\.place)), rows.map(\.label),
      classes: classes, attributes: configuration.attributes, settings.meta)
  }

  private func check(_ side: Side, _ classes: [EmotionClass]) throws(EnsembleError) {
    let present = Set(side.train.labels.compactMap(\.self))
    guard present.count >= 2 else {
      let names = present.map { classes[$0].rawValue }.joined(separator: ", ")
      throw .division(
        "what is left to train on has \(present.isEmpty ? "no class" : "the class \(names) alone"); two classes are the "
          + "least")
    }
    guard side.held.labels.contains(where: { $0 != nil }) else {
      throw .division(
        "nothing with a class is held out to select on; more utterances, or a larger share, are called for")
    }
  }

  /// A fold for each utterance; -1 for those that are always trained on. Where all have groups, no group is in two folds.
  private func folds(
    _ all: MetaData, _ rows: [(place: Int, label: StackLabels.Row)]
  ) throws(EnsembleError) -> [Int] {
    let labelled = all.labels.indices.filter { all.labels[$0] != nil }
    let labels = labelled.compactMap { all.labels[$0] }
    let groups = labelled.compactMap { rows[$0].label.group }
    let wanted = settings.folds == 1 ? Int((1 / settings.meta.heldOutShare).rounded()) : settings.folds
    var generator = generator(.division)
    var assigned = [Int](repeating: -1, count: all.count)
    let distinct = Set(groups).count
    guard groups.count == labelled.count, distinct > 1 else {
      guard labelled.count >= wanted else {
        throw .division("\(labelled.count) utterances have a class, too few for \(wanted) folds")
      }
      let folds = Division.dealt(labels, classCount: all.classCount, folds: wanted, &generator)
      for (row, fold) in zip(labelled, folds) { assigned[row] = fold }
      return assigned
    }
    guard settings.folds == 1 || distinct >= wanted else {
      throw .division("there are \(distinct) speakers, too few for \(wanted) folds that share none")
    }
    let pairs = zip(labels, groups).map { (label: $0, group: $1) }
    let count = min(wanted, distinct)
    var folds = Division.grouped(pairs, classCount: all.classCount, folds: count, &generator)
    if settings.folds == 1 {
      // Of folds that a few large speakers make uneven, the one that is most like a fair share is held out.
      let held = Division.fairest(folds, of: pairs, classCount: all.classCount, folds: count)
      folds = folds.mapValues { $0 == held ? 0 : $0 == 0 ? held : $0 }
    }
    // The utterances without consensus stay with their speakers.
    for row in assigned.indices { assigned[row] = rows[row].label.group.flatMap { folds[$0] } ?? -1 }
    return assigned
  }

  /// What a fold's runs come to together.
  private func train(
    _ fold: Int, _ data: MetaData, _ held: MetaData
  ) throws -> (classifier: MetaClassifier, runs: [MetaRun]) {
    let count = settings.method == .meta ? 1 : settings.meta.runs
    var trained: [(classifier: MetaClassifier, run: MetaRun)] = []
    for run in 0..<count { trained.append(try self.run(run, of: count, fold, data, held)) }
    var runs = trained.map(\.run)
    let classifier: MetaClassifier
    switch settings.method {
    case .soup:
      classifier = try MetaClassifier.soup(trained.map(\.classifier))
      for i in runs.indices { runs[i].isIngredient = true }
    case .greedySoup:
      let candidates = trained.map {
        ($0.classifier, BalancedScore(macroF1: $0.run.balancedMacroF1, logLoss: $0.run.logLoss))
      }
      let soup = try GreedySoup(candidates, by: settings.meta.selection) { try score($0, held) }
      classifier = soup.classifier
      for i in soup.ingredients { runs[i].isIngredient = true }
    default:
      classifier = trained[0].classifier
      runs[0].isIngredient = true
    }
    return (classifier, runs)
  }

  private func score(_ classifier: MetaClassifier, _ held: MetaData) throws(EnsembleError) -> BalancedScore {
    BalancedScore(
      probabilities: try classifier.outputs(of: held.features, threads: threads).probabilities, labels: held.labels,
      targets: held.targets, classCount: held.classCount)
  }

  /// One run, trained or found finished.
  private func run(
    _ run: Int, of count: Int, _ fold: Int, _ data: MetaData, _ held: MetaData
  ) throws -> (classifier: MetaClassifier, run: MetaRun) {
    let seed = seed(.run, fold, run)
    var name: String?
    if let finished {
      var digest = FinishedParts.Digest()
      var settings = settings.meta
      // What decides how many there are does not decide what one is.
      (settings.runs, settings.heldOutShare) = (0, 0)
      try digest.add(settings)
      try digest.add(seed)
      digest.add(data)
      digest.add(held)
      name = digest.name
      if let found = try finished.find(digest.name, MetaRun.self) {
        let classifier = try MetaClassifier(
          found.file, "", widths: widths(data), classCount: data.classCount, attributeCount: data.attributeCount)
        report(.run(found.note, wasFinished: true))
        return (classifier, found.note)
      }
    }
    let outcome = try MetaTraining(data: data, held: held, settings: settings.meta).run(seed: seed) { epoch, score in
      report(.epoch(epoch, run: run + 1, of: count, balancedMacroF1: score.macroF1))
    }
    let record = MetaRun(
      fold: fold, run: run, epochs: outcome.epochs, bestEpoch: outcome.bestEpoch,
      balancedMacroF1: outcome.score.macroF1, logLoss: outcome.score.logLoss, isIngredient: false)
    if let finished, let name { try finished.keep(name, outcome.classifier.tensors(""), note: record) }
    report(.run(record, wasFinished: false))
    return (outcome.classifier, record)
  }

  private func widths(_ data: MetaData) -> [Int] {
    MetaTraining.widths(
      settings.meta, features: data.features.columnCount, outputs: data.classCount + data.attributeCount)
  }

  /// How each fold's classifier does on what it did not see, all folds together.
  private func scores(_ folds: [(held: MetaData, classifier: MetaClassifier)]) throws -> HeldOutScores {
    var probabilities: [[Double]] = []
    var labels: [Int] = []
    for (held, classifier) in folds {
      let told = try classifier.outputs(of: held.features, threads: threads).probabilities
      for (row, label) in held.labels.enumerated() {
        guard let label else { continue }
        probabilities.append(Array(told[row * held.classCount..<(row + 1) * held.classCount]))
        labels.append(label)
      }
    }
    return try HeldOutScores(probabilities, labels)
  }
}
