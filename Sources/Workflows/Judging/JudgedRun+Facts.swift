import Basics
import Emotion
import Evaluation
import Foundation
import Recognition

/// What a run's folder says of how it was made.
extension JudgedRun {
  /// What the corpus is called, as far as it is known.
  var corpusName: String? {
    record.map { URL(filePath: $0.corpus).lastPathComponent } ?? corpus?.lastPathComponent
  }

  /// What was evaluated, in words.
  var evaluatedOn: String {
    let speakers = Set(clips.columns["SpkrID"] ?? []).subtracting([""]).count
    return "\(split == "folds" ? "All folds' test clips" : split): \(clips.count) clips"
      + (speakers > 0 ? " of \(speakers) speakers." : ".")
  }

  /// The epochs; none for a file, or a run that left no `metrics.jsonl`.
  func history() throws -> [TrainingRecord] {
    try existing("metrics.jsonl").map { try TrainingRecord.read(from: $0) } ?? []
  }

  /// The models of a system with their epochs, by name; none for one model's run.
  func models() throws -> [RunReport.Model] {
    guard let models = folder?.appending(path: "models"),
      let names = try? FileManager.default.contentsOfDirectory(atPath: models.path)
    else { return [] }
    return try names.sorted().compactMap { name in
      let file = models.appending(path: "\(name)/metrics.jsonl")
      guard FileManager.default.fileExists(atPath: file.path) else { return nil }
      return .init(name: name, history: try TrainingRecord.read(from: file))
    }
  }

  /// What a run was made by: one model's recipe, or that of a system of many.
  private enum Made {
    case model(Recipe)
    case system(SystemRecipe)
  }

  /// The recipe as it was resolved.
  private func made() throws -> Made? {
    try existing("recipe.yaml").map { file in
      let isSystem = SystemRecipe.describes(try Recipe.tree(yaml: Recipe.text(of: file), source: file.path))
      return isSystem
        ? .system(try SystemRecipe(contentsOf: file)) : .model(try Recipe(contentsOf: file))
    }
  }

  private func bundle() throws -> BundleConfiguration? {
    guard let folder, existing("bundle/config.json") != nil else { return nil }
    return try ModelBundle.configuration(in: folder.appending(path: "bundle"))
  }

  /// The calibration that the bundle carries, where it corrects anything or makes sets.
  func calibration() throws -> Calibration? {
    guard let found = try bundle()?.calibration else { return nil }
    return found.method == nil && found.priorShift == nil && found.conformal == nil ? nil : found
  }

  /// The system in a few words: its streams, or how many models it has.
  func system() throws -> String {
    switch try made() {
    case nil: "A system"
    case .model(let recipe)?: recipe.streams.map(\.encoder).joined(separator: " and ")
    case .system(let system)?: "\(system.name), \(system.models.count) models,"
    }
  }

  private func existing(_ path: String) -> URL? {
    guard let url = folder?.appending(path: path), FileManager.default.fileExists(atPath: url.path) else { return nil }
    return url
  }

  /// What was run on what.
  func facts() throws -> [RunReport.Fact] {
    var facts: [RunReport.Fact] = []
    if let corpusName { facts.append(.init("Corpus", corpusName)) }
    switch try made() {
    case nil: break
    case .system(let system)?:
      facts.append(.init("Models", "\(system.models.count): \(system.models.map(\.id).joined(separator: ", "))"))
      let encoders = Set(system.models.flatMap { $0.recipe.streams.map(\.encoder) })
      facts.append(.init("Streams", encoders.sorted().joined(separator: ", ")))
      if let final = system.final { facts.append(.init("Predictions", "of \(final)")) }
    case .model(let recipe)?:
      facts.append(.init("Network", "\(recipe.model.kind), width \(recipe.model.width)"))
      facts.append(.init("Streams", recipe.streams.map(\.encoder).joined(separator: ", ")))
      facts.append(.init("Seed", "\(recipe.training.seed)"))
    }
    if let bundle = try bundle() {
      facts.append(.init("Classes", bundle.classes.map(\.rawValue).joined(separator: ", ")))
      facts.append(.init("Calibration", bundle.calibration?.method?.name ?? "none"))
    }
    if let record {
      for split in record.clips.keys.sorted() {
        facts.append(
          .init("\(split) clips", "\(record.clips[split] ?? 0) of \(record.speakers[split] ?? 0) speakers"))
      }
      if record.leftOut > 0 { facts.append(.init("Clips left out", "\(record.leftOut)")) }
      if record.parameters > 0 { facts.append(.init("Trained numbers", "\(record.parameters)")) }
      facts.append(.init("Time", spoken(seconds: record.seconds)))
      facts.append(.init("System", record.system))
    }
    let epochs = try history().count
    if epochs > 0 { facts.append(.init("Epochs", "\(epochs)")) }
    return facts
  }

  /// The recipe's settings by their path, such as `training.stages.0.epochs`; empty without a recipe.
  func settings() throws -> [String: String] {
    var found: [String: String] = [:]
    func add(_ value: Any, _ path: String) {
      switch value {
      case let object as [String: Any]:
        for (key, value) in object { add(value, path.isEmpty ? key : "\(path).\(key)") }
      case let list as [Any]:
        for (place, value) in list.enumerated() { add(value, "\(path).\(place)") }
      default: found[path] = "\(value)"
      }
    }
    switch try made() {
    case nil: break
    case .system(let system)?:
      for (path, value) in system.tree.leaves() { found[path.joined(separator: ".")] = value.brief }
    case .model(let recipe)?:
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      add(try JSONSerialization.jsonObject(with: encoder.encode(recipe)), "")
    }
    return found
  }
}
