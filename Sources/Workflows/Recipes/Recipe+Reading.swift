import Basics
public import Foundation
import Yams

extension Recipe {
  /// Reads a recipe, lays it over the defaults, and changes what `settings` say.
  ///
  /// - Parameter settings: `KEY=VALUE`, with a key such as `training.stages.0.learning_rate` and a YAML value.
  /// - Throws: `RecipeError` that names the key.
  public init(contentsOf url: URL, settings: [String] = []) throws {
    let text: String
    do {
      text = try String(contentsOf: url, encoding: .utf8)
    } catch {
      throw RecipeError.file(path: url.path, problem: "there is no such recipe, or it is not text")
    }
    try self.init(yaml: text, source: url.path, settings: settings)
  }

  /// Reads a recipe's text; `source` stands for the file in errors.
  public init(yaml: String, source: String = "recipe", settings: [String] = []) throws {
    var tree: Tree
    do {
      tree = try YAMLDecoder().decode(Tree.self, from: yaml)
    } catch {
      throw RecipeError.file(path: source, problem: "is not YAML: \(DecodingProblem(error))")
    }
    guard case .group = tree else { throw RecipeError.file(path: source, problem: "is not a list of keys and values") }
    for setting in settings {
      guard let sign = setting.firstIndex(of: "="), sign != setting.startIndex else {
        throw RecipeError.setting(setting, problem: "KEY=VALUE is expected, such as training.seed=7")
      }
      let value: Tree
      do {
        value = try YAMLDecoder().decode(Tree.self, from: String(setting[setting.index(after: sign)...]))
      } catch {
        throw RecipeError.setting(setting, problem: "the value is not YAML: \(DecodingProblem(error))")
      }
      let path = setting[..<sign].split(separator: ".").map(String.init)
      try tree.set(path[...], to: value, setting: setting)
    }
    let defaults = try Self.tree(of: Recipe())
    let prototypes = ["streams": try Self.tree(of: Stream()), "training.stages": try Self.tree(of: Stage())]
    let whole = try defaults.merged(with: tree, prototypes: prototypes)
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      self = try decoder.decode(Recipe.self, from: JSONEncoder().encode(whole))
    } catch {
      throw RecipeError.file(path: source, problem: DecodingProblem(error).description)
    }
    try validate()
  }

  /// The whole recipe, defaults included, keys sorted.
  public func yaml() throws -> String {
    let encoder = YAMLEncoder()
    encoder.options.sortKeys = true
    return try encoder.encode(Self.tree(of: self))
  }

  private static func tree(of value: some Encodable) throws -> Tree {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try JSONDecoder().decode(Tree.self, from: encoder.encode(value))
  }
}
