import Basics
import Corpora
import Emotion
import Ensemble
import Evaluation
import Foundation
import Recognition

/// Brings the trained models of a system together, and makes its tables.
struct SystemStacking {
  private let recipe: SystemRecipe
  private let corpus: Corpus
  private let output: URL
  private let report: (Notice) -> Void
  private let teach: (SystemRecipe.Model, Teacher) throws -> Void

  /// - Parameter teach: trains a student with its teacher
  init(
    _ recipe: SystemRecipe, corpus: Corpus, output: URL, report: @escaping (Notice) -> Void,
    teach: @escaping (SystemRecipe.Model, Teacher) throws -> Void
  ) {
    (self.recipe, self.corpus, self.output, self.report) = (recipe, corpus, output, report)
    self.teach = teach
  }

  /// The splits that stacks and tables are about.
  private var splits: [Split] { Split.allCases.filter { split in split != .train && !corpus[split].isEmpty } }

  func run(since start: Date) throws -> CommandResult {
    var table = SystemTable(system: recipe.name, corpus: corpus.folder.lastPathComponent, notes: recipe.notes)
    for model in recipe.models { try add(model, to: &table) }
    for stack in recipe.stacks {
      let (fitted, found) = try fit(stack)
      if let student = recipe.student, student.teacher == stack.id {
        try teach(student.model, teacher(fitted, stack, student.model))
        try add(student.model, to: &table)
      }
      for (split, scores) in found {
        table.add(
          .init(
            kind: .stack, id: stack.id, group: stack.id, streams: [], design: stack.method, split: split.rawValue,
            scores: scores, published: stack.published))
      }
    }
    try AtomicFile.write(table.csv, to: output.appending(path: "tables/models.csv"))
    var lines = [table.text]
    if let final = recipe.final { lines += try finish(final, since: start) }
    try AtomicFile.write(table.text, to: output.appending(path: "tables/models.txt"))
    lines.append("tables: \(output.appending(path: "tables").path)")
    return try CommandResult(text: lines.joined(separator: "\n"), json: table)
  }

  private func add(_ model: SystemRecipe.Model, to table: inout SystemTable) throws {
    let folder = SystemRun.folder(of: model, in: output)
    for split in splits {
      guard let scores = try scores(folder, split) else { continue }
      table.add(
        .init(
          kind: .model, id: model.id, group: model.group, streams: model.streams, design: model.design,
          split: split.rawValue, scores: scores, published: model.published))
    }
  }

  /// What a stack says of each version of the training clips.
  private func teacher(_ stack: Stack, _ row: StackRecipe, _ student: SystemRecipe.Model) throws -> Teacher {
    let members = members(of: row)
    return Teacher(
      try (0...student.recipe.augmentation.copies).map { version in
        try stack.predictions(members.map { try files($0, TrainingRun.scoresName(version: version)) })
      })
  }

  private func members(of stack: StackRecipe) -> [SystemRecipe.Model] {
    stack.models.isEmpty ? recipe.models : recipe.models.filter { stack.models.contains($0.id) }
  }

  /// What a folder's predictions of a split come to; nil where it has none, or the split no labels.
  private func scores(_ folder: URL, _ split: Split) throws -> SystemTable.Scores? {
    let file = folder.appending(path: "predictions/\(split.rawValue).csv")
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    let predictions = try Predictions(contentsOf: file)
    let predicted = Set(predictions.rows.map(\.fileName))
    let utterances = corpus[split].filter { predicted.contains($0.fileName) }
    guard utterances.contains(where: { $0.consensus.emotion != nil }) else { return nil }
    return try SystemTable.Scores(predictions, ReferenceLabels(utterances))
  }

  // MARK: stacks

  private func files(_ model: SystemRecipe.Model, _ split: Split, _ stack: StackRecipe) throws -> ModelScores {
    try files(model, split.rawValue, embeddings: stack.embeddings)
  }

  private func files(_ model: SystemRecipe.Model, _ name: String, embeddings: Bool = false) throws -> ModelScores {
    let file = SystemRun.folder(of: model, in: output).appending(path: "scores/\(name).csv")
    return try ModelScores(name: model.id, files: [ScoreFile(contentsOf: file, embeddings: embeddings)])
  }

  private func labels(_ models: [ModelScores], _ rule: (Utterance) -> Distribution?) throws -> StackLabels {
    let names = Set(models.first?.table.fileNames ?? [])
    return try StackLabels(
      rows: corpus.utterances.filter { names.contains($0.fileName) }.map {
        StackLabels.Row(
          fileName: $0.fileName, consensus: $0.consensus, target: rule($0), attributes: $0.attributes, group: $0.speaker
        )
      })
  }

  /// Fits a stack and writes what it says of each split.
  private func fit(_ stack: StackRecipe) throws -> (Stack, [(Split, SystemTable.Scores)]) {
    let folder = output.appending(path: "stacks/\(stack.id)")
    let members = members(of: stack)
    let inputs = try stack.inputs("")
    // The targets of the first model's training: all of a system share them, but for ablations.
    let rule = try members.first?.recipe.voteRule()
    let target = { (utterance: Utterance) in
      rule.flatMap { Distribution(of: utterance.ratings, consensus: utterance.consensus, rule: $0) }
    }
    let fitted: [ModelScores]
    switch inputs {
    case .inSample: fitted = try members.map { try files($0, .train, stack) }
    case .heldOut: fitted = try members.map { try files($0, .development, stack) }
    case .outOfFold:
      fitted = try members.map { model in
        try ModelScores(
          name: model.id,
          files: (0..<recipe.folds.count).map { fold in
            try ScoreFile(
              contentsOf: SystemRun.folder(of: model, fold: fold, in: output).appending(path: "scores/Test1.csv"),
              embeddings: stack.embeddings)
          })
      }
    }
    // Nothing is chosen on what networks were trained on: in-sample scores need other clips to choose by.
    var heldOut: StackHeldOut?
    if inputs == .inSample {
      let models = try members.map { try files($0, .development, stack) }
      heldOut = StackHeldOut(models: models, labels: try labels(models, target))
    }
    report(.line("stack \(stack.id): \(stack.method) of \(members.count) models, \(stack.inputs)"))
    let fit = try Stack.fit(
      fitted, labels: labels(fitted, target), settings: stack.settings(), heldOut: heldOut,
      finished: output.appending(path: "stacks/parts"))
    try fit.stack.write(to: folder.appending(path: "stack.safetensors"))
    var found: [(Split, SystemTable.Scores)] = []
    for split in splits {
      let predictions = try fit.stack.predictions(members.map { try files($0, split, stack) })
      try predictions.write(to: folder.appending(path: "predictions/\(split.rawValue).csv"))
      // A stack knows the clips that it was fitted on.
      if inputs == .heldOut, split == .development { continue }
      if let scores = try scores(folder, split) { found.append((split, scores)) }
    }
    return (fit.stack, found)
  }

  // MARK: the system's own predictions

  /// Makes a stack's or a model's predictions the system's, with all that `affect report` and the challenge need.
  private func finish(_ final: String, since start: Date) throws -> [String] {
    let isStack = recipe.stacks.contains { $0.id == final }
    let folder = output.appending(path: "\(isStack ? "stacks" : "models")/\(final)")
    var lines: [String] = []
    var names: Set<String> = []
    for split in splits {
      let predictions = try Predictions(contentsOf: folder.appending(path: "predictions/\(split.rawValue).csv"))
      let predicted = Set(predictions.rows.map(\.fileName))
      names.formUnion(predicted)
      let file = output.appending(path: "predictions/\(split.rawValue).csv")
      try predictions.write(to: file)
      lines.append("predictions of \(final): \(file.path)")
      guard split.isTest else { continue }
      let place = output.appending(path: "submission/\(split.rawValue).csv")
      let submission = try Submission(.categorical, of: PredictionColumns(predictions))
      let lacking = corpus[split].map(\.fileName).filter { !predicted.contains($0) }
      guard lacking.isEmpty else {
        lines.append(
          "no submission of \(split.rawValue): \(lacking.count) of its clips could not be used, such as \(lacking[0])")
        continue
      }
      _ = try Submission.check(
        csv: submission.csv, expecting: corpus[split].map(\.fileName), source: place.lastPathComponent)
      try AtomicFile.write(submission.csv, to: place)
      lines.append("submission: \(place.path)")
    }
    let usable = corpus.utterances.filter { $0.split == .train || names.contains($0.fileName) }
    try LabelColumns(usable.filter { $0.split != .train }, source: "labels.csv")
      .write(to: output.appending(path: "labels.csv"))
    try RunRecord(
      corpus: corpus, usable: usable, leftOut: corpus.utterances.count - usable.count, parameters: 0,
      seconds: Date().timeIntervalSince(start)
    ).write(output)
    guard !isStack else { return lines }
    let bundle = output.appending(path: "bundle")
    try ModelBundle(contentsOf: folder.appending(path: "bundle")).write(to: bundle)
    lines.append("bundle of \(final): \(bundle.path)")
    guard recipe.calibration != "none" else { return lines }
    var options = CalibrateCommand.Options(run: output)
    options.method = recipe.calibration
    return lines + [try CalibrateCommand(options).run().text]
  }
}
