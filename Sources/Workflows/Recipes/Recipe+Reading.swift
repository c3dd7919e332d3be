import Emotion
public import Foundation
import Fusion
import NN

extension Recipe {
  /// Reads a recipe, lays it over the defaults, and changes what `settings` say.
  ///
  /// - Parameter settings: `KEY=VALUE`, with a key such as `training.stages.0.learning_rate` and a YAML value.
  /// - Throws: `RecipeError` that names the key.
  public init(contentsOf url: URL, settings: [String] = []) throws {
    try self.init(yaml: Self.text(of: url), source: url.path, settings: settings)
  }

  /// Reads a recipe's text; `source` stands for the file in errors.
  public init(yaml: String, source: String = "recipe", settings: [String] = []) throws {
    var tree = try Self.tree(yaml: yaml, source: source)
    for setting in settings { try tree.apply(setting) }
    try self.init(tree, source: source)
  }

  /// The text of a recipe's file.
  static func text(of url: URL) throws -> String {
    do {
      return try String(contentsOf: url, encoding: .utf8)
    } catch {
      throw RecipeError.file(path: url.path, problem: "there is no such recipe, or it is not text")
    }
  }

  /// The values of a recipe's text.
  static func tree(yaml: String, source: String) throws -> Tree {
    let tree: Tree
    do {
      tree = try Tree(yaml: yaml)
    } catch {
      throw RecipeError.file(path: source, problem: "is not YAML: \(error)")
    }
    guard case .group = tree else {
      throw RecipeError.file(path: source, problem: "keys and values are expected, such as 'training: {seed: 7}'")
    }
    return tree
  }

  /// Lays a recipe's values over the defaults, which are those of its kind of network.
  init(_ tree: Tree, source: String) throws {
    var basis = Recipe()
    if case .text(let kind)? = tree["model"]?["kind"] { basis.model = Model(kind: kind) }
    let prototypes = ["streams": try Tree(encoding: Stream()), "training.stages": try Tree(encoding: Stage())]
    let whole = try Self.withLayersAsText(Tree(encoding: basis).merged(with: tree, prototypes: prototypes))
    try Self.checkValues(whole)
    do {
      self = try Recipe(from: TreeDecoder(tree: whole))
    } catch let problem as TypeProblem {
      throw RecipeError.file(path: source, problem: problem.description)
    }
    try validate()
  }

  /// The whole recipe, defaults included, keys sorted; it reads back to an equal recipe.
  public func yaml() throws -> String { try Tree(encoding: self).yaml() }

  /// The first value that differs from another recipe's, such as `training.seed is 1 there and 2 here`, "there" being the
  /// other; nil when the recipes are equal.
  func difference(from other: Recipe) throws -> String? {
    let mine = try Tree(encoding: self).leaves()
    let theirs = try Tree(encoding: other).leaves()
    let (here, there) = (Dictionary(mine.keyed) { a, _ in a }, Dictionary(theirs.keyed) { a, _ in a })
    return (mine.keyed + theirs.keyed).map(\.0).sorted().first { here[$0] != there[$0] }.map {
      "\($0) is \(there[$0]?.brief ?? "not given") there and \(here[$0]?.brief ?? "not given") here"
    }
  }

  /// A stream's layer may be written as a number.
  private static func withLayersAsText(_ tree: Tree) -> Tree {
    guard case .group(var recipe) = tree, case .list(let streams)? = recipe["streams"] else { return tree }
    recipe["streams"] = .list(
      streams.map { stream in
        guard case .group(var keys) = stream, case .whole(let number)? = keys["layer"] else { return stream }
        keys["layer"] = .text("\(number)")
        return .group(keys)
      })
    return .group(recipe)
  }

  /// Finds what a decoder would put into its own words only: numbers that are not finite, and names that are no choice.
  private static func checkValues(_ tree: Tree) throws {
    let names = [
      "model.positions": Set(named(PositionEncoding.self).keys),
      "model.attention_sharing": Set(named(CrossModal.AttentionSharing.self).keys),
      "model.pooling": Set(named(AttentionPooling.Score.self).keys),
    ]
    for (path, value) in tree.leaves() {
      let key = path.joined(separator: ".")
      switch value {
      case .number(let number) where !number.isFinite:
        throw RecipeError.value(key: key, problem: "a finite number is expected")
      case .text(let name) where path.starts(with: ["targets", "classes"]):
        _ = try choice(name, named(EmotionClass.self), key)
      case .text(let name) where path.first == "streams" && path.last == "normalisation":
        _ = try choice(name, named(StreamPreparation.Normalisation.self), key)
      case .text(let name):
        guard let known = names[key] else { continue }
        _ = try choice(name, Dictionary(uniqueKeysWithValues: known.map { ($0, $0) }), key)
      default: break
      }
    }
  }
}

extension [(path: [String], value: Tree)] {
  fileprivate var keyed: [(String, Tree)] { map { ($0.path.joined(separator: "."), $0.value) } }
}

extension Tree {
  /// The values of a typed one, its keys as files write them.
  init(encoding value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    self = try JSONDecoder().decode(Tree.self, from: encoder.encode(value))
  }

  /// The value of a key of a group; nil where there is none.
  subscript(key: String) -> Tree? {
    get {
      guard case .group(let group) = self else { return nil }
      return group[key]
    }
    set {
      guard case .group(var group) = self else { return }
      group[key] = newValue
      self = .group(group)
    }
  }

  /// The keys of a group, none of anything else.
  var keys: [String] {
    guard case .group(let group) = self else { return [] }
    return Array(group.keys)
  }

  /// Changes what `KEY=VALUE` says.
  mutating func apply(_ setting: String) throws {
    let path = setting.prefix { $0 != "=" }.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard setting.contains("="), !path.contains("") else {
      throw RecipeError.setting(setting, problem: "KEY=VALUE is expected, such as training.seed=7")
    }
    let value: Tree
    do {
      value = try Tree(
        yaml: String(setting[setting.index(after: setting.firstIndex(of: "=") ?? setting.startIndex)...]))
    } catch {
      throw RecipeError.setting(setting, problem: "the value is not YAML: \(error)")
    }
    try set(path[...], to: value, setting: setting)
  }
}
