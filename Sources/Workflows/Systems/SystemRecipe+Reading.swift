import Emotion
import Ensemble
public import Foundation

extension SystemRecipe {
  /// Whether a file's values are a system's and not one model's.
  static func describes(_ tree: Tree) -> Bool { tree["models"] != nil || tree["system"] != nil }

  /// Reads a system's text; `source` stands for the file in errors.
  public init(yaml: String, source: String = "recipe", settings: [String] = []) throws {
    try self.init(Recipe.tree(yaml: yaml, source: source), source: source, settings: settings)
  }

  /// Reads a system's file. Throws `RecipeError` that names the key.
  public init(contentsOf url: URL, settings: [String] = []) throws {
    try self.init(yaml: Recipe.text(of: url), source: url.path, settings: settings)
  }

  /// A row of `models` as the file has it, without what it changes.
  private struct Row: Codable {
    var id = ""
    var streams: [String] = []
    var design = ""
    var seed: UInt64 = 1
    var seeds: [UInt64] = []
    var published = PublishedScores()
  }

  /// What the file says beside encoders, the shared recipe and its changes, which are laid over recipes as they are.
  private struct Rest: Codable {
    var system = ""
    var notes: [String] = []
    var folds = Folds()
    var models: [Row] = []
    var stacks: [StackRecipe] = []
    var calibration = "none"
    var final = ""
  }

  private static let free = ["encoders", "stream", "base", "designs", "student"]

  init(_ file: Tree, source: String, settings: [String]) throws {
    var tree = try Self.nested(file)
    for setting in settings { try tree.apply(setting) }
    guard case .group(var group) = tree else {
      throw RecipeError.file(path: source, problem: "keys and values are expected, such as 'system: mine'")
    }
    for key in Self.free { group[key] = nil }
    var changes: [[(path: [String], value: Tree)]] = []
    if case .list(let rows)? = group["models"] {
      group["models"] = .list(
        rows.map { row in
          changes.append(row["set"].map { Self.changes($0) } ?? [])
          guard case .group(var rest) = row else { return row }
          rest["set"] = nil
          return .group(rest)
        })
    }
    let known = (try Tree(encoding: Rest())).keys + Self.free
    if let unknown = group.keys.sorted().first(where: { !known.contains($0) }) {
      throw RecipeError.unknownKey(unknown, known: known.sorted())
    }
    var row = try Tree(encoding: Row())
    row["published"] = PublishedScores.prototype
    var stack = try Tree(encoding: StackRecipe())
    stack["published"] = PublishedScores.prototype
    let whole = try Tree(encoding: Rest()).merged(with: .group(group), prototypes: ["models": row, "stacks": stack])
    let rest: Rest
    do {
      rest = try Rest(from: TreeDecoder(tree: whole))
    } catch let problem as TypeProblem {
      throw RecipeError.file(path: source, problem: problem.description)
    }
    let encoders = try Self.encoders(tree)
    let designs = try Self.designs(tree)
    models = try zip(rest.models, changes).enumerated().flatMap { number, pair in
      try Self.models(pair.0, pair.1, "models.\(number)", tree["base"] ?? .group([:]), encoders, designs, source)
    }
    student = try Self.student(tree["student"], row, tree["base"] ?? .group([:]), encoders, designs, source)
    calibration = rest.calibration
    name = rest.system
    notes = rest.notes
    folds = rest.folds
    stacks = rest.stacks
    final = rest.final.isEmpty ? nil : rest.final
    self.tree = tree
    try validate()
  }

  /// The values with dotted keys of `designs` and of the rows' `set` taken apart, so that `--set` finds them.
  private static func nested(_ tree: Tree) throws -> Tree {
    var tree = tree
    if case .group(let designs)? = tree["designs"] { tree["designs"] = .group(try designs.mapValues(Self.apart)) }
    if let set = tree["student"]?["set"] { tree["student"]?["set"] = try apart(set) }
    if case .list(let rows)? = tree["models"] {
      tree["models"] = .list(
        try rows.map { row in
          var row = row
          if let set = row["set"] { row["set"] = try apart(set) }
          return row
        })
    }
    return tree
  }

  private static func apart(_ tree: Tree) throws -> Tree {
    guard case .group(let group) = tree else { return tree }
    var whole = Tree.group([:])
    for (key, value) in group.sorted(by: { $0.key < $1.key }) {
      let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      try whole.set(path[...], to: value, setting: key)
    }
    return whole
  }

  /// What a group of changes says, each with its path.
  private static func changes(_ tree: Tree, _ path: [String] = []) -> [(path: [String], value: Tree)] {
    guard case .group(let group) = tree, !group.isEmpty || path.isEmpty else { return [(path, tree)] }
    return group.sorted { $0.key < $1.key }.flatMap { changes($1, path + [$0]) }
  }

  /// The stream of each encoder's name: its own settings over those that all streams share.
  private static func encoders(_ tree: Tree) throws -> [String: Tree] {
    let shared = try Tree(encoding: Recipe.Stream()).merged(
      with: tree["stream"] ?? .nothing, prototypes: [:], path: ["stream"])
    switch tree["encoders"] {
    case nil, .nothing?: return [:]
    case .group(let group)?:
      return try Dictionary(
        uniqueKeysWithValues: group.map { name, value in
          let own = if case .text = value { Tree.group(["encoder": value]) } else { value }
          return (name, try shared.merged(with: own, prototypes: [:], path: ["encoders", name]))
        })
    case let other?:
      throw RecipeError.value(key: "encoders", problem: "names with encoders are expected, not \(other.brief)")
    }
  }

  private static func designs(_ tree: Tree) throws -> [String: [(path: [String], value: Tree)]] {
    switch tree["designs"] {
    case nil, .nothing?: return [:]
    case .group(let group)?: return group.mapValues { changes($0) }
    case let other?:
      throw RecipeError.value(key: "designs", problem: "names with changes are expected, not \(other.brief)")
    }
  }

  /// The student of the key `student`: a row such as those of `models`, with the stack that it learns from.
  private static func student(
    _ tree: Tree?, _ prototype: Tree, _ base: Tree, _ encoders: [String: Tree],
    _ designs: [String: [(path: [String], value: Tree)]], _ source: String
  ) throws -> Student? {
    guard let tree, tree != .nothing else { return nil }
    guard case .group(var group) = tree else {
      throw RecipeError.value(key: "student", problem: "a group of settings is expected, not \(tree.brief)")
    }
    let own = group["set"].map { changes($0) } ?? []
    guard case .text(let teacher)? = group["teacher"] else {
      throw RecipeError.value(key: "student.teacher", problem: "the id of a stack is expected")
    }
    (group["set"], group["teacher"]) = (nil, nil)
    let whole = try prototype.merged(
      with: .group(group), prototypes: ["student.published": PublishedScores.prototype], path: ["student"])
    let row: Row
    do {
      row = try Row(from: TreeDecoder(tree: whole))
    } catch let problem as TypeProblem {
      throw RecipeError.file(path: source, problem: "student: \(problem.description)")
    }
    let made = try models(row, own, "student", base, encoders, designs, source)
    guard made.count == 1, let model = made.first else {
      throw RecipeError.value(key: "student.seeds", problem: "one student is expected; give a seed")
    }
    return Student(model: model, teacher: teacher)
  }

  /// The models of a row: one, or one for each of its seeds.
  private static func models(
    _ row: Row, _ own: [(path: [String], value: Tree)], _ key: String, _ base: Tree, _ encoders: [String: Tree],
    _ designs: [String: [(path: [String], value: Tree)]], _ source: String
  ) throws -> [Model] {
    var tree = base
    if !row.design.isEmpty {
      guard let design = designs[row.design] else {
        throw RecipeError.value(
          key: key + ".design",
          problem: "there is no design '\(row.design)'; there are \(designs.keys.sorted().joined(separator: ", "))")
      }
      for (path, value) in design {
        try tree.set(path[...], to: value, setting: "designs.\(row.design).\(path.joined(separator: "."))")
      }
    }
    for (path, value) in own {
      try tree.set(path[...], to: value, setting: "\(key).set.\(path.joined(separator: "."))")
    }
    let streams = try row.streams.enumerated().map { number, name in
      guard let stream = encoders[name] else {
        throw RecipeError.value(
          key: "\(key).streams.\(number)",
          problem: "there is no encoder '\(name)'; there are \(encoders.keys.sorted().joined(separator: ", "))")
      }
      return stream
    }
    return try (row.seeds.isEmpty ? [row.seed] : row.seeds).map { seed in
      var one = tree
      try one.set(["streams"], to: .list(streams), setting: key)
      try one.set(["training", "seed"], to: Tree(encoding: seed), setting: key)
      let id = row.seeds.isEmpty ? row.id : "\(row.id)-seed\(seed)"
      do {
        return Model(
          id: id, group: row.id, streams: row.streams, design: row.design, recipe: try Recipe(one, source: source),
          published: row.published)
      } catch let error as RecipeError {
        throw error.of("model \(id)")
      }
    }
  }
}

extension RecipeError {
  /// The same, of one model of a system.
  func of(_ model: String) -> RecipeError {
    switch self {
    case .file(let path, let problem): .file(path: path, problem: "\(model): \(problem)")
    case .unknownKey(let key, let known): .unknownKey("\(model): \(key)", known: known)
    case .value(let key, let problem): .value(key: "\(model): \(key)", problem: problem)
    case .setting: self
    }
  }
}
