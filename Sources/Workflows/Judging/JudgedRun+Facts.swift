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

  /// The recipe as it was resolved.
  func recipe() throws -> Recipe? {
    guard let url = existing("recipe.yaml") else { return nil }
    let tree = try Recipe.tree(yaml: Recipe.text(of: url), source: url.path)
    // A system's is a recipe of many models, none of which is the run's.
    return SystemRecipe.describes(tree) ? nil : try Recipe(tree, source: url.path)
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

  /// The system in a few words: its streams.
  func system() throws -> String {
    try recipe()?.streams.map(\.encoder).joined(separator: " and ") ?? "A system"
  }

  private func existing(_ path: String) -> URL? {
    guard let url = folder?.appending(path: path), FileManager.default.fileExists(atPath: url.path) else { return nil }
    return url
  }

  /// What was run on what.
  func facts() throws -> [RunReport.Fact] {
    var facts: [RunReport.Fact] = []
    if let corpusName { facts.append(.init("Corpus", corpusName)) }
    if let recipe = try recipe() {
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
    guard let recipe = try recipe() else { return [:] }
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
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    add(try JSONSerialization.jsonObject(with: encoder.encode(recipe)), "")
    return found
  }
}
