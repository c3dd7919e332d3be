import Ensemble
import Foundation

extension SystemRecipe {
  /// Looks at every name and number beside the models' recipes. Throws `RecipeError` with the first that can't be.
  func validate() throws {
    func require(_ condition: Bool, _ key: String, _ problem: String) throws {
      guard condition else { throw RecipeError.value(key: key, problem: problem) }
    }
    try require(!name.isEmpty, "system", "a name is expected")
    try require(!models.isEmpty, "models", "at least one model is expected")
    var seen: Set<String> = []
    for id in models.map(\.id) + stacks.map(\.id) + (student.map { [$0.model.id] } ?? []) {
      try require(Self.isName(id), "id", "'\(id)' can't name a folder; letters, digits, '-', '_' and '.' can")
      try require(seen.insert(id).inserted, "id", "'\(id)' is there twice")
    }
    _ = try Recipe.choice(folds.by, ["speakers": 0, "clips": 0], "folds.by")
    try require(folds.count >= 2, "folds.count", "2 or more are expected")
    for (number, stack) in stacks.enumerated() { try validate(stack, "stacks.\(number).") }
    if let student {
      try require(
        stacks.contains { $0.id == student.teacher }, "student.teacher",
        "there is no stack '\(student.teacher)'; there are \(stacks.map(\.id).joined(separator: ", "))")
      try require(
        student.model.recipe.targets.teacherShare > 0, "student.set",
        "targets.teacher_share says how much of its targets a student takes from its teacher; a share above 0 is expected"
      )
      // Each version of a clip that the student hears, the teacher's models must have heard.
      let kept = stacks.first { $0.id == student.teacher }?.models ?? []
      for model in models where kept.isEmpty || kept.contains(model.id) {
        try require(
          model.recipe.augmentation == student.model.recipe.augmentation, "student.set",
          "the student's augmentation must be that of its teacher's model '\(model.id)'")
      }
    }
    for model in models {
      try require(
        model.recipe.targets.teacherShare == 0, "base.targets.teacher_share",
        "the model '\(model.id)' has no teacher; the system's student has")
    }
    _ = try Recipe.choice(
      calibration, ["none": 0, "temperature": 0, "vector": 0, "isotonic": 0], "calibration")
    try require(
      calibration == "none" || (final.map { id in !stacks.contains { $0.id == id } } ?? false), "calibration",
      "a model's or the student's bundle can be calibrated, so that 'final' must name one")
    if let final {
      try require(
        seen.contains(final), "final",
        "there is no stack or model '\(final)'; there are \(seen.sorted().joined(separator: ", "))")
    }
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && !text.hasPrefix(".")
      && text.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || "-_.".unicodeScalars.contains($0)
      }
  }

  private func validate(_ stack: StackRecipe, _ key: String) throws {
    let ids = models.map(\.id)
    for (number, id) in stack.models.enumerated() where !ids.contains(id) {
      throw RecipeError.value(
        key: "\(key)models.\(number)", problem: "there is no model '\(id)'; there are \(ids.joined(separator: ", "))")
    }
    guard Set(stack.models).count == stack.models.count else {
      throw RecipeError.value(key: key + "models", problem: "each model may be there once")
    }
    let count = stack.models.isEmpty ? ids.count : stack.models.count
    guard (0...count).contains(stack.top) else {
      throw RecipeError.value(key: key + "top", problem: "\(stack.top) of \(count) models can't be kept")
    }
    _ = try stack.settings(key)
  }
}

extension StackRecipe {
  private static let scales: [String: ScoreScale] = [
    "logits": .asIs, "probabilities": .probabilities, "log-probabilities": .logProbabilities,
  ]

  /// Which scores it is fitted on.
  func inputs(_ key: String) throws -> Inputs { try Recipe.choice(inputs, Recipe.named(Inputs.self), key + "inputs") }

  /// What the stack is fitted with. Throws `RecipeError` with the first value that can't be.
  func settings(_ key: String = "") throws -> StackSettings {
    func require(_ condition: Bool, _ name: String, _ problem: String) throws {
      guard condition else { throw RecipeError.value(key: key + name, problem: problem) }
    }
    for (name, value, least) in [
      ("per_class", perClass, 0), ("folds", folds, 0), ("trees", trees, 1), ("depth", depth, 0),
      ("min_leaf", minLeaf, 1), ("min_split", minSplit, 2), ("runs", runs, 1), ("batch_size", batchSize, 1),
      ("epochs", epochs, 1), ("patience", patience, 1),
    ] {
      try require(value >= least, name, "\(least) or more is expected")
    }
    try require(learningRate > 0, "learning_rate", "a positive number is expected")
    try require((0...1000).contains(noConsensusShare), "no_consensus_share", "a share of 0 or more is expected")
    try require(hiddenWidths.allSatisfy { $0 > 0 }, "hidden_widths", "positive numbers are expected")
    var settings = StackSettings(try Recipe.choice(method, Recipe.named(StackMethod.self), key + "method"))
    settings.scale = try Recipe.choice(scores, Self.scales, key + "scores")
    settings.isOutOfFold = try inputs(key) != .inSample
    settings.decision = try Recipe.choice(decision, Recipe.named(StackDecision.self), key + "decision")
    try require(
      settings.decision == .mostProbable || settings.method == .soft
        || (settings.method != .majority && !settings.isOutOfFold), "decision",
      "factors are found for soft votes, and for forests and meta-classifiers that are fitted on in-sample scores")
    settings.seed = seed
    settings.subset = perClass == 0 ? .rarest : .perClass(perClass)
    if folds > 0 { settings.folds = folds }
    settings.forest.trees = trees
    settings.forest.depth = depth == 0 ? nil : depth
    settings.forest.minLeaf = minLeaf
    settings.forest.minSplit = minSplit
    settings.topModels = top == 0 ? nil : top
    settings.meta.runs = runs
    settings.meta.batchSize = batchSize
    settings.meta.learningRate = learningRate
    settings.meta.epochs = epochs
    settings.meta.patience = patience
    settings.meta.noConsensusShare = noConsensusShare
    settings.meta.usesAttributes = attributes
    settings.meta.usesEmbeddings = embeddings
    settings.meta.hiddenWidths = hiddenWidths
    return settings
  }
}
